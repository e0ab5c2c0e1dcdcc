"""What runs by itself: how often it ran, when last, whether it failed, how long it waited, whether it still comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.report import measures, reading
from compose.report.found import Beaten, Ran
from dashboards import topics
from spec.expr import expr
from spec.indicator import Age, Average, Quantile, Ratio, Value
from spec.records import main_selector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.report.asking import Asking
    from compose.report.course import Course
    from compose.report.found import Failed, Measured
    from spec.stack import Bound, Watched

LEVELS = (Value, Quantile, Average, Ratio)


def jobs(asking: Asking, service: Watched) -> Iterator[Ran | Failed | Beaten | Measured]:
    """Every indicator of the service about jobs, and everything that has an age. What several count is told once."""
    ran: set[str] = set()
    for bound in service.indicators.values():
        if bound.part is not service.own or (measures.counts(bound) and str(main_selector(bound.spec)) in ran):
            continue
        ran.add(str(main_selector(bound.spec)) if measures.counts(bound) else "")
        if isinstance(bound.spec, Age):
            yield _beaten(asking, service, bound)
        elif "jobs" in (found := topics.of_indicator(service, bound)):
            yield from _job(asking, service, bound, failing="errors" in found)


def _job(asking: Asking, service: Watched, bound: Bound, failing: bool) -> Iterator[Ran | Failed | Measured]:
    if measures.counts(bound):
        yield _ran(asking, service, bound)
    elif failing and reading.is_share_of_events(bound):
        yield measures.failed(asking, service, bound)
    elif isinstance(bound.spec, LEVELS):
        yield measures.measured(asking, service, bound)


def _ran(asking: Asking, service: Watched, bound: Bound) -> Ran:
    course = asking.course(reading.rate(service, bound, asking.step))
    ended = [point.time for point in course.now.points if point.value > 0]
    gap = _gap(course.now, asking.step)
    return Ran(
        counted=measures.counted(asking, bound, course),
        last=ended[-1] if ended else None,
        gap=gap[0] if gap else None,
        gap_from=gap[1] if gap else None,
    )


def _gap(course: Course, step: int) -> tuple[float, float] | None:
    """The longest time in which nothing ran though it was watched, and when it began."""
    longest, start, length = (0.0, 0.0), 0.0, 0
    for point in course.points:
        if point.value > 0:
            length = 0
            continue
        start = point.time - step if not length else start
        length += step
        longest = max(longest, (float(length), start))
    return longest if longest[0] else None


def _beaten(asking: Asking, service: Watched, bound: Bound) -> Beaten:
    """Its age at each point is how long there had been no sign of it."""
    text = expr(bound)
    course = asking.course(f"max by (service) ({text})" if bound.spec.by else text).now
    peak, last = course.peak, course.last
    alert = next((found.alert for found in service.alerts_of(bound.key) if found.alert.above), None)
    return Beaten(
        key=bound.key,
        title=bound.title,
        age=last.value if last else None,
        longest=peak.value if peak else None,
        longest_at=peak.time if peak else None,
        limit=alert.above.value if alert and alert.above else None,
    )
