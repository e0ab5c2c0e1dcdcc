"""A target may expose what its contract promises.

A `limit` below the contract's series makes Prometheus refuse the whole scrape: all metrics of the target are gone.

```yaml
scrape: {targets: ["shop:8000"], limit: 50}   # the contract has 80 series
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "cost/limit"


def look(work: Work) -> Iterator[Problem]:
    """Limits that services set themselves, against the series of their contracts."""
    for name, service in work.stack.spec.services.items():
        expected = sum(metric.series for metric in service.metrics.values())
        if service.scrape.limit is not None and service.scrape.limit < expected:
            at = ("services", name, "scrape", "limit")
            message = f"a target may expose {service.scrape.limit} series, but its contract has {expected}"
            yield work.problem(at, message, "leave it out: it follows from the contract", id=ID)
