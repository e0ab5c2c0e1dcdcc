"""Cases in promtool's words."""

from __future__ import annotations

import pytest

from rules.proof.case import STALE, Case, Is, Point, Series, Shows, Silent, Tells
from rules.proof.notation import points, selector, test_file
from spec.scalars import Duration

test_file.__test__ = False  # type: ignore[attr-defined]  # the name is promtool's, and pytest's
MINUTE = Duration.parse("1m")


@pytest.mark.parametrize(("values", "expected"), [
    ((1.0, 1.0, 1.0), "1.0x2"),
    ((0.0, 60.0, 120.0), "0.0+60.0x2"),
    ((5.0, 3.0, 1.0), "5.0-2.0x2"),
    ((0.0, 60.0), "0.0 60.0"),
    ((7.0,), "7.0"),
    ((1.0, 1.0, None, None, STALE, None), "1.0x1 _x2 stale _x1"),
    ((0.1, 0.2, 0.3), "0.1 0.2 0.3"),
])  # fmt: skip
def test_points_are_folded_where_adding_gives_the_very_same_numbers(values: tuple[Point, ...], expected: str) -> None:
    assert points(values) == expected


def test_label_values_are_quoted() -> None:
    assert selector("up", {"job": 'a"b\\c'}) == 'up{job="a\\"b\\\\c"}'


def test_every_check_becomes_a_question_with_its_answer() -> None:
    checks = (
        Is(2, "pending", {"service": "shop"}),
        Is(1, None, {}),
        Silent(1, 4),
        Silent(1, 4, calm=False),
        Shows(3, "r{}", 0.5, {"service": "shop"}),
        Shows(3, "r{}", None, {}),
        Tells(5, {"service": "shop"}, {"summary": "Down"}),
    )
    case = Case("one", MINUTE, (Series("up", (("job", "shop"),), (1.0, 0.0)),), checks)
    test = test_file("Down", [case])["tests"][0]
    assert test["interval"] == "1m"
    assert test["input_series"] == [{"series": 'up{job="shop"}', "values": "1.0 0.0"}]
    pending = {"labels": 'ALERTS{alertname="Down",alertstate="pending",service="shop"}', "value": 1}
    assert [(one["expr"], one["eval_time"], one["exp_samples"]) for one in test["promql_expr_test"]] == [
        ('ALERTS{alertname="Down"}', "2m", [pending]),
        ('ALERTS{alertname="Down"}', "1m", []),
        ('count_over_time(ALERTS{alertname="Down"}[3m])', "4m", []),
        ('count_over_time(ALERTS{alertname="Down",alertstate="firing"}[3m])', "4m", []),
        ("abs(r{} - 0.5) <= bool 1e-06", "3m", [{"labels": '{service="shop"}', "value": 1}]),
        ("r{}", "3m", []),
    ]
    told = {"exp_labels": {"service": "shop"}, "exp_annotations": {"summary": "Down"}}
    assert test["alert_rule_test"] == [{"eval_time": "5m", "alertname": "Down", "exp_alerts": [told]}]


def test_a_test_that_would_always_pass_is_not_written() -> None:
    with pytest.raises(ValueError, match="Down: a file without tests would always pass"):
        test_file("Down", [])
    with pytest.raises(ValueError, match="empty: a test without checks would always pass"):
        test_file("Down", [Case("empty", MINUTE, (), ())])
