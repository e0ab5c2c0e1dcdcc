"""A drill that is played: a simulator, Alertmanager and inbox in one, and cases for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from compose.drill.case import Case
from compose.drill.watch import Watch
from compose.faults import Faults
from tests.unit.played import played
from tests.unit.small_stack import small_stack


def case(name: str, *receivers: str, touches: str = "metric", floor: float = 2.0, lasting: float = 0.0) -> Case:
    """An alert `SERVICE/NAME` to drill."""
    service, _, alert = name.partition("/")
    labels = {"alertname": alert, "service": service, "severity": "high"}
    return Case(service, alert, labels, receivers or ("chat",), frozenset({touches}), floor, lasting)


@dataclass(frozen=True)
class Played(Faults):
    """A simulator, Alertmanager and inbox in one: an alert fires and is told as soon as its fault is on."""

    url: str = ""
    on: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    inbox: list[dict[str, Any]] = field(default_factory=list)
    told: tuple[str, ...] = ("chat",)
    deaf: frozenset[str] = frozenset()
    stuck: frozenset[str] = frozenset()

    def start(self, service: str, fault: str, seconds: float) -> None:
        self.on.add(f"{service}/{fault}")
        self.done.append(f"start {service}/{fault}")
        self._tell(f"{service}/{fault}", "firing")

    def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
        for name in [f"{service}/{fault}"] if service else sorted(self.on):
            self.done.append(f"end {name}")
            if name not in self.stuck:
                self.on.discard(name)
                self._tell(name, "resolved")
        if not service:
            self.done.append("end all")
            self.on.clear()
        return ()

    def _tell(self, name: str, status: str) -> None:
        service, _, alert = name.partition("/")
        for receiver in self.told if name not in self.deaf else ():
            entry = {"service": service, "name": alert, "status": status}
            self.inbox.append({"id": len(self.inbox) + 1, "receiver": receiver, "alerts": [entry]})

    def watch(self) -> Watch:
        def alerts(**_: object) -> list[Any]:
            return [{"labels": dict(zip(("service", "alertname"), name.split("/"), strict=True))} for name in self.on]

        def messages(after: int, **_: object) -> list[Any]:
            return [message for message in self.inbox if message["id"] > after]

        clients = played(small_stack(), alertmanager={"/api/v2/alerts": alerts}, inbox={"/messages": messages})
        return Watch(clients, self)
