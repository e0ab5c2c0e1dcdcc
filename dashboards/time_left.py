"""Panels of how long the room lasts: the time left until something is full, and how fast it fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import look, panels
from dashboards.parts import Meaning, Query, Threshold
from spec.expr import number
from spec.time_left import FAR, RESOURCE, TIME_LEFT, ahead, present
from spec.time_left import growth as growth_of

if TYPE_CHECKING:
    from dashboards.parts import Panel
    from dashboards.subject import Subject
    from spec.alert import Alert
    from spec.stack import Bound, Watched

NOT_IN_SIGHT = "not in sight"
"""In place of a time, when the value moves away from its limit or stands still."""

WEEK, MONTH = 7 * 86_400, 30 * 86_400
SOON = (Threshold(WEEK, "high", below=True), Threshold(MONTH, "medium", below=True))


def left(service: Watched, bound: Bound, alert: Alert) -> Panel:
    """The time until the value reaches the alert's threshold, if growth goes on as it does."""
    limit = alert.above or alert.below
    chosen = f'{{service="{service.name}", {RESOURCE}="{bound.key}"}}'
    return panels.stat(
        title=f"{_what(bound)}: time left",
        description=f"How long until {number(limit.value if limit else 0)} is reached, along the straight line through "
        f"the last {bound.window}.",
        queries=(Query(f"min({TIME_LEFT}{chosen}) or {FAR} + 0 * min({present(bound)})", "time left"),),
        unit="seconds",
        decimals=0,
        thresholds=SOON,
        meanings=(Meaning(FAR, NOT_IN_SIGHT, look.OK),),
    )


def growth(subject: Subject) -> Panel:
    """How much more (or less) of it there is each day."""
    return panels.timeseries(
        title=f"{_what(subject.bound)}: growth a day",
        description=f"The slope of the straight line through the last {subject.bound.window}, for a day; the forecast "
        f"of {number(ahead(subject.bound) / 86_400)} days is made of it.",
        queries=(Query(growth_of(subject.bound, subject.query), subject.legend),),
        legend="list" if subject.spec.by else "hidden",
        unit=subject.unit,
        from_zero=False,
        empty=subject.empty,
    )


def _what(bound: Bound) -> str:
    """The title without its `in 30 days`."""
    return bound.title.partition(" in ")[0]
