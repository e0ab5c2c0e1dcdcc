"""How a figure went: its values in time, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_POINTS = 10
"""Fewer points make no straight line."""
EXPLAINED = 0.5
"""A line that explains less than this of how the values vary is no trend."""


@dataclass(frozen=True)
class Point:
    """A value and the second it was known at: it stands for the step that ends there."""

    time: float
    value: float


@dataclass(frozen=True)
class Line:
    """A straight line through a course: its value at the end, its slope a second, and whether it is a trend."""

    now: float
    slope: float
    trend: bool


@dataclass(frozen=True)
class Course:
    """The points of one series, in their order."""

    points: tuple[Point, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.points)

    @cached_property
    def mean(self) -> float | None:
        return fsum(point.value for point in self.points) / len(self.points) if self.points else None

    @property
    def peak(self) -> Point | None:
        return max(self.points, key=lambda point: point.value, default=None)

    @property
    def low(self) -> Point | None:
        return min(self.points, key=lambda point: point.value, default=None)

    @property
    def last(self) -> Point | None:
        return self.points[-1] if self.points else None

    def means(self, width: int) -> Mapping[int, float]:
        """The mean of each stretch of `width` seconds that has any point, by the second it begins at."""
        found: dict[int, list[float]] = {}
        for point in self.points:
            found.setdefault(int((point.time - 1) // width) * width, []).append(point.value)
        return {start: fsum(values) / len(values) for start, values in found.items()}

    def line(self) -> Line | None:
        """By least squares, as `deriv` and `predict_linear` of Prometheus draw it (promql/functions.go,
        linearRegression). It is a trend when it explains enough of how the values vary (coefficient of determination):
        one bad hour tilts every line."""
        count = len(self.points)
        if count < LEAST_POINTS:
            return None
        end = self.points[-1].time
        pairs = [(point.time - end, point.value) for point in self.points]
        middle, mean = fsum(time for time, _ in pairs) / count, fsum(value for _, value in pairs) / count
        times = fsum((time - middle) ** 2 for time, _ in pairs)
        values = fsum((value - mean) ** 2 for _, value in pairs)
        both = fsum((time - middle) * (value - mean) for time, value in pairs)
        slope = both / times
        return Line(mean - slope * middle, slope, both**2 >= EXPLAINED * times * values)
