"""An edit made in Grafana, as a change of the spec: which key of which file says what was edited, and what to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.drift.compare import Difference, Drift
    from spec.stack import Bound, BoundAlert, SpecPath, Stack, Watched

STEP = re.compile(r"fieldConfig\.defaults\.thresholds\.steps\[\d+\]\.value")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
UNITS = {
    "s": "seconds", "bytes": "bytes", "decbytes": "bytes", "percentunit": "ratio", "celsius": "celsius",
    "percent": "percent", "cps": "per second", "ops": "per second", "reqps": "per second",
}  # fmt: skip
"""What Grafana calls a unit, and what the spec does."""


@dataclass(frozen=True)
class Edit:
    """A key of the spec that should say something else."""

    path: SpecPath
    value: str


def edits(stack: Stack, drift: Drift) -> tuple[tuple[Difference, Edit | None], ...]:
    """Each difference of an edited dashboard, with the edit of the spec that brings it about, where a key says it."""
    service = next((one for one in stack.services if one.name in _tags(drift)), None)
    return tuple((one, _edit(service, drift, one)) for one in drift.differences)


def _tags(drift: Drift) -> tuple[str, ...]:
    return tuple(drift.served.get("tags") or ())


def _edit(service: Watched | None, drift: Drift, one: Difference) -> Edit | None:
    if service is None or not isinstance(one.served, str | int | float):
        return None
    if not one.panel_id:
        return _of_dashboard(service, drift, one)
    bound = _shown(service, one.panel)
    if bound is None:
        return None
    if one.path == "title" and bound.spec.title == one.panel:
        return Edit((*bound.origin, "title"), str(one.served))
    if one.path == "fieldConfig.defaults.unit" and bound.spec.unit and str(one.served) in UNITS:
        return Edit((*bound.origin, "unit"), UNITS[str(one.served)])
    if one.path == "description" and bound.spec.help and str(one.rendered).startswith(bound.spec.help):
        return Edit((*bound.origin, "help"), str(one.served).split("\n")[0])
    if STEP.fullmatch(one.path):
        return _threshold(service, bound, one)
    return None


def _of_dashboard(service: Watched, drift: Drift, one: Difference) -> Edit | None:
    """The title of a dashboard that stands in the service's file."""
    for index, board in enumerate(service.spec.dashboards):
        if one.path == "title" and board.title == one.rendered and drift.uid.endswith(board.name):
            return Edit((*service.origin, "dashboards", index, "title"), str(one.served))
    return None


def _shown(service: Watched, title: str) -> Bound | None:
    """The indicator of the service's own that a panel with this title shows."""
    return next((bound for bound in service.indicators.values() if not bound.part.name and bound.title == title), None)


def _threshold(service: Watched, bound: Bound, one: Difference) -> Edit | None:
    """The alert whose threshold the line was drawn from."""
    for alert in _alerts(service, bound):
        for key in ("above", "below"):
            given = getattr(alert.alert, key)
            if given is not None and given.value == one.rendered and isinstance(one.served, int | float):
                return Edit((*alert.origin, key), _spelled(given.text, given.value, float(one.served)))
    return None


def _alerts(service: Watched, bound: Bound) -> Iterator[BoundAlert]:
    return (alert for alert in service.alerts if alert.indicator.key == bound.key)


def _spelled(text: str, value: float, wanted: float) -> str:
    """The wanted value in the words in which the old one was written: 5% for 0.05, 300ms for 0.3."""
    number = NUMBER.match(text)
    if number is None or not value:
        return f"{wanted:g}"
    factor = value / float(number[0])
    return f"{wanted / factor:.6g}{text[number.end() :]}"
