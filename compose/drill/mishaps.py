"""What is done to the stack itself so that its own alerts fire: a component ends, or gets a damaged configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compose.backend import Step
from compose.clients import UnreachableError, patiently
from compose.fault import Trouble
from spec.names import OWN_SERVICE, WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compose.backend import Backend
    from compose.clients import Clients
    from compose.faults import Faults

STOPPED = {
    "TargetDown": "node",
    "AvailabilityBudgetBurnsFast": "node",
    "AvailabilityBudgetBurnsSlowly": "node",
    "RedisDown": "redis",
}
"""Alert → the component that ends for it."""
DAMAGED = {
    "PrometheusConfigReloadFailed": ("prometheus", "prometheus.yml"),
    "AlertmanagerConfigReloadFailed": ("alertmanager", "alertmanager.yml"),
    "BlackboxConfigReloadFailed": ("blackbox", "blackbox.yml"),
    "AlloyConfigFailed": ("alloy", "config.alloy"),
}
"""Alert → the component whose configuration file is damaged before it is told to load it."""
DAMAGE = b"{ damaged by a drill\n"
_SILENT = ("PrometheusNotConnectedToAlertmanager", "PrometheusNotifications", "AlertmanagerNotificationsFailing")


def touched(alert: str) -> frozenset[str]:
    """What a mishap for this alert touches; nothing where there is none."""
    parts = {STOPPED.get(alert, ""), DAMAGED.get(alert, ("",))[0]} - {""}
    return frozenset(f"component {part}" for part in parts)


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
    backend: Backend
    clients: Clients
    root: Path
    _on: dict[str, Callable[[], None]] = field(default_factory=dict)

    def start(self, service: str, fault: str, seconds: float) -> None:
        """Bring one about; a mishap lasts until it is ended."""
        if service != OWN_SERVICE:
            self.simulator.start(service, fault, seconds)
        elif fault in STOPPED:
            component = STOPPED[fault]
            self._on[fault] = lambda: self.backend.apply(Step("start", component, "the drill is over"))
            self.backend.apply(Step("stop", component, "a drill"))
        else:
            self._damage(fault)

    def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
        """End one, or all."""
        if service != OWN_SERVICE and service:
            return self.simulator.end(service, fault)
        for name in [fault] if fault else list(self._on):
            if name in self._on:
                self._on.pop(name)()
        return () if service else self.simulator.end()

    def _damage(self, alert: str) -> None:
        component, name = DAMAGED[alert]
        file = self.root / "build" / self.backend.name / component / name
        whole = file.read_bytes()

        def mend() -> None:
            file.write_bytes(whole)
            answer = patiently(lambda: self.clients.of(component).ask("POST", "/-/reload"))
            if not answer.ok:
                raise Trouble(f"{component} does not take its configuration back: {answer.text[:200]}")

        self._on[alert] = mend
        file.write_bytes(DAMAGE)
        try:
            self.clients.of(component).ask("POST", "/-/reload")
        except UnreachableError as error:
            raise Trouble(str(error), "`specola status` shows what runs") from error
