"""Damages of rules: what can be done to an expression, and what changes nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from rules.groups import groups
from rules.mutation.asked import company, soonest
from rules.mutation.batch import own, together, told_on
from rules.mutation.equivalent import why_equivalent
from rules.mutation.implied import implied
from rules.mutation.inline import inliner
from rules.mutation.mutants import mutants
from rules.mutation.operators import damages
from rules.mutation.tree import parse
from rules.proof.case import Case, Is, Proof, Series, Shows, Silent, Tells, Threshold
from rules.proof.proofs import proofs
from rules.rule import Alerting, Recording
from spec.scalars import Duration
from tests.golden.small import small

if TYPE_CHECKING:
    from rules.mutation.mutants import Mutant
    from rules.proof.case import Check


def test_every_expression_is_written_as_it_was_read() -> None:
    for group in groups(small()):
        for rule in group.rules:
            tree = parse(rule.expr)
            assert parse(str(tree)) == tree


RATIO = '(sum by (service) (rate(a_total{code="5xx"}[5m])) or sum by (service) (rate(a_total[5m])) * 0) / (sum by (service) (rate(a_total[5m])) > 0)'


@pytest.mark.parametrize(("expr", "kind", "expected"), [
    ("a > 1", "comparison", ["a < 1"]),
    ("a > 1", "threshold", ["a > 0.9", "a > 1.1"]),
    ("a > 1", "boundary", ["a >= 1"]),
    ("a > 2", "boundary", []),
    ("a > 1 and on (service) b >= 3", "clause", ["a > 1", "b >= 3"]),
    ("rate(a[5m])", "window", ["rate(a[2m30s])", "rate(a[10m])"]),
    ("rate(a[5m])", "function", ["irate(a[5m])"]),
    ("abs(a - b)", "function", ["a - b"]),
    ("a / b", "arithmetic", ["b / a", "a * b"]),
    ('a{x="1"} / b{x="1"}', "matcher", ["a / b", 'a{x!="1"} / b{x!="1"}']),
    ("max by (service, queue) (a)", "label", ["max by (queue) (a)", "max by (service) (a)"]),
    ("max by (service, queue) (a)", "aggregation", ["min by (service, queue) (a)"]),
    ("a / (b > 0)", "guard", ["a / (b)"]),
    ("histogram_quantile(0.95, a)", "number", ["histogram_quantile(0.9, a)"]),
    ("a * 0.05", "number", ["a * 0.055"]),
    ("a offset 1d", "offset", ["a", "a offset 1d2h24m"]),
    ("sum by (service) (a) * 0 + 1", "aggregation", []),
    ("absent_over_time(a[5m]) * 0", "window", ["absent_over_time(a[2m30s]) * 0", "absent_over_time(a[10m]) * 0"]),
    ("a < 0.016666666666666666 or b", "clause", ["a < 0.016666666666666666", "b"]),
])  # fmt: skip
def test_damages(expr: str, kind: str, expected: list[str]) -> None:
    found = damages(parse(expr), (Threshold(1, 0.9, 1.1, exact=True),))
    assert [damage.expr for damage in found if damage.kind == kind] == expected


def test_a_damage_never_leaves_the_expression_as_it_was() -> None:
    for damage in damages(parse(RATIO), ()):
        assert damage.expr != RATIO


@cache
def small_proof(name: str) -> Proof:
    return next(one for one in proofs(small(), {}) if isinstance(one, Proof) and one.alert.alert == name)


def test_times_severity_and_words_are_damaged_too() -> None:
    found = {mutant.what for mutant in mutants([small_proof("QueueLong")])}
    assert {
        "for 10m dropped",
        "for 10m halved",
        "for 10m doubled",
        "keep_firing_for 1h added",
        "severity low turned into critical",
        "label team dropped",
        "annotation runbook_url dropped",
        "threshold 100 made lower, 98.5",
        "threshold 100 made higher, 101.5",
        "> turned into >=",
    } <= found


def test_a_damage_that_changes_nothing_has_a_reason() -> None:
    own = next(one for one in mutants([small_proof("QueueLong")]) if one.what == "label service dropped from by")
    assert why_equivalent(own).startswith("the rule itself puts the label service on the result")
    real = next(one for one in mutants([small_proof("QueueLong")]) if one.what == "for 10m halved")
    assert why_equivalent(real) == ""


PAID = 'rate(a_total{outcome="paid"}[5m])'


@pytest.mark.parametrize(("expr", "same"), [
    (f"(1 - sum by (service) ({PAID}) / (sum by (service) (rate(a_total[5m])) > 0)) > 0.4", True),
    (f"1 - sum by (service) ({PAID}) / (sum by (service) (rate(a_total[5m])) > 0) > 0.4", True),
    (f"(1 - sum by (service) ({PAID}) / (sum by (service) (rate(a_total[5m])) > 0)) < 0.4", False),
    (f"(2 - sum by (service) ({PAID}) / (sum by (service) (rate(a_total[5m])) > 0)) > 0.4", False),
    ("(1 - sum by (service) (a_depth) / (sum by (service) (rate(a_total[5m])) > 0)) > 0.4", False),
])  # fmt: skip
def test_one_less_a_share_of_nothing_needs_no_guard(expr: str, same: bool) -> None:
    """1 - x/0 is minus infinity where x is a rate, which is never above anything."""
    proof = Proof(replace(small_proof("QueueLong").alert, expr=expr), (), ())
    guard = next(one for one in mutants([proof]) if one.what == "guard > 0 dropped")
    assert why_equivalent(guard).startswith("an empty whole has an empty part") is same


def damaged(proof: Proof, what: str) -> Mutant:
    return next(one for one in mutants([proof]) if one.what == what)


def test_mutants_share_a_test_under_names_of_their_own() -> None:
    proof = next(one for one in proofs(small(), {}) if isinstance(one, Proof) and len(one.records) == 2)
    record, *_ = (one for one in mutants([proof]) if one.rule is proof.records[0])
    waits = next(one for one in mutants([proof]) if one.kind == "for")
    case = proof.cases[0]
    owns = [own(case, mutant, number, case.checks) for number, mutant in ((3, record), (8, waits))]
    made = together(case, proof, owns)
    names = [getattr(rule, "record", None) or getattr(rule, "alert", "") for rule in made]
    first, second = (one.record for one in proof.records)
    alert = proof.alert.alert
    assert names == [first, second, "sound:expression", f"{first}__m3", f"{alert}__m3", f"{alert}__m8"]
    assert (made[2].expr, made[5].expr) == (proof.alert.expr, "sound:expression")
    assert f"{first}__m3" in made[4].expr
    assert [one.alert for one in owns] == [f"{alert}__m3", f"{alert}__m8"]


def test_a_mutant_writes_only_what_its_damage_can_change() -> None:
    """What it leaves out is as in the sound rule, and asked of nobody."""
    proof = small_proof("QueueLong")
    for what, labels, texts in (
        ("for 10m halved", {"service"}, set()),
        ("threshold 100 made lower, 98.5", {"service"}, {"description"}),
        ("severity low turned into critical", {"service", "severity"}, set()),
        ("annotation runbook_url dropped", {"service"}, set()),
    ):
        made = own(proof.cases[0], damaged(proof, what), 1, proof.cases[0].checks)
        alert = made.rules[-1]
        asked = next(check for check in made.case.checks if isinstance(check, Tells))
        assert isinstance(alert, Alerting)
        assert (set(alert.labels), set(alert.annotations)) == (labels, texts), what
        assert asked.labels.keys() == labels
    assert asked.annotations.keys() == {"runbook_url"}


LONG_ENOUGH = 90


@pytest.mark.parametrize(("alert", "what", "expected"), [
    ("QueueLong", "annotation runbook_url dropped", {Tells}),
    ("QueueLong", "severity low turned into critical", {Tells}),
    ("QueueLong", "threshold 100 made lower, 98.5", {Shows}),
    ("QueueLong", "for 10m halved", {Shows}),
    ("QueueLong", "label service dropped from by", {Shows}),
])  # fmt: skip
def test_what_a_mutant_is_asked_first(alert: str, what: str, expected: set[type[Check]]) -> None:
    proof = small_proof(alert)
    assert {type(check) for check in soonest(proof.cases[0], damaged(proof, what))} == expected


def test_of_a_sound_expression_only_what_depends_on_the_times_is_asked() -> None:
    """That it is nothing where the alert is silent is as true as of the sound rule."""
    proof = small_proof("QueueLong")
    sound = {one.expr for one in implied(proof.cases[0], "sound:expression", proof.alert)}
    asked = soonest(proof.cases[0], damaged(proof, "for 10m halved"))
    assert asked
    assert not sound & {one.expr for one in asked if isinstance(one, Shows)}


def test_what_nobody_should_notice_meets_every_check_where_queries_do_not_settle_it() -> None:
    """An alert that is kept firing remembers more than its expression."""
    sound = small_proof("QueueLong")
    kept = replace(sound, alert=replace(sound.alert, keep_firing_for=Duration.parse("3m")))
    case = sound.cases[0]
    same = "label service dropped from by"
    assert soonest(case, damaged(kept, same)) == case.checks
    bare = replace(case, series=())
    assert soonest(bare, damaged(sound, same)) == case.checks
    asked = soonest(case, damaged(sound, same))
    assert {check.at for check in asked if isinstance(check, Shows)} >= {
        check.at for check in case.checks if isinstance(check, Is)
    }


def test_a_label_that_nothing_touches_is_not_asked_for() -> None:
    """Every label costs more than the expression: team and severity are as in the sound rule."""
    proof = small_proof("QueueLong")
    told = [one for one in soonest(proof.cases[0], damaged(proof, "> turned into <")) if isinstance(one, Shows)]
    assert {label for one in told for label in one.labels} == {"service"}
    assert not [one for one in told if '"team"' in one.expr]


@pytest.mark.parametrize(("steps", "states"), [(LONG_ENOUGH - 1, 1), (LONG_ENOUGH, 2)])
def test_in_a_long_case_more_is_asked_of_the_expression(steps: int, states: int) -> None:
    proof = small_proof("QueueLong")
    told = next(check for check in proof.cases[0].checks if isinstance(check, Tells))
    case = replace(proof.cases[0], checks=(Is(3, "firing", told.labels), replace(told, at=steps)))
    assert len(soonest(case, damaged(proof, "threshold 100 made lower, 98.5"))) == states


@pytest.mark.parametrize(("kind", "steps"), [("threshold", [4, 95, 90]), ("window", [4, 95, 96, 97, 90])])
def test_what_comes_and_goes_again_is_asked_of_damaged_windows_only(kind: str, steps: list[int]) -> None:
    proof = small_proof("QueueLong")
    told = next(check for check in proof.cases[0].checks if isinstance(check, Tells))
    fires, over = Is(4, "firing", told.labels), Is(95, None, {})
    case = replace(
        proof.cases[0], checks=(fires, over, replace(fires, at=96), replace(over, at=97), replace(told, at=90))
    )
    mutant = replace(damaged(proof, "threshold 100 made lower, 98.5"), kind=kind)
    assert [one.at for one in soonest(case, mutant) if isinstance(one, Shows)] == steps


@pytest.mark.parametrize(("what", "expected"), [
    ("> turned into <", "all"),
    ("label team dropped", "all"),
    ('matcher job="jobs" dropped', "risky"),
    ("label service dropped from by", "all"),
])  # fmt: skip
def test_who_may_end_a_test_shares_none_with_others(what: str, expected: str) -> None:
    assert company(damaged(small_proof("QueueLong"), what)) == expected


CASE = Case("short", Duration.parse("1m"), (Series("a", (), (1.0,)),), ())
ALERT = Alerting("High", "a > 1", Duration.parse("2m"), None, {"service": "shop"}, {}, ())
KEPT = replace(ALERT, keep_firing_for=Duration.parse("3m"))
TOLD = 'label_replace(a > 1, "service", "shop", "", "")'


@pytest.mark.parametrize(("alert", "check", "expected"), [
    (ALERT, Is(7, None, {}), [(7, "a > 1", None)]),
    (ALERT, Silent(1, 4), [(4, "count_over_time((a > 1)[3m30s:1m])", None)]),
    (ALERT, Silent(0, 4, calm=False), [(4, "count_over_time((count_over_time((a > 1)[2m30s:1m]) > 2)[2m30s:1m])", None)]),
    (ALERT, Silent(0, 1, calm=False), []),
    (ALERT, Is(7, "firing", {"service": "shop"}), [(7, f"count_over_time(({TOLD})[2m30s:1m])", 3.0)]),
    (ALERT, Tells(7, {"service": "shop"}, {}), [(7, f"count_over_time(({TOLD})[2m30s:1m])", 3.0)]),
    (ALERT, Is(7, "pending", {"service": "shop"}), [
        (7, f"count_over_time(({TOLD})[30s:1m])", 1.0),
        (7, "count_over_time((count_over_time((a > 1)[2m30s:1m]) > 2)[30s:1m])", None),
    ]),
    (KEPT, Is(9, None, {}), [
        (9, "a > 1", None),
        (9, "count_over_time((count_over_time((a > 1)[2m30s:1m]) > 2)[3m30s:1m])", None),
    ]),
    (KEPT, Is(9, "firing", {"service": "shop"}), [
        (9, "count(count_over_time((a > 1)[3m30s:1m])) > bool 0", 1.0),
        (9, "count(count_over_time((count_over_time((a > 1)[2m30s:1m]) > 2)[9m30s:1m])) > bool 0", 1.0),
    ]),
])  # fmt: skip
def test_what_a_check_says_of_the_expression_alone(
    alert: Alerting, check: Check, expected: list[tuple[int, str, float | None]]
) -> None:
    found = implied(replace(CASE, checks=(check,)), alert.expr, alert)
    assert [(one.at, one.expr, one.value) for one in found] == expected


def test_silences_that_touch_are_asked_about_at_once() -> None:
    checks = (Silent(1, 4), Silent(5, 9), Silent(11, 12), Silent(13, 14, calm=False))
    found = implied(replace(CASE, checks=checks), "a > 1", replace(ALERT, for_=Duration(0)))
    assert [one.at for one in found] == [9, 12, 14]
    assert found[0].expr == "count_over_time((a > 1)[8m30s:1m])"


def test_of_an_expression_without_series_nothing_is_asked() -> None:
    """It may be a number, of which promtool cannot say how often it was there."""
    assert implied(replace(CASE, series=(), checks=(Silent(0, 4),)), "1", ALERT) == ()


def record(name: str, expr: str, **labels: str) -> Recording:
    return Recording(name, expr, labels, ())


SERVICE = 'label_replace(vector(1), "service", "shop", "", "")'


@pytest.mark.parametrize(("records", "expected"), [
    ([record("x:a", "sum by (service) (b)")], f'((sum by (service) (b)) and on (service) {SERVICE}) > 1'),
    ([record("x:b", "c"), record("x:a", "x:b * 2")], f"(((c) * 2) and on (service) {SERVICE}) > 1"),
    ([record("x:a", "b", slo="fast")], f'((label_replace(b, "slo", "fast", "", "")) and on (service) {SERVICE}) > 1'),
    ([record("x:b", "c"), record("x:a", "rate(x:b[5m])")], 'x:a{service="shop"} > 1'),
    ([record("x:b", "c"), record("x:a", "x:b offset 1h")], 'x:a{service="shop"} > 1'),
    ([record("x:b", "c"), record("x:a", 'x:b{d=~"e"}')], 'x:a{service="shop"} > 1'),
    ([record("x:a", "vector(1)")], 'x:a{service="shop"} > 1'),
])  # fmt: skip
def test_a_record_is_written_out_where_it_is_read_at_once(records: list[Recording], expected: str) -> None:
    assert inliner(records, records[0].record)('x:a{service="shop"} > 1') == expected


@pytest.mark.parametrize(("complaint", "expected"), [
    ("", (frozenset(), False)),
    ("alertname: Down__m2, time: 5m,\n  exp:[]\n  got:[ alertname=\"Down__m7\" ]", (frozenset({2}), False)),
    ('expr: "ALERTS{alertname=\\"Down__m4\\"}", time: 2m,\n  got: nil', (frozenset({4}), False)),
    ("rule: Down__m4, time: 1m, err: many-to-many matching", (frozenset({4}), True)),
])  # fmt: skip
def test_promtool_tells_which_mutants_were_noticed(complaint: str, expected: tuple[frozenset[int], bool]) -> None:
    assert told_on(complaint, [2, 4, 7]) == expected


def test_a_complaint_about_no_mutant_is_not_overlooked() -> None:
    with pytest.raises(ValueError, match="promtool complains of no mutant in particular: parse error"):
        told_on("parse error", [1])
