"""By the second, the minute, the hour or the day: rates are shown so that an ordinary day has readable numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spec.metric import Metric
    from spec.selector import Selector

READABLE = 0.5
"""The least number of events in a unit of time that is still read easily."""

PACES = ((1, "/s"), (60, "/min"), (3600, "/h"), (86_400, "/d"))
"""Seconds in the unit of time, and what is written behind the number."""


def pace(metric: Metric | None, selector: Selector | None) -> tuple[int, str]:
    """What to multiply a rate per second with, and its unit then, from what the contract says of an ordinary day."""
    if metric is None or metric.typical.rate is None:
        return PACES[0]
    rate = metric.typical.rate * _share(metric, selector)
    return next(
        ((seconds, text) for seconds, text in PACES if rate * seconds >= READABLE), PACES[-1] if rate else PACES[1]
    )


def _share(metric: Metric, selector: Selector | None) -> float:
    """The part of all events which the selector takes."""
    part = 1.0
    for matcher in selector.matchers if selector else ():
        values = metric.labels.get(matcher.label, ())
        shares = metric.shares.get(matcher.label) or dict.fromkeys(values, 1.0)
        whole = sum(shares.values())
        part *= sum(share for value, share in shares.items() if matcher.matches(value)) / whole if whole else 1.0
    return part
