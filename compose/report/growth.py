"""Capacity: where gauges lead along a straight line through the period, and when they reach what their alerts allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.report import measures, reading
from compose.report.found import Growth
from compose.report.period import DAY
from compose.report.tight import candidates, nearest
from dashboards import topics
from spec.expr import traffic
from spec.indicator import Forecast, PromQL, Ratio
from spec.time_left import limited, present
from spec.units import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.report.asking import Asking
    from compose.report.course import Course, Line
    from compose.report.found import Outlook
    from spec.alert import Alert
    from spec.stack import Bound, Watched

HORIZON = 90 * DAY
"""Seconds ahead; a straight line tells nothing of what comes later."""
LEAST_HISTORY = DAY
"""Seconds: a trend of less is the time of day."""
GONE = 600
"""Seconds after which a series without a value is one of an instance that is no more."""
MOST = 8
ORDER: tuple[Outlook, ...] = ("reached", "in time", "far", "noisy", "steady", "short")


def growth(asking: Asking, service: Watched) -> tuple[Growth, ...]:
    """Of what is forecast, and of what is used of something limited; of each the series that is there first."""
    found = (one for bound, text, alert in _gauges(asking, service) if (one := _first(asking, bound, text, alert)))
    ranked = sorted(found, key=lambda one: (ORDER.index(one.outlook), one.reached_in or 0.0, one.title))
    return tuple(ranked[:MOST])


def _gauges(asking: Asking, service: Watched) -> Iterator[tuple[Bound, str, Alert]]:
    """The indicator, the PromQL of its present value, and the alert that says where the room ends."""
    for bound, alert in limited(service):
        yield bound, present(bound), alert
    golden = service.spec.golden.get("saturation", "")
    for bound in candidates(service):
        first = nearest(service, bound)
        if first is not None and first.above is not None and (bound.key == golden or _is_used(service, bound)):
            yield bound, reading.level(service, bound, asking.step), first


def _is_used(service: Watched, bound: Bound) -> bool:
    """Whether it is the part in use of something limited."""
    if "capacity" in topics.of_indicator(service, bound):
        return True
    return unit(bound) in ("ratio", "percent") and isinstance(bound.spec, Ratio | PromQL) and not traffic(bound)


def _first(asking: Asking, bound: Bound, text: str, alert: Alert) -> Growth | None:
    """Of the series of a gauge that are still there the one that reaches its limit first, else the one nearest."""
    recent = asking.period.end - max(GONE, 2 * asking.step)
    courses = [one for one in asking.courses(text) if one.now and one.now.points[-1].time > recent]
    found = [_of(bound, measures.named(one.labels), one.now, alert) for one in courses]
    return min(
        found,
        key=lambda one: (ORDER.index(one.outlook), one.reached_in or 0.0, abs((one.limit or 0.0) - one.now)),
        default=None,
    )


def _of(bound: Bound, which: str, course: Course, alert: Alert) -> Growth:
    line = course.line()
    limit = alert.above or alert.below
    allowed = limit.value if limit else 0.0
    now = course.points[-1].value
    outlook, seconds = _outlook(course, line, now, allowed, below=alert.above is None)
    title = bound.title.partition(" in ")[0] if isinstance(bound.spec, Forecast) else bound.title
    daily = line.slope * DAY if line and outlook != "short" else None
    return Growth(bound.key, title, which, unit(bound), now, daily, alert.name, allowed, outlook, seconds)


def _outlook(
    course: Course, line: Line | None, now: float, limit: float, *, below: bool
) -> tuple[Outlook, float | None]:
    sign = -1 if below else 1
    if sign * (now - limit) > 0:
        return "reached", 0.0
    if line is None or course.points[-1].time - course.points[0].time < LEAST_HISTORY * 0.9:
        return "short", None
    if not line.trend:
        return "noisy", None
    if sign * line.slope <= 0:
        return "steady", None
    seconds = max(0.0, (limit - line.now) / line.slope)
    return ("in time", seconds) if seconds <= HORIZON else ("far", None)
