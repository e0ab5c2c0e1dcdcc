"""Objectives: the series that hold their error ratios and budgets, and the windows their burn rates are read over.

Method: multi-window, multi-burn-rate alerts, https://sre.google/workbook/alerting-on-slos/ (section 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from spec.given import camel
from spec.scalars import Duration

if TYPE_CHECKING:
    from spec.stack import BoundObjective

SHORTEST = Duration.parse("5m")
BAD = "service:slo_bad_events:rate5m"
ALL = "service:slo_events:rate5m"
OBJECTIVE = "service:slo_objective:ratio"
BUDGET = "service:slo_error_budget:ratio"
BURN_RATE = "service:slo_burn_rate:ratio"
BUDGET_LEFT = "service:slo_budget_left:ratio"
EXHAUSTED_IN = "service:slo_exhausted_in:seconds"
SPEEDS = ("fast", "slow")


@dataclass(frozen=True)
class Pair:
    """A long window, the short one which ends the alert soon after the burning ends, and the budget's share burnt in
    the long one."""

    long: Duration
    short: Duration
    budget: float
    speed: str

    def factor(self, window: Duration) -> float:
        """How many times faster than the budget allows: budget share * objective window / long window."""
        return self.budget * window.ms / self.long.ms

    @property
    def known(self) -> Duration:
        """For how long an objective has to be known before the pair is compared. While no more is known than the short
        window, both windows are the same one: what fails while a stack starts would page. Twice the short window leaves
        the start out of it."""
        return Duration(2 * self.short.ms)


def _pair(long: str, short: str, budget: float, speed: str) -> Pair:
    return Pair(Duration.parse(long), Duration.parse(short), budget, speed)


PAIRS = (
    _pair("1h", "5m", 0.02, "fast"), _pair("6h", "30m", 0.05, "fast"),
    _pair("1d", "2h", 0.10, "slow"), _pair("3d", "6h", 0.10, "slow"),
)  # fmt: skip
WINDOWS = tuple(sorted({window for pair in PAIRS for window in (pair.long, pair.short)} - {SHORTEST}))


def pairs(bound: BoundObjective, speed: str) -> tuple[Pair, ...]:
    """The pairs that an objective's burn alert of this speed compares: those shorter than its own window."""
    return _pairs(bound.objective.window, speed)


@lru_cache(maxsize=100)
def _pairs(window: Duration, speed: str) -> tuple[Pair, ...]:
    return tuple(pair for pair in PAIRS if pair.speed == speed and pair.long < window)


def error_ratio(window: Duration) -> str:
    """The name of the series that holds the share of bad events over a window."""
    return f"service:slo_error:ratio_rate{window}"


def budget(bound: BoundObjective) -> float:
    """The share of events that may be bad."""
    return round(1 - bound.objective.objective / 100, 10)


def selector(bound: BoundObjective) -> str:
    """Matches the objective's series."""
    return f'{{service="{bound.service}",slo="{bound.objective.name}"}}'


def burn_alert(bound: BoundObjective, speed: str) -> str:
    """`AvailabilityBudgetBurnsFast`"""
    return f"{camel(bound.objective.name)}BudgetBurns{'Fast' if speed == 'fast' else 'Slowly'}"
