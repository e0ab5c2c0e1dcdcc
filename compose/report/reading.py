"""Where a report reads an indicator: recorded where a rule records it, else from its raw series, each sample once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spec.expr import bad_events, expr, traffic
from spec.indicator import Increase, Rate, Ratio, Slower
from spec.objectives import ALL, BAD, SHORTEST, selector
from spec.resolve import SCRAPES_IN_A_WINDOW
from spec.scalars import Duration
from spec.value import is_long, value, worth_recording

if TYPE_CHECKING:
    from spec.stack import Bound, Watched


def level(service: Watched, bound: Bound, step: int) -> str:
    """The indicator's value, of each step the mean."""
    if not worth_recording(bound):
        return expr(bound)
    if _is_recorded(service, bound):
        return over(value(bound), bound.window, step)
    return expr(bound, window(bound, step))


def _is_recorded(service: Watched, bound: Bound) -> bool:
    return any(service.alerts_of(bound.key)) or is_long(bound)


def rate(service: Watched, bound: Bound, step: int, by: tuple[str, ...] = ()) -> str:
    """How many events a second a Rate or an Increase counts, by labels or all together."""
    spec = bound.spec
    if isinstance(spec, Rate) and spec.by == by and bound.window.seconds <= step and _is_recorded(service, bound):
        return level(service, bound, step)
    counted = spec.increase if isinstance(spec, Increase) else spec.rate if isinstance(spec, Rate) else None
    if counted is None:
        raise TypeError(f"{bound.key} counts nothing")
    scrapes = max((job.interval.ms for job in service.jobs if job.part == bound.part.name), default=0)
    span = max(Duration(step * 1000), Duration(scrapes * SCRAPES_IN_A_WINDOW))
    return expr(replace(bound, spec=Rate(rate=counted, by=by)), str(span))


def is_share_of_events(bound: Bound) -> bool:
    """Whether the indicator is a part of events that can be counted."""
    return isinstance(bound.spec, Ratio | Slower) and bool(traffic(bound))


def events(service: Watched, bound: Bound, step: int) -> tuple[str, str]:
    """The rate of what an indicator counts as bad, and of all events; an objective on it has both recorded."""
    for objective in service.objectives:
        if objective.indicator.key == bound.key:
            own = selector(objective)
            return over(f"{BAD}{own}", SHORTEST, step), over(f"{ALL}{own}", SHORTEST, step)
    whole = replace(bound, spec=bound.spec.model_copy(update={"by": ()}))
    span = window(bound, step)
    return bad_events(whole, span), traffic(whole, span)


def over(series: str, own: Duration, step: int) -> str:
    """A recorded series; where its own window is shorter than a step, the mean of the step."""
    return series if step <= own.seconds else f"avg_over_time({series}[{Duration(step * 1000)}])"


def window(bound: Bound, step: int) -> str:
    """The range to read: a step, and no less than the indicator's own window."""
    return str(max(bound.window, Duration(step * 1000)))
