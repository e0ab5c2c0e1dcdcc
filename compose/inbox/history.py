"""Who was told what: the kept messages read as episodes of alerts, and as metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Told = dict[tuple[str, str, str, str, str], float]
"""Receiver, service, alert, severity and status → when such a message came last (Unix seconds)."""


@dataclass
class Episode:
    """An alert from the first message that it fires to the message that it is over. Times are in Unix seconds."""

    service: str
    alert: str
    severity: str
    since: float
    until: float | None = None
    receivers: dict[str, float] = field(default_factory=dict)
    """Who was told that it fires, and when first."""

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "service": self.service,
            "alert": self.alert,
            "severity": self.severity,
            "status": "firing" if self.until is None else "resolved",
            "since": _stamp(self.since),
            "until": None if self.until is None else _stamp(self.until),
            "seconds": None if self.until is None else round(self.until - self.since, 1),
            "told": {name: _stamp(at) for name, at in self.receivers.items()},
        }


def episodes(messages: Iterable[Mapping[str, Any]], since: float = 0.0) -> tuple[Episode, ...]:
    """Every episode that was not over before a moment (Unix seconds), oldest first."""
    found: list[Episode] = []
    running: dict[tuple[str, str], Episode] = {}
    for at, receiver, alert in _notes(messages):
        key = alert["service"], alert["name"]
        episode = running.get(key)
        if alert["status"] == "firing":
            if episode is None:
                episode = running[key] = Episode(*key, alert["severity"], at)
                found.append(episode)
            episode.receivers.setdefault(receiver, at)
        elif episode is not None:
            episode.until = at
            del running[key]
    return tuple(one for one in found if one.until is None or one.until >= since)


def told(messages: Iterable[Mapping[str, Any]]) -> Told:
    """When each receiver was last told of each alert."""
    return {
        (receiver, alert["service"], alert["name"], alert["severity"], alert["status"]): at
        for at, receiver, alert in _notes(messages)
    }


def metrics(messages: Iterable[Mapping[str, Any]], heartbeat_age: float | None) -> str:
    """The text that Prometheus scrapes (format 0.0.4)."""
    lines = [
        "# HELP specola_notification_timestamp_seconds When a receiver was last told of an alert, or of its end.",
        "# TYPE specola_notification_timestamp_seconds gauge",
    ]
    names = ("receiver", "alert_service", "alert", "alert_severity", "status")
    for key, at in sorted(told(messages).items()):
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, key, strict=True))
        lines.append(f"specola_notification_timestamp_seconds{{{labels}}} {at:.3f}")
    if heartbeat_age is not None:
        lines += [
            "# HELP specola_heartbeat_age_seconds How long ago the last heartbeat of the watchdog arrived.",
            "# TYPE specola_heartbeat_age_seconds gauge",
            f"specola_heartbeat_age_seconds {heartbeat_age:.3f}",
        ]
    return "\n".join(lines) + "\n"


def _notes(messages: Iterable[Mapping[str, Any]]) -> Iterator[tuple[float, str, Mapping[str, str]]]:
    """The time, the receiver and the alert of each message about a service's alert."""
    for message in messages:
        at = datetime.fromisoformat(message["at"]).timestamp()
        for alert in message["alerts"]:
            if alert["service"] and alert["name"]:
                yield at, message["receiver"], alert


def _stamp(at: float) -> str:
    from datetime import UTC

    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
