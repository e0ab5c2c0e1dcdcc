"""No panel reads more series than `budget.series_per_panel` allows.

The number is an estimate from the contract: the values that labels may take, times the buckets of a histogram, times
the targets. Recorded series count as what the rule makes of them.

A panel over its budget is slow for whoever opens the dashboard, and for everybody else on the same Prometheus. Show
fewer labels (`split`), put an alert on the indicator so that it is recorded, or raise the budget on purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import parsed, with_values
from generator.series import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/series"


def look(work: Work) -> Iterator[Problem]:
    """Every panel that asks Prometheus."""
    budget = work.stack.spec.budget.series_per_panel
    estimate = Estimate(work.stack, parsed)
    for shown in with_values(work):
        trees = [tree for expr in shown.promql if (tree := parsed(expr)) is not None]
        count = sum(map(estimate.read, trees))
        if count > budget:
            said = f"it reads about {count} series; budget.series_per_panel is {budget}"
            hint = "split by fewer labels, put an alert on the indicator so that it is recorded, or raise the budget"
            yield shown.problem(work, said, hint, id=ID, level="warning")
