"""What a drill found, for people and for machines."""

from __future__ import annotations

import json
from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compose.drill.case import Untried
    from compose.drill.trial import Result


def lines(results: Sequence[Result], untried: Sequence[Untried], left: Sequence[str] = ()) -> Iterator[str]:
    """A line for each alert, then the figures, then what was not drilled and why."""
    yield f"{'ALERT':58} {'FIRED':>7} {'TOLD':>7} {'FLOOR':>7} {'OVER':>6} {'RESOLVED':>9}"
    for result in sorted(results, key=lambda result: result.case.name):
        figures = (result.fired, result.delivered, result.case.floor, result.excess)
        fired, told, floor, over = ("-" if one is None else f"{one:.1f}" for one in figures)
        gone = "-" if result.resolved is None else f"{result.resolved:.1f}"
        yield f"{result.case.name:58} {fired:>7} {told:>7} {floor:>7} {over:>6} {gone:>9}{_trouble(result)}"
    yield ""
    report = figures_of(results)
    p95 = report["excess_p95_seconds"]
    soon = "" if p95 is None else f"; 95 % were told within {p95} s of the soonest possible"
    yield f"{report['drilled']} drilled, {report['delivered']} delivered, {report['resolved']} resolved{soon}"
    reasons: dict[str, int] = {}
    for one in untried:
        reasons[one.why] = reasons.get(one.why, 0) + 1
    for why, count in reasons.items():
        yield f"{count} not drilled: {why}"
    if left:
        yield f"still firing, and was not before: {', '.join(left)}"
    else:
        yield "left behind: no fault, no alert"


def _trouble(result: Result) -> str:
    if not result.begun:
        return f"  {result.trouble}"
    return f"  never reached {', '.join(result.missing)}" if result.missing and result.delivered is None else ""


def figures_of(results: Sequence[Result]) -> dict[str, object]:
    """The counts, and the 95th percentile of the excess over the floor in seconds."""
    excess = [result.excess for result in results if result.excess is not None]
    p95 = quantiles(excess, n=20, method="inclusive")[-1] if len(excess) > 1 else (excess[0] if excess else None)
    return {
        "drilled": len(results),
        "delivered": sum(result.delivered is not None for result in results),
        "resolved": sum(result.resolved is not None for result in results),
        "excess_p95_seconds": None if p95 is None else round(p95, 1),
    }


def as_json(results: Sequence[Result], untried: Sequence[Untried], left: Sequence[str] = ()) -> str:
    """`drilled`, `delivered`, `resolved`, `detection_seconds` by alert, and what was not drilled."""
    return json.dumps(
        {
            **figures_of(results),
            "detection_seconds": {result.case.name: result.delivered for result in results},
            "floor_seconds": {result.case.name: result.case.floor for result in results},
            "not_delivered": [result.case.name for result in results if result.delivered is None],
            "not_resolved": [result.case.name for result in results if result.resolved is None],
            "left_firing": list(left),
            "not_drilled": {one.name: one.why for one in untried},
        },
        indent=2,
    )
