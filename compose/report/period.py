"""The time a report is about, and how closely it looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from compose.fault import Trouble
from compose.logs.entry import NANOSECONDS
from compose.logs.moment import moment

MOST_POINTS = 2016
"""Points of a course: a week every five minutes. Prometheus answers 11,000 at most; two periods are one question."""
STEPS = (60, 120, 180, 300, 600, 900, 1200, 1800, 3600)
"""Seconds between points; each divides an hour, so that every hour has whole points."""
HOUR, DAY = 3_600, 86_400


@dataclass(frozen=True)
class Period:
    """From `start`, exclusive, to `end`, in seconds since the epoch."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        return self.end - self.start

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one begins."""
        return Period(self.start - self.seconds, self.start)

    @property
    def step(self) -> int:
        """Seconds between two points of a course."""
        enough = self.seconds / MOST_POINTS
        return next((step for step in STEPS if step >= enough), ceil(enough / HOUR) * HOUR)

    def since(self, start: int) -> Period:
        """The same without what lies before `start`."""
        return replace(self, start=max(start, self.start))


def period(since: str, until: str, now: float) -> Period:
    """What `--since` and `--until` name. Raises Trouble for what is no moment, or no time between two."""
    clock = int(now * NANOSECONDS)
    try:
        end = moment(until, clock) if until else clock
        start = moment(since, end)
    except ValueError as error:
        raise Trouble(str(error)) from error
    found = Period(start // NANOSECONDS, end // NANOSECONDS)
    if found.seconds < STEPS[0]:
        raise Trouble(
            "--since is not a minute before --until", "a report is about a time such as --since 7d, or --since 24h"
        )
    return found
