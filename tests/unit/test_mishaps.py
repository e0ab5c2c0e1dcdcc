"""Mishaps: what a drill does to the stack's own components, and how it is undone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from compose.drill import mishap, mishaps
from compose.drill.case import cases
from compose.drill.mishap import Ground
from compose.drill.mishaps import DAMAGE, FAILING, MISHAPS, Mishaps, touched, why_not
from compose.fault import Trouble
from rules.groups import all_alerts
from spec.names import OWN_SERVICE
from tests.golden.small import small
from tests.unit.played import played
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from pathlib import Path

    from compose.backend import Step


@dataclass
class Noted:
    """A simulator and a backend that note what they are told."""

    name: str = "native"
    done: list[str] = field(default_factory=list)

    def start(self, service: str, fault: str, seconds: float) -> None:
        self.done.append(f"fault {service}/{fault} for {seconds:g}")

    def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
        self.done.append(f"end {service}/{fault}")
        return ()

    def apply(self, step: Step) -> None:
        self.done.append(f"{step.kind} {step.component}")


def made(root: Path, noted: Noted, **answers: dict[str, Any]) -> Mishaps:
    both: Any = noted
    return Mishaps(both, Ground(both, played(small_stack(), **answers), root))


def test_a_service_has_faults_and_the_stack_mishaps(tmp_path: Path) -> None:
    noted = Noted()
    both = made(tmp_path, noted)
    both.start("shop", "Down", 60)
    both.start(OWN_SERVICE, "RedisDown", 60)
    both.end("shop", "Down")
    both.end(OWN_SERVICE, "RedisDown")
    assert noted.done == ["fault shop/Down for 60", "stop redis", "end shop/Down", "start redis"]


def test_all_that_is_on_ends_whatever_happens(tmp_path: Path) -> None:
    noted = Noted()
    both = made(tmp_path, noted)
    both.start(OWN_SERVICE, "TargetDown", 60)
    both.end()
    both.end()
    assert noted.done == ["stop node", "start node", "end /", "end /"]


def test_a_damaged_configuration_is_mended_to_the_last_byte(tmp_path: Path) -> None:
    file = tmp_path / "build/native/prometheus/prometheus.yml"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"global: {}\n")
    seen: list[bytes] = []
    both = made(tmp_path, Noted(), prometheus={"/-/reload": lambda **_: seen.append(file.read_bytes())})
    both.start(OWN_SERVICE, "PrometheusConfigReloadFailed", 60)
    both.end(OWN_SERVICE, "PrometheusConfigReloadFailed")
    assert seen == [DAMAGE, b"global: {}\n"]
    assert file.read_bytes() == b"global: {}\n"


def test_a_rule_is_added_that_cannot_be_evaluated_and_taken_away(tmp_path: Path) -> None:
    file = tmp_path / "build/rules/watchdog.yml"
    file.parent.mkdir(parents=True)
    (tmp_path / "build/native").mkdir()
    file.write_bytes(b"groups:\n")
    both = made(tmp_path, Noted(), prometheus={"/-/reload": {}})
    both.start(OWN_SERVICE, "PrometheusRuleFailures", 60)
    assert file.read_bytes() == b"groups:\n" + FAILING
    both.end()
    assert file.read_bytes() == b"groups:\n"


def test_a_component_that_cannot_be_told_keeps_its_configuration(tmp_path: Path) -> None:
    file = tmp_path / "build/native/blackbox/blackbox.yml"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"modules: {}\n")
    with pytest.raises(Trouble, match="blackbox does not answer"):
        made(tmp_path, Noted()).start(OWN_SERVICE, "BlackboxConfigReloadFailed", 60)
    assert file.read_bytes() == b"modules: {}\n"


def test_a_component_is_asked_for_something_wrong_until_the_mishap_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mishap, "AGAIN", 0.001)
    asked: list[str] = []
    both = made(tmp_path, Noted(), blackbox={"/probe": lambda module, **_: asked.append(module)})
    both.start(OWN_SERVICE, "BlackboxModuleUnknown", 60)
    until = time.monotonic() + 10
    while len(asked) < 3 and time.monotonic() < until:
        time.sleep(0.001)
    both.end(OWN_SERVICE, "BlackboxModuleUnknown")
    count = len(asked)
    time.sleep(0.01)
    assert set(asked) == {"drill"}
    assert len(asked) == count >= 3


def test_lines_are_so_old_that_loki_takes_in_none_of_them(tmp_path: Path) -> None:
    pushed: list[dict[str, Any]] = []
    both = made(tmp_path, Noted(), loki={"/loki/api/v1/push": lambda body: pushed.append(body)})
    mishaps._old_lines(both.ground)
    (stream,) = pushed[0]["streams"]
    ages = {round((time.time() - int(moment) / 1e9) / 86_400) for moment, _ in stream["values"]}
    assert (stream["stream"], ages, len(stream["values"])) == ({"service": OWN_SERVICE}, {30}, 50)


def test_the_watchdog_is_silenced_for_no_longer_than_the_mishap_may_last(tmp_path: Path) -> None:
    laid: list[dict[str, Any]] = []

    def lay(body: dict[str, Any]) -> dict[str, str]:
        laid.append(body)
        return {"silenceID": "s-1"}

    ended: list[object] = []
    silence = {"/api/v2/silences": lay, "/api/v2/silence/s-1": lambda **_: ended.append("s-1")}
    both = made(tmp_path, Noted(), alertmanager=silence)
    both.start(OWN_SERVICE, "HeartbeatLate", 600)
    assert laid[0]["matchers"] == [{"name": "alertname", "value": "Watchdog", "isRegex": False, "isEqual": True}]
    starts, ends = (datetime.fromisoformat(laid[0][key]) for key in ("startsAt", "endsAt"))
    assert (ends - starts).total_seconds() == 600
    both.end()
    assert ended == ["s-1"]


def test_each_is_put_back_whatever_becomes_of_the_others(tmp_path: Path) -> None:
    noted = Noted()
    both = made(tmp_path, noted, blackbox={})
    file = tmp_path / "build/native/blackbox/blackbox.yml"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"modules: {}\n")
    both.start(OWN_SERVICE, "RedisDown", 60)
    both.start(OWN_SERVICE, "BlackboxConfigReloadFailed", 60)
    with pytest.raises(Trouble, match="blackbox does not take its configuration back"):
        both.end()
    assert noted.done == ["stop redis", "start redis", "end /"]


def test_a_component_that_does_not_take_its_configuration_back_is_a_trouble(tmp_path: Path) -> None:
    file = tmp_path / "build/native/blackbox/blackbox.yml"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"modules: {}\n")
    both = made(tmp_path, Noted(), blackbox={})
    both.start(OWN_SERVICE, "BlackboxConfigReloadFailed", 60)
    with pytest.raises(Trouble, match="blackbox does not take its configuration back"):
        both.end()
    assert file.read_bytes() == b"modules: {}\n"


def test_every_alert_of_the_stack_is_drilled_or_says_why_not() -> None:
    found, untried = cases(small("development"), has_loki=True)
    drilled = {case.alert: case for case in found if case.service == OWN_SERVICE}
    assert drilled.keys() <= MISHAPS.keys()
    assert {"TargetDown", "RedisDown", "AlertmanagerConfigReloadFailed"} <= drilled.keys()
    assert drilled["TargetDown"].touches == drilled["AvailabilityBudgetBurnsFast"].touches == {"component node"}
    own = [one for one in untried if one.name.startswith(f"{OWN_SERVICE}/")]
    assert all(one.why == why_not(one.name.partition("/")[2]) for one in own)
    assert not any(touched(one.name.partition("/")[2]) for one in own)


def test_what_is_not_here_cannot_have_a_mishap() -> None:
    found, _ = cases(small("development"), has_loki=True, absent=frozenset({"redis"}))
    assert "RedisDown" not in {case.alert for case in found}
    assert mishaps.why_not("LokiPanics") == "the component itself would have to be damaged"


def test_every_counter_that_a_mishap_drives_up_is_one_its_alert_reads() -> None:
    """And no alert on increases has a mishap whose counters are not named."""
    rules = {one.alert: one for one in all_alerts(small("development")) if one.service == OWN_SERVICE}
    for name, one in MISHAPS.items():
        if name in rules and "Budget" not in name:
            expr = rules[name].expr
            assert all(counter.removesuffix("_total") in expr for counter in one.counts), name
            assert bool(one.counts) == ("increase" in expr or "rate" in expr), name
