"""Whether objectives were kept, and how long their error budgets last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.report.found import Promise
from spec.objectives import ALL, BAD, BUDGET_LEFT, EXHAUSTED_IN, selector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.report.asking import Asking
    from spec.stack import BoundObjective, Watched


def promises(asking: Asking, service: Watched) -> Iterator[Promise]:
    """Every objective, from the records that its alerts and dashboards read."""
    for bound in service.objectives:
        own, objective = selector(bound), bound.objective
        left = asking.value(f"{EXHAUSTED_IN}{own}")
        yield Promise(
            name=objective.name,
            title=objective.title or objective.name.replace("-", " ").capitalize(),
            objective=objective.objective / 100,
            window=objective.window.seconds,
            attained=_attained(asking, bound),
            before=_attained(asking, bound, before=True) if asking.compared else None,
            budget_left=asking.value(f"{BUDGET_LEFT}{own}"),
            exhausted_in=left if left is not None and left <= objective.window.seconds else None,
        )


def _attained(asking: Asking, bound: BoundObjective, *, before: bool = False) -> float | None:
    """The share of good events: what is bad of all, both over the whole period."""
    own = selector(bound)
    bad = f"avg_over_time({BAD}{own}[$period]) / (avg_over_time({ALL}{own}[$period]) > 0)"
    found = next((value for _, value in asking.ranged(bad, before=before)), None)
    return None if found is None else 1 - found
