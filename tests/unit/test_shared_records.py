"""An expression over raw series is recorded once; what has another name for it reads that record."""

from __future__ import annotations

from rules.groups import groups
from rules.rule import Group, Recording
from rules.shared import shared
from spec.scalars import Duration
from tests.unit.small_stack import small_stack

RATE = "sum by (service) (rate(shop_requests_total[5m]))"


def recording(name: str, expr: str = RATE, **labels: str) -> Recording:
    return Recording(name, expr, labels, ("services", "shop"))


def told(*groups: Group) -> list[tuple[str, str]]:
    rules = (rule for group in shared("shop", groups) for rule in group.rules)
    return [(rule.record, rule.expr) for rule in rules if isinstance(rule, Recording)]


def test_the_second_name_reads_the_first_in_its_own_group_and_in_slower_ones() -> None:
    fast = Group("shop", "shop", (recording("first"), recording("second")))
    slow = Group("shop-slo", "shop", (recording("third", slo="availability"),), Duration.parse("1m"))
    assert told(fast, slow) == [
        ("first", RATE),
        ("second", 'first{service="shop"}'),
        ("third", 'first{service="shop"}'),
    ]


def test_what_is_recorded_seldom_or_under_labels_of_its_own_is_read_by_nobody() -> None:
    labelled = Group("a", "shop", (recording("first", slo="availability"), recording("second")))
    seldom = Group("b", "shop", (recording("third", "x"), recording("fourth", "x")), Duration.parse("1m"))
    assert told(labelled, seldom) == [("first", RATE), ("second", RATE), ("third", "x"), ("fourth", "x")]


def test_no_raw_expression_of_a_service_is_recorded_twice() -> None:
    for service in small_stack().services:
        found = [
            rule.expr
            for group in groups(small_stack())
            for rule in group.rules
            if group.file == service.name and isinstance(rule, Recording) and "rate(" in rule.expr
        ]
        assert sorted(set(found)) == sorted(found)
