"""Questions to Prometheus about a period, and about how much of it Prometheus knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any

from compose.clients import UnreachableError
from compose.fault import Trouble
from compose.report.course import Course, Point
from compose.report.period import STEPS, Period
from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compose.clients import Client, Clients

ANSWER_SECONDS = 120.0
LOOKED_AT = 1000
"""Points at which is looked whether anything was known."""
CLOSELY = 15
"""Seconds between points where it is looked for the first of them."""
FORGIVEN = 0.01
"""The part of a period that may be unknown without a word."""
NO_PROMETHEUS = "Prometheus is not part of this stack"
AWAY = "a report needs what the running stack has measured: `specola up` starts it, `specola status` shows what runs"


@dataclass(frozen=True)
class Compared:
    """A series in the period, and in the one before where that is known."""

    labels: Mapping[str, str]
    now: Course
    before: Course = field(default_factory=Course)


@dataclass(frozen=True)
class Known:
    """Since when a service is measured, in the period or before, and for how many seconds of the period it was not."""

    first: int
    unknown: int


class Away(Trouble):
    """No Prometheus of the stack answers."""


@dataclass(frozen=True)
class Prometheus:
    """Asks the running Prometheus, of several the first that answers. Raises Away, which says what to do."""

    clients: Clients

    @cached_property
    def _replicas(self) -> tuple[Client, ...]:
        return tuple(replace(client, patience=ANSWER_SECONDS) for client in self.clients.each("prometheus"))

    def courses(self, expr: str, span: Period, step: int) -> list[tuple[Mapping[str, str], Course]]:
        """Every series of an expression. What is no number is left out: there was nothing to measure."""
        first = span.end - span.seconds // step * step
        answer = self._ask("/api/v1/query_range", query=expr, start=first, end=span.end, step=step)
        return [(series["metric"], Course(_points(series["values"]))) for series in answer]

    def values(self, expr: str, at: int) -> list[tuple[Mapping[str, str], float]]:
        """The vector of an expression at a moment; without what is no number."""
        answer = self._ask("/api/v1/query", query=expr, time=at)
        return [(one["metric"], number) for one in answer if isfinite(number := float(one["value"][1]))]

    def known(self, period: Period) -> Mapping[str, Known]:
        """What is known of each service, from the `up` of its targets; nothing of one without any in the period."""
        both = Period(period.before.start, period.end)
        every = max(STEPS[0], period.seconds // LOOKED_AT // STEPS[0] * STEPS[0])
        found: dict[str, Known] = {}
        for name, course in self._up(both, every).items():
            seen = sum(point.time > period.start for point in course.points)
            if seen:
                first = self._began(name, int(course.points[0].time), every, both)
                missing = (period.end - max(first, period.start)) // every - seen
                found[name] = Known(first, max(0, missing * every))
        return found

    def _began(self, service: str, seen: int, every: int, both: Period) -> int:
        """When the first target of a service was asked first, which is at most `every` seconds before it was seen."""
        if seen - every <= both.start:
            return both.start
        closer = self._up(Period(seen - every, seen), max(CLOSELY, every // LOOKED_AT)).get(service)
        return int(closer.points[0].time) if closer else seen

    def _up(self, span: Period, step: int) -> Mapping[str, Course]:
        found = self.courses(f"count by ({SERVICE}) (up)", span, step)
        return {labels.get(SERVICE, ""): course for labels, course in found if course}

    def _ask(self, path: str, **given: Any) -> Any:
        said = []
        for client in self._replicas:
            try:
                return client.form(path, **given)["data"]["result"]
            except UnreachableError as error:
                said.append(str(error))
        raise Away(f"{'; '.join(said) or NO_PROMETHEUS}, so there is nothing to report", AWAY)


def _points(values: list[tuple[float, str]]) -> tuple[Point, ...]:
    return tuple(Point(time, number) for time, text in values if isfinite(number := float(text)))


@dataclass(frozen=True)
class Asking:
    """What is asked about one service: `period` is as much of the report's as is known of it."""

    prometheus: Prometheus
    period: Period
    compared: bool

    @property
    def step(self) -> int:
        return self.period.step

    @property
    def width(self) -> int:
        """Of a stretch that is called the worst hour; of long periods, it is longer."""
        return max(3_600, self.step)

    def courses(self, expr: str) -> tuple[Compared, ...]:
        """Every series of an expression, beside the period before."""
        span = Period(self.period.before.start, self.period.end) if self.compared else self.period
        return tuple(
            Compared(labels, self._part(course, after=True), self._part(course, after=False))
            for labels, course in self.prometheus.courses(expr, span, self.step)
        )

    def course(self, expr: str) -> Compared:
        """The only series of an expression; an empty course when there is none."""
        return next(iter(self.courses(expr)), Compared({}, Course()))

    def value(self, expr: str) -> float | None:
        """The only value of an expression at the end of the period."""
        return next((value for _, value in self.prometheus.values(expr, self.period.end)), None)

    def ranged(self, expr: str, *, before: bool = False) -> list[tuple[Mapping[str, str], float]]:
        """An expression with `$period` in it, over the period or over the one before."""
        at = self.period.start if before else self.period.end
        return self.prometheus.values(expr.replace("$period", f"{self.period.seconds}s"), at)

    def _part(self, course: Course, *, after: bool) -> Course:
        return Course(tuple(point for point in course.points if (point.time > self.period.start) is after))
