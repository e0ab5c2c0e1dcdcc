"""What a report says, as values: numbers in base units, moments in seconds since the epoch; None is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outlook = Literal["reached", "in time", "far", "steady", "short", "noisy"]
"""How a trend goes on: at its limit already, there within the horizon, there later, not towards it, known for too short
a time to tell, or too uneven to be one."""


@dataclass(frozen=True)
class Counted:
    """Events of a period: how many, how many a second, the fastest step, and the rate of the period before."""

    key: str
    title: str
    events: float | None
    rate: float | None
    peak: float | None
    peak_at: float | None
    before: float | None


@dataclass(frozen=True)
class Measured:
    """A value that goes up and down."""

    key: str
    title: str
    unit: str
    mean: float | None
    low: float | None
    peak: float | None
    peak_at: float | None
    before: float | None


@dataclass(frozen=True)
class Failed:
    """The share of events that went wrong, their number, and the worst hour with events enough to tell."""

    key: str
    title: str
    share: float | None
    before: float | None
    bad: float | None
    events: float | None
    worst: float | None
    worst_at: float | None
    kinds: tuple[tuple[str, float], ...] = ()
    """Of events counted by their kind: each with its number, the most frequent first."""


@dataclass(frozen=True)
class Ran:
    """Jobs that ended: how many, the last one, and the longest time without one."""

    counted: Counted
    last: float | None
    gap: float | None
    gap_from: float | None


@dataclass(frozen=True)
class Beaten:
    """Something that has to come again and again: its age at the end, and the highest it was."""

    key: str
    title: str
    age: float | None
    longest: float | None
    longest_at: float | None
    limit: float | None


@dataclass(frozen=True)
class Promise:
    """An objective: what it promises, what was attained in the period and before, and what is left of the budget."""

    name: str
    title: str
    objective: float
    window: float
    attained: float | None
    before: float | None
    budget_left: float | None
    exhausted_in: float | None


@dataclass(frozen=True)
class Fired:
    """An alert that fired: how often it began to, for how many seconds, and before."""

    name: str
    severity: str
    times: int
    seconds: float
    before_times: int
    firing: bool


@dataclass(frozen=True)
class Tight:
    """What is nearest to its limit: `near` is the part of the way to the threshold of its alert."""

    key: str
    title: str
    which: str
    unit: str
    mean: float
    worst: float
    worst_at: float
    alert: str
    limit: float | None
    below: bool
    near: float | None
    slowest: tuple[tuple[str, float], ...] = ()
    """By label: the value of each with the slowest answers, as `endpoint=query`, and its mean."""


@dataclass(frozen=True)
class Growth:
    """Where a gauge leads: its value and growth a day by a straight line through the period."""

    key: str
    title: str
    which: str
    unit: str
    now: float
    daily: float | None
    alert: str
    limit: float | None
    outlook: Outlook
    reached_in: float | None


@dataclass(frozen=True)
class OfService:
    """All that is said of a service. Without a first moment nothing of it is known in the period."""

    name: str
    title: str
    owner: str
    first: int | None
    """Since when it is measured in the period."""
    unknown: int
    """Seconds of it for which nothing was measured."""
    compared: bool
    usage: tuple[Counted | Measured, ...] = ()
    errors: tuple[Failed | Measured, ...] = ()
    jobs: tuple[Ran | Failed | Beaten | Measured, ...] = ()
    promises: tuple[Promise, ...] = ()
    fired: tuple[Fired, ...] = ()
    tight: tuple[Tight, ...] = ()
    growth: tuple[Growth, ...] = ()


@dataclass(frozen=True)
class Report:
    """The whole report; `start` and `end` as they were asked for."""

    stack: str
    environment: str
    start: int
    end: int
    services: tuple[OfService, ...]
