"""What fires without any fault is known before a drill begins."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from compose.drill import standing as told_apart
from compose.drill import watch as watching
from compose.drill.case import Untried, audible
from compose.drill.standing import standing
from compose.drill.watch import Watch
from tests.unit.drilled import Played, case
from tests.unit.played import changing, played
from tests.unit.small_stack import small_stack

TARGETS = (
    "monitoring/TargetDown",
    "monitoring/AvailabilityBudgetBurnsFast",
    "monitoring/AvailabilityBudgetBurnsSlowly",
)
LATER, NEVER = "2999-01-01T00:00:00.123456789Z", "0001-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(told_apart, "LONGEST", 0.02)


def rules(at: str, **states: str) -> dict[str, Any]:
    """Prometheus's answer: what state each alert of the stack itself is in, beside one of a service."""
    of_service = {"name": "Late", "labels": {"service": "shop"}, "state": "firing", "lastEvaluation": NEVER}
    own = [
        {"name": name, "labels": {"service": "monitoring"}, "state": state, "lastEvaluation": at}
        for name, state in states.items()
    ]
    return {"data": {"groups": [{"rules": [of_service]}, {"rules": own}]}}


def seen(*answers: Any, cases: tuple[str, ...] = TARGETS) -> frozenset[str]:
    there = played(small_stack(), prometheus={"/api/v1/rules": changing(*answers)})
    known = [case(name, floor=0.0) for name in cases]
    return standing(Watch(there, Played()), known, known)


def test_with_an_alert_stands_all_that_the_same_mishap_brings_about() -> None:
    assert seen(rules(LATER, TargetDown="firing", RedisDown="inactive")) == frozenset(TARGETS)
    assert seen(rules(LATER, RedisDown="firing")) == {"monitoring/RedisDown"}


def test_what_is_only_pending_or_needs_no_mishap_does_not_count() -> None:
    assert seen(rules(LATER, TargetDown="pending", Watchdog="firing", RedisDown="inactive")) == frozenset()


def test_every_rule_has_been_evaluated_since() -> None:
    old = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    assert seen(rules(old, TargetDown="inactive"), rules(LATER, TargetDown="firing")) == frozenset(TARGETS)


def test_rules_that_are_evaluated_no_more_are_not_waited_for_for_ever() -> None:
    assert seen(rules(NEVER, TargetDown="firing")) == frozenset(TARGETS)


def test_only_the_stack_itself_is_asked_for_and_of_ages_nothing() -> None:
    """The played Prometheus has no answer, so that asking it would fail."""
    there = Watch(played(small_stack()), Played())
    for name in ("shop/Late", "monitoring/HeartbeatLate"):
        assert standing(there, [case(name, floor=9000.0)], [case(name, floor=9000.0)]) == frozenset()


def test_only_what_the_mishaps_of_the_chosen_bring_about_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a budget that burns slowly the alert on the target tells; what would take hours is not looked at."""
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waits"))
    slowly = replace(case(TARGETS[2], floor=9000.0), spell=10.0)
    known = [slowly, case(TARGETS[0], floor=0.0), case("monitoring/RedisHitRateLow", floor=9000.0)]
    just_now = datetime.fromtimestamp(time.time() + 60, UTC).isoformat()
    there = played(small_stack(), prometheus={"/api/v1/rules": rules(just_now, TargetDown="firing")})
    assert standing(Watch(there, Played()), known, [slowly]) == frozenset(TARGETS)


def test_what_stands_is_not_drilled_and_says_so() -> None:
    heard, quiet = audible((case(TARGETS[0]), case("shop/Late")), (), frozenset(TARGETS))
    assert [one.name for one in heard] == ["shop/Late"]
    assert quiet == (Untried(TARGETS[0], "it fires without any fault"),)
