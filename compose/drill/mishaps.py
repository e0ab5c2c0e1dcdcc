"""What is done to the stack itself so that its own alerts fire, by alert, and what cannot be done to it."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from compose.clients import patiently
from compose.drill import redis
from compose.drill.mishap import Ground, Mishap, changed, repeated, stopped
from compose.fault import Trouble
from compose.silences import PATH as SILENCES
from spec.names import OWN_SERVICE, SERVICE, WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Callable

    from compose.drill.mishap import Back
    from compose.faults import Faults

DAMAGE = b"{ damaged by a drill\n"
FAILING = b"  - name: drill\n    rules:\n      - {record: 'specola:drill:fails', expr: 'up * on () up'}\n"
"""A rule that Prometheus loads, and cannot evaluate: many series meet many."""
LONG_AGO = 30 * 86_400
"""Seconds: Loki takes in no line so old."""
LINES = 50
_SILENT = ("PrometheusNotConnectedToAlertmanager", "PrometheusNotifications", "AlertmanagerNotificationsFailing")


def _damaged(component: str, file: str) -> Mishap:
    return changed(component, f"{component}/{file}", lambda _: DAMAGE)


def _unknown_module(ground: Ground) -> None:
    ground.clients.of("blackbox").ask("GET", "/probe", params={"module": "drill", "target": "http://localhost"})


def _old_lines(ground: Ground) -> None:
    moment = round((time.time() - LONG_AGO) * 1e9)
    values = [[str(moment + number), "a line of a drill"] for number in range(LINES)]
    body = {"streams": [{"stream": {SERVICE: OWN_SERVICE}, "values": values}]}
    ground.clients.of("loki").ask("POST", "/loki/api/v1/push", json=body)


def _no_heartbeat(ground: Ground, seconds: float) -> Back:
    """The watchdog is silenced. Should the drill be killed, the silence ends by itself."""
    alertmanager, now = ground.clients.of("alertmanager"), datetime.now(UTC)
    silence = {
        "matchers": [{"name": "alertname", "value": WATCHDOG, "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(seconds=seconds)).isoformat(),
        "createdBy": "specola drill",
        "comment": "the heartbeat is to be late",
    }
    laid = patiently(lambda: alertmanager.post(SILENCES, silence))["silenceID"]

    def back() -> None:
        answer = patiently(lambda: alertmanager.ask("DELETE", f"/api/v2/silence/{laid}"))
        if not answer.ok:
            raise Trouble(f"alertmanager does not end the drill's silence {laid}: {answer.text[:200]}")

    return back


NO_TARGET = stopped("node")
MISHAPS = {
    "TargetDown": NO_TARGET,
    "AvailabilityBudgetBurnsFast": NO_TARGET,
    "AvailabilityBudgetBurnsSlowly": NO_TARGET,
    "RedisDown": stopped("redis"),
    "PrometheusConfigReloadFailed": _damaged("prometheus", "prometheus.yml"),
    "PrometheusRuleFailures": changed(
        "prometheus",
        "../rules/watchdog.yml",
        lambda whole: whole + FAILING,
        "prometheus_rule_evaluation_failures_total",
    ),
    "AlertmanagerConfigReloadFailed": _damaged("alertmanager", "alertmanager.yml"),
    "BlackboxConfigReloadFailed": _damaged("blackbox", "blackbox.yml"),
    "BlackboxModuleUnknown": repeated("blackbox", _unknown_module, "blackbox_module_unknown_total"),
    "AlloyConfigFailed": _damaged("alloy", "config.alloy"),
    "LokiIngestionDiscards": repeated("loki", _old_lines, "loki_discarded_samples_total"),
    "HeartbeatLate": Mishap("alertmanager", _no_heartbeat, grows=True),
    **redis.MISHAPS,
}
"""Alert → what brings it about."""


def touched(alert: str) -> frozenset[str]:
    """What a mishap for this alert touches; nothing where there is none."""
    return frozenset({MISHAPS[alert].touches}) if alert in MISHAPS else frozenset()


def alike(alert: str) -> frozenset[str]:
    """All alerts that the mishap for this alert brings about."""
    return frozenset(name for name, mishap in MISHAPS.items() if mishap is MISHAPS.get(alert))


def counted(alert: str) -> tuple[str, ...]:
    """The counters that a mishap for this alert drives up."""
    return MISHAPS[alert].counts if alert in MISHAPS else ()


def shakes(alert: str) -> bool:
    """Whether a mishap for this alert makes others late."""
    return alert in MISHAPS and MISHAPS[alert].shakes


def why_not(alert: str) -> str:
    """Why an alert of the stack itself is only proven offline."""
    if alert == WATCHDOG:
        return "it always fires; the smoke test and the inbox's dead man's switch prove it"
    if alert.startswith(_SILENT):
        return "nobody can be told while it holds: the dead man's switch is there for that"
    if alert.startswith("Host"):
        return "the machine itself would have to suffer"
    return "the component itself would have to be damaged"


@dataclass
class Mishaps:
    """Faults of the simulator, and mishaps of the stack's own components."""

    simulator: Faults
    ground: Ground
    _on: dict[str, Callable[[], None]] = field(default_factory=dict)

    def start(self, service: str, fault: str, seconds: float) -> None:
        """Bring one about. Raises Trouble where a component does not do its part."""
        if service != OWN_SERVICE:
            self.simulator.start(service, fault, seconds)
            return
        try:
            self._on[fault] = MISHAPS[fault].begin(self.ground, seconds)
        except OSError as error:
            raise Trouble(f"{fault} cannot be brought about: {error}", "`specola status` shows what runs") from error

    def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
        """End one, or all: each of them, whatever becomes of the others."""
        if service != OWN_SERVICE and service:
            return self.simulator.end(service, fault)
        with ExitStack() as rest:
            if not service:
                rest.callback(self.simulator.end)
            for name in [fault] if fault else list(self._on):
                if name in self._on:
                    rest.callback(_put_back, name, self._on.pop(name))
        return ()


def _put_back(name: str, back: Back) -> None:
    try:
        back()
    except OSError as error:
        raise Trouble(
            f"what was done for {name} is not put back: {error}", "`specola status` shows what runs"
        ) from error
