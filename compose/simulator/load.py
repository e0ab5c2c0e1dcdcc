"""Load over time: a daily wave and small ripples whose integrals are known, so that a value needs only the time.

Nothing here is drawn while the program runs. A series' ripples come from its name, hence a restart, or somebody who
computes the past, gets the same values at the same moment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400.0
WAVE = 0.3
RIPPLE = 0.02
RIPPLE_PERIODS = (97.0, 401.0, 1637.0, 5417.0)
"""Seconds; without common factors, so that the sum does not visibly repeat within a day."""

SIGMA = 0.5
"""Standard deviation of the logarithm of observed values: 1 % of them are above 3.2 medians."""

_FULL_SWING = WAVE + RIPPLE * len(RIPPLE_PERIODS)
_TURN = 2 * math.pi


def seeded(*key: str) -> Random:
    """A random generator that depends on the key only."""
    return Random("\x1f".join(key))  # noqa: S311 (simulated data, nothing secret)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The relative load: 1 on average over a day, between 0.62 and 1.38, highest around `peak` (Unix seconds).

    It is a sum of cosines: (amplitude, angular frequency, phase) each.
    """

    waves: tuple[tuple[float, float, float], ...]

    def at(self, moment: float) -> float:
        """The relative load at a moment (Unix seconds)."""
        return 1.0 + sum(size * math.cos(speed * moment + phase) for size, speed, phase in self.waves)

    def sway(self, moment: float) -> float:
        """The deviation from the average, between -1 and 1."""
        return (self.at(moment) - 1.0) / _FULL_SWING

    def total(self, start: float, end: float) -> float:
        """The integral of the relative load, in seconds of average load."""
        return (end - start) + sum(
            size / speed * (math.sin(speed * end + phase) - math.sin(speed * start + phase))
            for size, speed, phase in self.waves
        )


def rhythm(service: str, *key: str) -> Rhythm:
    """The rhythm of one series: the service's daily wave, highest between 13 and 15 h UTC, and ripples of its own."""
    peak = (14.0 + seeded(service).uniform(-1.0, 1.0)) * 3600.0
    own = seeded(service, *key)
    daily = (WAVE, _TURN / DAY, -_TURN * peak / DAY)
    ripples = ((RIPPLE, _TURN / (period * own.uniform(0.9, 1.1)), own.uniform(0.0, _TURN)) for period in RIPPLE_PERIODS)
    return Rhythm((daily, *ripples))


def between(low: float, high: float, sway: float, counts: bool = False) -> float:
    """A gauge's value between whole numbers is whole itself where it counts things, or where they are ten apart."""
    value = low + (high - low) * (1.0 + sway) / 2.0
    return float(round(value)) if (counts or high - low >= 10) and low.is_integer() and high.is_integer() else value


def usual_values(bounds: tuple[float, ...], median: float) -> tuple[float, ...]:
    """What one usual, log-normal observation adds to a histogram: to each bucket alone, the last without a bound, and
    to the sum."""
    below = (0.5 * (1.0 + math.erf(math.log(bound / median) / (SIGMA * math.sqrt(2.0)))) if bound > 0 else 0.0
             for bound in bounds)  # fmt: skip
    return (*_apart((*below, 1.0)), median * math.exp(SIGMA**2 / 2.0))


def observed_values(bounds: tuple[float, ...], observe: tuple[tuple[float, float], ...]) -> tuple[float, ...]:
    """The same for one observation when values and their fractions are given."""
    total = sum(fraction for _, fraction in observe)
    below = (sum(fraction for value, fraction in observe if value <= bound) / total for bound in bounds)
    return (*_apart((*below, 1.0)), sum(value * fraction for value, fraction in observe) / total)


def _apart(below: tuple[float, ...]) -> Iterator[float]:
    """The share between each bound and the one before."""
    return (share - lower for lower, share in pairwise((0.0, *below)))


def midnight(moment: float) -> float:
    """The last midnight UTC before a moment (Unix seconds)."""
    return moment - moment % DAY
