"""Panels of objectives: what is left of the error budget, how fast it burns, and errors against the objective."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dashboards import look, panels
from dashboards.parts import Query, Threshold
from spec.expr import number
from spec.objectives import BUDGET_LEFT, SPEEDS, budget, error_ratio, pairs, selector
from spec.scalars import Duration

if TYPE_CHECKING:
    from dashboards.parts import Link, Panel
    from spec.objectives import Pair
    from spec.stack import BoundObjective, Watched

LITTLE_LEFT = (Threshold(0.25, "medium", below=True), Threshold(0, "critical", below=True))
SHOWN_WINDOWS = tuple(Duration.parse(text) for text in ("5m", "1h", "1d"))


def title(bound: BoundObjective) -> str:
    return bound.objective.title or bound.objective.name.replace("-", " ").capitalize()


def promise(bound: BoundObjective) -> str:
    """`99.9 % over 30d`"""
    return f"{bound.objective.objective:g} % over {bound.objective.window}"


def budget_left(bound: BoundObjective, heading: str = "", *links: Link) -> Panel:
    """What is left of the error budget: 1 is all of it, below 0 the promise is broken."""
    return panels.stat(
        title=heading or f"{title(bound)}: budget left",
        description=f"What is left of the error budget of {promise(bound)}: {title(bound)}. Below zero it is broken.",
        queries=(Query(f"{BUDGET_LEFT}{selector(bound)}", "budget left"),),
        trend=True,
        unit="ratio",
        decimals=1,
        thresholds=LITTLE_LEFT,
        links=links,
    )


def least_left(service: Watched, *links: Link) -> Panel:
    """What is left of the error budget that is nearest to its end."""
    promises = "; ".join(f"{title(b)}: {promise(b)}" for b in service.objectives)
    return panels.stat(
        title="Error budget left",
        description=f"Of the objective with the least left. {promises}.",
        queries=(Query(f'min by (service) ({BUDGET_LEFT}{{service="{service.name}"}})', "budget left"),),
        trend=True,
        unit="ratio",
        decimals=1,
        thresholds=LITTLE_LEFT,
        links=links,
    )


def budget_course(bound: BoundObjective, heading: str = "") -> Panel:
    """The error budget over time."""
    return panels.timeseries(
        title=heading or f"{title(bound)}: budget left",
        description=f"What is left of the error budget of {promise(bound)}, at each moment for the time before it.",
        queries=(Query(f"{BUDGET_LEFT}{selector(bound)}", "budget left"),),
        unit="ratio",
        thresholds=(LITTLE_LEFT[1],),
        headroom=False,
    )


def errors_against_objective(bound: BoundObjective) -> Panel:
    """The error ratio over a short, a middle and a long window, and the ratio that the objective allows as a line."""
    return panels.timeseries(
        title=f"{title(bound)}: errors against the objective",
        description=f"The share of bad events, and the {number(budget(bound))} that {promise(bound)} allows as a line.",
        queries=tuple(Query(f"{error_ratio(span)}{selector(bound)}", f"over {span}") for span in SHOWN_WINDOWS),
        unit="ratio",
        thresholds=(Threshold(budget(bound), look.OBJECTIVE),),
    )


def burning(bound: BoundObjective, speed: str) -> Panel:
    """How many times faster than allowed the budget burns, in the windows that an alert compares with its limits."""
    severity = getattr(bound.objective.alerts, speed) or look.OBJECTIVE
    said, spans, limits = _compared(pairs(bound, speed), bound.objective.window, severity)
    one = f"{selector(bound)} / {number(budget(bound))}"
    return panels.timeseries(
        title=f"{title(bound)}: how fast the budget burns, {speed} alert",
        description=f"1 uses up the budget of {promise(bound)} exactly. The alert fires {said or 'never'}.",
        queries=tuple(Query(f"{error_ratio(span)}{one}", f"over {span}") for span in spans or SHOWN_WINDOWS),
        decimals=1,
        thresholds=limits,
    )


@lru_cache(maxsize=100)
def _compared(
    compared: tuple[Pair, ...], window: Duration, severity: str
) -> tuple[str, tuple[Duration, ...], tuple[Threshold, ...]]:
    """What is said of the windows that an alert compares, these windows, and its limits."""
    factors = [number(round(pair.factor(window), 4)) for pair in compared]
    said = "; ".join(
        f"above {factor} over {pair.long} and {pair.short}" for factor, pair in zip(factors, compared, strict=True)
    )
    spans = tuple(sorted({span for pair in compared for span in (pair.short, pair.long)}))
    return said, spans, tuple(Threshold(round(pair.factor(window), 4), severity) for pair in compared)


def burnt(bound: BoundObjective) -> tuple[str, ...]:
    """The speeds at which burning the budget raises an alert."""
    return tuple(speed for speed in SPEEDS if getattr(bound.objective.alerts, speed) is not None)
