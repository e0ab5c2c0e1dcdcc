"""Where alerts, and the panels that show what alerts see, read an indicator's value: recorded, or computed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.expr import expr, traffic
from spec.indicator import Average, Forecast, Increase, Quantile, Rate, Ratio, Slower
from spec.lately import lately
from spec.names import SERVICE
from spec.records import recorded
from spec.scalars import Duration
from spec.stack import equal

if TYPE_CHECKING:
    from spec.stack import Bound

LONG = Duration.parse("6h")
"""A window of this length or more is read once a minute by a rule, and not by every panel at every refresh."""

_READ_FROM_RANGES = (Rate, Increase, Quantile, Average, Slower, Forecast)


def worth_recording(bound: Bound) -> bool:
    """Whether the value is read from ranges of raw series; present values of gauges cost nothing to read again."""
    return isinstance(bound.spec, _READ_FROM_RANGES) or (isinstance(bound.spec, Ratio) and bool(traffic(bound)))


def is_long(bound: Bound) -> bool:
    """Whether its window reads so much that it is recorded for panels alone, without an alert."""
    return bound.window >= LONG and worth_recording(bound)


@lately
def value(bound: Bound) -> str:
    """The value over the indicator's own window, of one that is recorded: an alert watches it, or it is long."""
    if not worth_recording(bound):
        return expr(bound)
    return f"{recorded(bound)}{{{equal(SERVICE, bound.part.service)}}}"
