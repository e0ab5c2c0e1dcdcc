"""The figures that several chapters of a report are made of: events counted, values measured, shares of failures."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from compose.report import reading
from compose.report.found import Counted, Failed, Measured
from rules.recording import floor
from spec.indicator import Increase, Rate
from spec.units import unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compose.report.asking import Asking, Compared
    from compose.report.course import Course
    from spec.stack import Bound, Watched

MOST_KINDS = 3
"""Kinds of failures that are named."""
AN_EVENT = 0.5
"""Fewer events than this in an hour were none."""
HIDDEN = frozenset({"service", "__name__"})
"""Labels that all series of a service have alike."""


def counted(asking: Asking, bound: Bound, course: Compared) -> Counted:
    """Of a rate over time: the mean of what is known, times the time it is known for, are the events."""
    peak, now = course.now.peak, course.now
    events = None if now.mean is None else now.mean * len(now.points) * asking.step
    return Counted(
        key=bound.key,
        title=bound.title,
        events=events,
        rate=now.mean,
        peak=peak.value if peak else None,
        peak_at=peak.time if peak else None,
        before=course.before.mean,
    )


def counts(bound: Bound) -> bool:
    """Whether the indicator counts events."""
    return isinstance(bound.spec, Rate | Increase)


def measured(asking: Asking, service: Watched, bound: Bound) -> Measured:
    """A value over time; of several series the highest at each moment."""
    text = reading.level(service, bound, asking.step)
    course = asking.course(f"max by (service) ({text})" if bound.spec.by else text)
    low, peak = course.now.low, course.now.peak
    return Measured(
        key=bound.key,
        title=bound.title,
        unit=unit(bound),
        mean=course.now.mean,
        low=low.value if low else None,
        peak=peak.value if peak else None,
        peak_at=peak.time if peak else None,
        before=course.before.mean,
    )


def failed(asking: Asking, service: Watched, bound: Bound) -> Failed:
    """The share of bad events over the whole period, which is not the mean of the shares of its hours."""
    bad, whole = (asking.course(text) for text in reading.events(service, bound, asking.step))
    worst = _worst(asking, bound, bad.now, whole.now)
    return Failed(
        key=bound.key,
        title=bound.title,
        share=share(bad.now, whole.now),
        before=share(bad.before, whole.before),
        bad=_events(asking, bad.now),
        events=_events(asking, whole.now),
        worst=worst[1] if worst else None,
        worst_at=worst[0] if worst else None,
    )


def kinds(asking: Asking, service: Watched, bound: Bound) -> tuple[tuple[str, float], ...]:
    """The most frequent kinds of what an indicator counts by labels, with their numbers."""
    found = (
        (named(one.labels), _events(asking, one.now) or 0.0)
        for one in asking.courses(reading.rate(service, bound, asking.step, bound.spec.by))
    )
    ranked = sorted((pair for pair in found if pair[1] >= 1), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ranked[:MOST_KINDS])


def named(labels: Mapping[str, str]) -> str:
    """The labels that tell a series from others of its service, as people read them."""
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name not in HIDDEN)


def share(bad: Course, whole: Course) -> float | None:
    """The part that is bad, of all that is known; nothing of nothing is not known."""
    events = fsum(point.value for point in whole.points)
    return fsum(point.value for point in bad.points) / events if events else None


def _events(asking: Asking, course: Course) -> float | None:
    return fsum(point.value for point in course.points) * asking.step if course else None


def _worst(asking: Asking, bound: Bound, bad: Course, whole: Course) -> tuple[int, float] | None:
    """The hour with the highest share, of those with as many events as an alert on it asks for, and any bad ones."""
    rates, events = bad.means(asking.width), whole.means(asking.width)
    shares = {
        start: rates[start] / rate
        for start, rate in events.items()
        if rate > 0 and rate >= floor(bound) and rates.get(start, 0) * asking.width >= AN_EVENT
    }
    return max(shares.items(), key=lambda pair: pair[1], default=None)
