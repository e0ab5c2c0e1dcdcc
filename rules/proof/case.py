"""Tests as values: series, the moments at which something is asked, and what the answer must be. Times are in steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.rule import Alerting, Recording
    from spec.scalars import Duration

State = Literal["pending", "firing"]


class Stale:
    """The mark that ends a series at once; without it the last value counts for five more minutes."""

    def __repr__(self) -> str:
        return "stale"


STALE = Stale()
Point: TypeAlias = float | Stale | None
"""A value, the end of the series, or (None) nothing at this step."""


@dataclass(frozen=True)
class Series:
    """A series as a scrape would leave it: a point for every step."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Is:
    """At a step the alert is pending or firing, for exactly one label set; or (None) neither, for none at all."""

    at: int
    state: State | None
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Silent:
    """From one step to another the alert never fires; with `calm` it is never pending either."""

    start: int
    end: int
    calm: bool = True


@dataclass(frozen=True)
class Tells:
    """At a step exactly one alert fires, with exactly these labels and annotations."""

    at: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True)
class Shows:
    """At a step a recorded series has a value, to `within` that much; or (None) is not there."""

    at: int
    expr: str
    value: float | None
    labels: Mapping[str, str]
    within: float = 1e-6


Check: TypeAlias = Is | Silent | Tells | Shows


@dataclass(frozen=True)
class Case:
    """Series with a point every `every`, and what is checked; rules are evaluated every `step`."""

    name: str
    step: Duration
    series: tuple[Series, ...]
    checks: tuple[Check, ...]
    every: Duration | None = None
    rules: tuple[str, ...] = ()
    """Names of the rules that the case is about, where it gives the others' results as input; empty for all of them."""


@dataclass(frozen=True)
class Threshold:
    """A number an alert compares with, and the nearest numbers that the tests must tell from it."""

    value: float
    lower: float
    higher: float
    exact: bool = False
    """Whether the tests meet it exactly, from the silent side."""


@dataclass(frozen=True)
class Proof:
    """An alert, the records it reads, in the order they are computed, and the cases that prove it."""

    alert: Alerting
    records: tuple[Recording, ...]
    cases: tuple[Case, ...]
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True)
class Unproven:
    """An alert for which no test can be made, and why: then it can hardly ever fire."""

    alert: Alerting
    reason: str
