"""Damaged rules and the real promtool: a suite of tests that was weakened is told by its survivors, and asking first
what is answered soonest changes nobody's verdict."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from compose import tools
from compose.proof import mutants as prove_mutants
from compose.proof.mutants import survivors
from rules.mutation.asked import everything
from rules.mutation.equivalent import why_equivalent
from rules.mutation.mutants import mutants
from rules.proof.case import Is, Proof, Shows, Silent, Tells
from rules.proof.proofs import proofs
from tests.golden.small import small
from tests.integration.working_copy import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.proof.case import Check

pytestmark = pytest.mark.tools
ALERTS = {"QueueLong", "ErrorsHigh", "JobsStopped", "QuickBudgetBurnsFast"}


@pytest.fixture
def promtool() -> tuple[str, ...]:
    try:
        found = tools.locate("promtool", REPOSITORY)
    except tools.Missing as missing:
        pytest.skip(f"{missing.message}: {missing.hint}")
    return (str(found.path), *found.words)


@cache
def suite() -> tuple[Proof, ...]:
    """The tests of an alert on a value, a ratio, a rate and an objective."""
    found = tuple(one for one in proofs(small(), {}) if isinstance(one, Proof) and one.alert.alert in ALERTS)
    assert {one.alert.alert for one in found} == ALERTS
    return found


def weakened(proof: Proof, kept: Callable[[Check], bool]) -> Proof:
    """The same proof with some kind of checks left out, and with those cases that then check nothing."""
    cases = (replace(case, checks=tuple(filter(kept, case.checks))) for case in proof.cases)
    return replace(proof, cases=tuple(case for case in cases if case.checks))


WEAKENED: tuple[tuple[str, Callable[[Check], bool], set[str]], ...] = (
    ("nothing", lambda _: True, set()),
    ("what is told", lambda check: not isinstance(check, Tells), {"annotation runbook_url dropped"}),
    ("silence", lambda check: not isinstance(check, Silent), {"offset 1h dropped"}),
    ("pending", lambda check: not (isinstance(check, Is) and check.state == "pending"), {"for 10m halved"}),
    ("firing", lambda check: not (isinstance(check, Is) and check.state == "firing"), {"keep_firing_for 2m dropped"}),
    ("the end", lambda check: not (isinstance(check, Is) and check.state is None), {"keep_firing_for 1h added"}),
    ("records", lambda check: not isinstance(check, Shows), {"rate turned into irate", "window 5m doubled"}),
)


@pytest.mark.slow
def test_a_weakened_suite_has_survivors(promtool: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """And they are the very ones that meeting every check at once would leave: tried with one in four."""
    suites = {name: [weakened(proof, kept) for proof in suite()] for name, kept, _ in WEAKENED}
    found = [(name, mutant) for name, weak in suites.items() for mutant in mutants(weak)]
    alive = survivors(promtool, [mutant for _, mutant in found])
    left = {id(mutant) for mutant in alive if not why_equivalent(mutant)}
    said = {name: {one.what for of, one in found if of == name and id(one) in left} for name, *_ in WEAKENED}
    assert not said["nothing"]
    for name, _, expected in WEAKENED:
        assert expected <= said[name], name
    monkeypatch.setattr(prove_mutants, "soonest", everything)
    some = [mutant for _, mutant in found][::4]
    assert [id(one) for one in survivors(promtool, some)] == [id(one) for one in alive if id(one) in map(id, some)]
