"""How a drill sees and disturbs the stack: the alerts that fire, the messages that came, and the faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from compose.clients import patiently
from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from compose.clients import Clients

LOOK_EVERY = 0.5


class Faults(Protocol):
    """Whatever brings faults about."""

    def start(self, service: str, fault: str, seconds: float) -> None:
        """Bring one about, for at most so long."""
        ...

    def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
        """End one, or all; what was on."""
        ...


Told = dict[tuple[str, str], dict[str, int]]
"""For an alert's name and a status, the last message to each receiver: its id."""


@dataclass(frozen=True)
class Sight:
    """What is seen at one moment: the alerts that fire, and what was told so far. `last` is the newest message's id."""

    firing: frozenset[str]
    told: Mapping[tuple[str, str], Mapping[str, int]]
    last: int

    def reached(self, name: str, status: str, after: int) -> frozenset[str]:
        """The receivers that were told of an alert after a message."""
        return frozenset(receiver for receiver, at in self.told.get((name, status), {}).items() if at > after)


class Evaluated(NamedTuple):
    """An alert rule of Prometheus: whether it fires, and when it was last looked at (Unix seconds)."""

    service: str
    alert: str
    fires: bool
    at: float


@dataclass(frozen=True)
class Watch:
    """How a drill sees and disturbs the stack."""

    clients: Clients
    faults: Faults
    _told: Told = field(default_factory=dict)
    _last: list[int] = field(default_factory=lambda: [0])

    def firing(self) -> frozenset[str]:
        """`SERVICE/ALERT` of all that fires, silenced or not, in Prometheus or in Loki's ruler."""
        found = self.clients.alertmanager.get("/api/v2/alerts", inhibited="true", silenced="true", active="true")
        return frozenset(f"{alert['labels'].get(SERVICE, '')}/{alert['labels']['alertname']}" for alert in found)

    def rules(self) -> tuple[Evaluated, ...]:
        """The alert rules of Prometheus, and how they fare: of what fires Alertmanager may hear seconds later."""
        groups = patiently(lambda: self.clients.prometheus.get("/api/v1/rules", type="alert"))["data"]["groups"]
        return tuple(_rule(rule) for group in groups for rule in group["rules"])

    def sight(self) -> Sight:
        """What there is to see now. Raises UnreachableError."""
        firing = self.firing()
        while fresh := self.clients.inbox.get("/messages", after=self._last[0], limit=5000):
            _note(self._told, fresh)
            self._last[0] = int(fresh[-1]["id"])
        return Sight(firing, self._told, self._last[0])


def evaluated(rules: Iterable[Evaluated], services: Collection[str], since: float) -> bool:
    """Whether every alert of these services was evaluated since a moment (Unix seconds)."""
    return all(rule.at > since for rule in rules if rule.service in services)


def _rule(rule: Mapping[str, Any]) -> Evaluated:
    at = datetime.fromisoformat(rule["lastEvaluation"]).timestamp()
    return Evaluated(rule["labels"].get(SERVICE, ""), rule["name"], rule["state"] == "firing", at)


def _note(told: Told, messages: Iterable[Mapping[str, Any]]) -> None:
    for message in messages:
        for alert in message["alerts"]:
            key = (f"{alert['service']}/{alert['name']}", alert["status"])
            told.setdefault(key, {})[message["receiver"]] = int(message["id"])
