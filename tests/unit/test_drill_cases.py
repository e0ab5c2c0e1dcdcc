"""What is drilled: every alert that can be brought about, with its floor, and a reason for each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compose.drill.case import Case, Untried, audible, cases
from compose.silences import Laid
from rules.inhibition import Condition
from spec.load import load
from tests.golden.small import small
from tests.unit.drilled import case

if TYPE_CHECKING:
    from spec.stack import Stack

ROOT = Path(__file__).parents[2]


def by_name(stack: Stack, has_loki: bool = True) -> dict[str, Case]:
    return {case.name: case for case in cases(stack, has_loki)[0]}


def test_every_alert_is_a_case_or_has_a_reason() -> None:
    found, untried = cases(small("development"), has_loki=True)
    names = [case.name for case in found] + [one.name for one in untried]
    assert len(set(names)) == len(names)
    reasons = {one.name: one.why for one in untried}
    assert reasons["monitoring/Watchdog"].startswith("it always fires")
    assert reasons["monitoring/HostDiskFull"] == "the machine itself would have to suffer"
    assert reasons["monitoring/AlertmanagerNotificationsFailing"].startswith("nobody can be told while it holds")
    assert reasons["shop/TrafficOdd"] == "an anomaly needs days of history"
    assert reasons["shop/LiveCertificateExpiring"] == "no fault of the simulator brings it about"
    assert "shop/TooBusy" not in names  # it is switched off


def test_log_alerts_need_loki() -> None:
    assert by_name(small("development"))["shop/ErrorBurst"].in_loki
    _, untried = cases(small("development"), has_loki=False)
    assert {one.name for one in untried if one.why == "Loki or Alloy does not run here"} == {
        "shop/ErrorBurst", "shop/LoginsRefused", "shop/LogsSilent", "shop/ErrorsLogged", "shop/LinesTellOfSlowness",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "receivers", "floor", "lasting"), [
    ("shop/ErrorsHigh", ("chat", "sms-by-mail"), 60 + 30 + 5 * 60 + 30, 5 * 60 + 2 * 60),
    ("shop/ShelfSold", ("chat",), 60 + 30 + 30, 5 * 60),
    ("shop/LoginsRefused", ("chat", "sms-by-mail", "hook"), 60 + 30 + 30, 5 * 60),
    ("shop/AvailabilityBudgetBurnsFast", ("chat", "sms-by-mail"), 60 + 60 + 30, 5 * 60 + 30 * 60),
    ("shop/AvailabilityBudgetBurnsSlowly", ("chat",), 60 + 60 + 30 + 2 * 5 * 60 + 30 * 60, 5 * 60 + 6 * 3600),
    ("jobs/JobsFail", ("mail",), 15 + 30 + 30, 3600),
])  # fmt: skip
def test_the_floor_is_scrape_evaluation_for_and_wait(
    name: str, receivers: tuple[str, ...], floor: float, lasting: float
) -> None:
    found = by_name(small("development"))[name]
    assert (found.receivers, found.floor, found.lasting) == (receivers, floor, lasting)


def test_a_faster_pace_shortens_floors() -> None:
    slow = by_name(load(ROOT / "stack.yaml", "development").stack)
    quick = by_name(load(ROOT / "stack.yaml", "development", ("pace=120",)).stack)
    assert quick.keys() == slow.keys()
    assert all(quick[name].floor < slow[name].floor / 5 for name in slow.keys() - {"monitoring/HeartbeatLate"})


def test_what_a_silence_keeps_quiet_is_not_drilled_and_says_so() -> None:
    ends = datetime(2026, 3, 1, 18, tzinfo=UTC)
    by_hand = Laid("1", "ada", "", (Condition("service", "=", "a"),), ends, ends, active=True)
    planned = replace(by_hand, by="specola/move", matchers=(Condition("alertname", "=", "Two"),))
    heard, quiet = audible((case("a/One"), case("b/One"), case("b/Two")), (by_hand, planned))
    assert [one.name for one in heard] == ["b/One"]
    assert quiet == (
        Untried("a/One", "the silence of ada holds until 2026-03-01 18:00 UTC"),
        Untried("b/Two", "the silence move holds until 2026-03-01 18:00 UTC"),
    )


def test_an_age_grows_no_faster_at_any_pace() -> None:
    for pace in ("pace=1", "pace=120"):
        found = by_name(load(ROOT / "stack.yaml", "development", (pace,)).stack)
        assert found["monitoring/HeartbeatLate"].floor > 180
