"""All series together stay within the budget.

The forecast is made from the contracts: series of every metric, for every target, and what exporters usually expose.
From 80 % of the budget on, `check` warns and the alert SeriesNearBudget fires.

```yaml
budget: {series: 20000}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.forecast import NEAR, forecast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "cost/stack"


def look(work: Work) -> Iterator[Problem]:
    """The forecast of all jobs against budget.series."""
    most = work.stack.spec.budget.series
    jobs = forecast(work.stack)
    total = sum(job.series for job in jobs)
    largest = max(jobs, key=lambda job: job.series, default=None)
    hint = f"the largest job is {largest.name}, with {largest.series}" if largest else ""
    if total > most:
        message = f"{total} series are expected, more than the budget of {most}"
        yield work.problem(("budget", "series"), message, hint, id=ID)
    elif total > NEAR * most:
        message = f"{total} series are expected, {total / most:.0%} of the budget of {most}"
        yield work.problem(("budget", "series"), message, hint, id=ID, level="warning")
