"""Damages of rules: what can be done to an expression, and what changes nothing."""

from __future__ import annotations

from functools import cache

import pytest

from rules.groups import groups
from rules.mutation.batch import batch, told_on
from rules.mutation.equivalent import why_equivalent
from rules.mutation.mutants import mutants
from rules.mutation.operators import damages
from rules.mutation.tree import parse
from rules.proof.case import Proof, Threshold
from rules.proof.proofs import proofs
from tests.golden.small import small


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


def test_mutants_share_a_test_under_names_of_their_own() -> None:
    proof = next(one for one in proofs(small(), {}) if isinstance(one, Proof) and len(one.records) == 2)
    record, *_ = (one for one in mutants([proof]) if one.rule is proof.records[0])
    waits = next(one for one in mutants([proof]) if one.kind == "for")
    made = batch(proof.cases[0], {3: record, 8: waits})
    names = [getattr(rule, "record", None) or getattr(rule, "alert", "") for rule in made.rules]
    first, second = (one.record for one in proof.records)
    alert = proof.alert.alert
    assert names == [first, second, f"{first}__m3", f"{alert}__m3", f"{alert}__m8"]
    assert f"{first}__m3" in made.rules[3].expr
    assert [name for name, _ in made.cases] == [f"{alert}__m3", f"{alert}__m8"]


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
