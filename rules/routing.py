"""Whom an alert tells: the routes of the spec, evaluated offline as Alertmanager would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.lately import lately
from spec.names import ENVIRONMENT, SERVICE, SEVERITY, TEAM, WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.notify import Notification, When

_FIELDS = (
    ("severity", SEVERITY),
    ("owner", TEAM),
    ("service", SERVICE),
    ("environment", ENVIRONMENT),
    ("category", "category"),
    ("alert", "alertname"),
)


def reached(notification: Notification, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The receivers of an alert with these labels (with `alertname` and `environment`), in the order they are told."""
    if labels.get("alertname") == WATCHDOG:
        return (notification.heartbeat,) if notification.heartbeat else ()
    found = dict.fromkeys(
        receiver for route in notification.routes if takes(route.when, labels) for receiver in route.to
    )
    return tuple(found) or (notification.default,)


def takes(when: When, labels: Mapping[str, str]) -> bool:
    """Whether a condition holds for an alert."""
    return all(labels.get(label, "") in values for label, values in _asked(when))


@lately
def _asked(when: When) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The labels that a condition is about, with the values it takes."""
    return tuple((label, values) for field, label in _FIELDS if (values := getattr(when, field)))


def waits(notification: Notification, labels: Mapping[str, str]) -> float:
    """Seconds before the first message of a new group, at the quickest of the routes that an alert takes."""
    found = [route.wait or notification.grouping.wait for route in notification.routes if takes(route.when, labels)]
    return min(found or [notification.grouping.wait]).seconds
