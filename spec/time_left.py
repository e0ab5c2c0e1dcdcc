"""How long until something is full: along the straight line of a forecast, from now to where its alert begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spec.expr import expr, number
from spec.indicator import Forecast, Value
from spec.value import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.alert import Alert
    from spec.stack import Bound, Watched

TIME_LEFT = "service:capacity_left:seconds"
"""The series that holds it, for each service and `resource`; where growth leads away from the limit there is none."""

RESOURCE = "resource"
PART = "part"
"""The labels that are kept of it, together: which disk of which host."""

DAY = 86_400
FAR = 10 * 365 * DAY
"""Seconds after which a straight line is no forecast any more: ten years."""


def limited(service: Watched) -> Iterator[tuple[Bound, Alert]]:
    """Every forecast of a service with the alert that says where the room ends: the first one on it."""
    for key, bound in service.indicators.items():
        if isinstance(bound.spec, Forecast):
            first = next(
                (found.alert for found in service.alerts_of(key) if found.alert.above or found.alert.below), None
            )
            if first is not None:
                yield bound, first


def seconds_left(bound: Bound, alert: Alert) -> str:
    """The distance to the limit divided by the slope; 0 when it is passed already."""
    now = present(bound)
    slope = f"(({value(bound)}) - ({now})) / {number(ahead(bound))}"
    if alert.above is not None:
        seconds = f"clamp_min({number(alert.above.value)} - ({now}), 0) / ({slope} > 0) < {FAR}"
    else:
        limit = number(alert.below.value if alert.below else 0)
        seconds = f"clamp_min(({now}) - {limit}, 0) / (-1 * {slope} > 0) < {FAR}"
    if not bound.spec.by:
        return seconds
    kept = ", ".join(f'"{label}"' for label in bound.spec.by)
    return f'label_join({seconds}, "{PART}", " ", {kept})'


def growth(bound: Bound, forecast: str) -> str:
    """How much more there is of it each day, from what `forecast` says."""
    return f"(({forecast}) - ({present(bound)})) * {number(DAY / ahead(bound))}"


def ahead(bound: Bound) -> float:
    """How far the forecast looks ahead, in seconds."""
    return _forecast(bound).forecast.ahead.seconds


def present(bound: Bound) -> str:
    """The value now of what is forecast."""
    spec = _forecast(bound)
    return expr(replace(bound, spec=Value(value=spec.forecast.of, aggregate=spec.aggregate, by=spec.by)))


def _forecast(bound: Bound) -> Forecast:
    if not isinstance(bound.spec, Forecast):
        raise TypeError(f"{bound.key} is no forecast")
    return bound.spec
