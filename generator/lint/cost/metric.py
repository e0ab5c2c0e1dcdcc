"""No metric has more series than the budget allows.

Every combination of label values is a series, a histogram has one for each bucket besides. The largest metric decides
how much memory Prometheus needs.

```yaml
budget: {series_per_metric: 1000}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "cost/metric"


def look(work: Work) -> Iterator[Problem]:
    """Series of one metric over all targets of its service, against budget.series_per_metric."""
    most = work.stack.spec.budget.series_per_metric
    for service in work.stack.services[:-1]:
        targets = max(1, len(service.spec.scrape.targets))
        for metric, declared in service.spec.metrics.items():
            series = declared.series * targets
            if series > most:
                widest = max(declared.labels, key=lambda label: len(declared.labels[label]), default="")
                message = f"{metric} has {series} series, more than the budget of {most} for one metric"
                hint = f"its widest label is {widest}, with {len(declared.labels[widest])} values" if widest else ""
                yield work.problem((*service.origin, "metrics", metric), message, hint, id=ID)
