"""In which order alerts are drilled, and which of them together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from compose.drill.case import PORTS, Case, cases
from compose.drill.order import LOOKING, MINUTES, Apart, Outlook, conflicts, in_order, outlook, startable
from rules import inhibition
from rules.inhibition import Condition, Rule
from spec.load import load
from tests.unit.drilled import case

ROOT = Path(__file__).parents[2]


def test_the_whole_drill_takes_minutes() -> None:
    """When every alert comes as soon as it can, and goes as late as it may: a real run on a busy machine takes as long."""
    stack = load(ROOT / "stack.yaml", "development", ("pace=120",)).stack
    found, _ = cases(stack, has_loki=True)
    seen = outlook(found, conflicts(found, tuple(inhibition.rules(stack))))
    assert len(found) > 250
    assert seen.seconds <= 6 * 60
    assert seen.together > 50


def test_no_two_run_together_that_disturb_each_other() -> None:
    stack = load(ROOT / "stack.yaml", "development", ("pace=120",)).stack
    found, _ = cases(stack, has_loki=True)
    rules = tuple(inhibition.rules(stack))
    apart = conflicts(found, rules)
    together = startable(in_order(found, apart), (), apart)
    for a in together:
        for b in together:
            assert (
                a is b
                or (a.brief and b.brief)
                or not any(inhibition.silences(rule, a.labels, b.labels) for rule in rules)
            )
            assert a is b or a.service != b.service or not a.touches & b.touches


LOUD = Rule((Condition("alertname", "=", "Loud"),), (Condition("alertname", "=", "Quiet"),))


@pytest.mark.parametrize(("one", "other", "together"), [
    (case("a/One"), case("b/One"), True),
    (case("a/One"), case("a/Two"), False),
    (case("a/One"), case("a/Two", touches="another"), True),
    (case("a/One", touches=PORTS), case("a/Two", touches="another"), False),
    (case("a/One", touches=PORTS), case("b/Two", touches=PORTS), True),
    (case("a/One"), case("b/Two", lasting=100), True),
    (case("a/Loud"), case("b/Quiet"), False),
    (case("a/Quiet"), case("b/Loud"), False),
    (case("a/Loud"), replace(case("b/Quiet"), spell=0.0), False),
    (replace(case("a/Loud"), spell=0.0), replace(case("b/Quiet"), spell=0.0), True),
    (replace(case("a/Shakes"), shakes=True), case("b/Short"), False),
    (replace(case("a/Shakes"), shakes=True), case("b/Long", lasting=MINUTES), True),
])  # fmt: skip
def test_what_runs_together(one: Case, other: Case, together: bool) -> None:
    apart = conflicts((one, other), (LOUD,))
    assert (len(startable((one, other), (), apart)) == 2) is together
    assert (startable((other,), (one.name,), apart) == (other,)) is together


def test_what_a_fault_sets_off_beside_its_own_alert_may_silence_too() -> None:
    milder, loud, quiet = case("a/Milder"), case("a/Loud"), case("b/Quiet")
    apart = conflicts((milder, loud, quiet), (LOUD,))
    assert apart.over["b/Quiet"] == {"a/Milder", "a/Loud"}


def test_the_longest_begins_and_what_needs_a_service_for_itself_comes_last() -> None:
    down, short, long = case("a/Down", touches=PORTS, lasting=50), case("a/Short"), case("a/Long", lasting=9)
    assert in_order((down, short, long), conflicts((down, short, long), ())) == (long, short, down)


def test_the_outlook_counts_what_must_wait() -> None:
    one, two, far = case("a/One", floor=10), case("a/Two", floor=20), case("b/Far", floor=5)
    apart = conflicts((one, two, far), ())
    assert outlook((one, two, far), apart) == Outlook(10 + 20 + 4 * LOOKING, 2, 2)
    assert outlook((), Apart({})) == Outlook(0, 0, 0)
