"""What a drill leaves behind: nothing."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import Any

import pytest

from compose import clients
from compose.drill import tidy
from compose.drill import watch as watching
from compose.drill.case import LOGS
from compose.drill.tidy import MARGIN, Traces, left, seconds_logged, undisturbed
from compose.drill.watch import Watch
from compose.fault import Trouble
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES
from tests.golden.small import small
from tests.unit.drilled import Played, case
from tests.unit.played import changing, played
from tests.unit.small_stack import small_stack


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(clients, "ASK_EVERY", 0.001)
    monkeypatch.setattr(clients, "AWAY", 0.05)


@dataclass
class Undone:
    """A simulator that notes what it is told."""

    done: list[str] = field(default_factory=list)

    def end(self) -> None:
        self.done.append("end")

    def rewind(self) -> None:
        self.done.append("rewind")


def test_what_the_faults_did_is_undone_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidy, "UNDER_WAY", 0.0)
    asked: list[dict[str, str]] = []
    firing = changing([{"labels": {"service": "a", "alertname": "Late"}}], [])
    there = played(
        small_stack(),
        prometheus={tidy.DELETE: lambda **params: asked.append(params)},
        alertmanager={"/api/v2/alerts": firing},
    )
    simulator = Undone()
    traces = Traces(there, simulator, frozenset({"a", "b"}), 100.0)  # type: ignore[arg-type] # only what it uses
    traces.remove(Watch(there, Played()), frozenset())
    assert simulator.done == ["end", "rewind"]
    assert [(one["start"], one["match[]"]) for one in asked] == 2 * [
        (
            "100.000",
            f'{{service=~"a|b",__name__!~"ALERTS|ALERTS_FOR_STATE|{FIRED_SECONDS}|{FIRED_TIMES}"}}',
        )
    ]


def test_of_counters_that_cannot_be_turned_back_what_was_before_is_forgotten_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or else they would have grown within the window of an alert."""
    monkeypatch.setattr(tidy, "UNDER_WAY", 0.0)
    asked: list[tuple[str, str]] = []
    delete = {tidy.DELETE: lambda **params: asked.append((params["match[]"], params["start"]))}
    there = played(small_stack(), prometheus=delete, alertmanager={"/api/v2/alerts": []})
    simulator: Any = Undone()
    counted = ("redis_evicted_keys_total", "loki_discarded_samples_total")
    Traces(there, simulator, frozenset({"monitoring"}), 5000.0, counted).remove(Watch(there, Played()), frozenset())
    chosen = '{service="monitoring",__name__=~"redis_evicted_keys_total|loki_discarded_samples_total"}'
    assert asked.count((chosen, f"{5000 - tidy.LOOKED_BACK:.3f}")) == 2


def test_a_prometheus_that_may_not_forget_is_a_trouble() -> None:
    there = played(small_stack(), prometheus={})
    traces = Traces(there, Undone(), frozenset({"a"}), 100.0)  # type: ignore[arg-type] # only what it uses
    with pytest.raises(Trouble, match="prometheus does not forget the drill: 404"):
        traces.remove(Watch(there, Played()), frozenset())


def test_what_was_logged_must_be_out_of_the_windows_of_log_alerts() -> None:
    stack = small("development")
    assert seconds_logged(stack, case("shop/ErrorBurst", touches=LOGS)) == 10 * 60 + MARGIN
    assert seconds_logged(stack, case("shop/ErrorsLogged", touches=LOGS)) == 10 * 60 + MARGIN
    assert seconds_logged(stack, case("shop/LogsSilent", touches=LOGS)) == 0
    assert seconds_logged(stack, case("shop/ErrorsHigh")) == 0


@pytest.mark.parametrize(("evaluated", "firing", "expected"), [
    ("2999-01-01T00:00:00.123456789Z", ["a/One"], ("a/One",)),
    ("2999-01-01T00:00:00.123456789Z", ["a/Before", "other/One"], ()),
    ("2000-01-01T00:00:00.123456789Z", [], ()),
])  # fmt: skip
def test_what_is_left(
    monkeypatch: pytest.MonkeyPatch, evaluated: str, firing: list[str], expected: tuple[str, ...]
) -> None:
    monkeypatch.setattr(tidy, "CALM", 0.02)
    rule = {"name": "One", "labels": {"service": "a"}, "state": "firing", "lastEvaluation": evaluated}
    alerts = [{"labels": dict(zip(("service", "alertname"), name.split("/"), strict=True))} for name in firing]
    there = played(
        small_stack(),
        prometheus={"/api/v1/rules": {"data": {"groups": [{"rules": [rule]}]}}},
        alertmanager={"/api/v2/alerts": alerts},
    )
    assert left(Watch(there, Played()), frozenset({"a/Before"}), frozenset({"a"})) == expected


def test_signals_wait_while_things_are_put_back() -> None:
    with undisturbed():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
