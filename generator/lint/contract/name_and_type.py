"""A counter's name ends in _total, and nothing else's does.

People and programs tell by the name whether to take a rate: OpenMetrics demands it, and client libraries add it, so
that the series in the contract would not exist. `_bucket`, `_sum` and `_count` belong to histograms.
https://prometheus.io/docs/practices/naming/

```yaml
  shop_orders: {type: counter, help: Orders.}   # shop_orders_total
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.references import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "contract/name-and-type"


def look(work: Work) -> Iterator[Problem]:
    """Names of the metrics that services declare."""
    for name, service in work.stack.spec.services.items():
        for metric, declared in service.metrics.items():
            found = fault(metric, declared.type)
            if found:
                yield work.problem(("services", name, "metrics", metric), *found, id=ID)


def fault(metric: str, kind: str) -> tuple[str, str] | None:
    """What is wrong with the name of a metric of this type, and what to do; None when it is right."""
    if kind == "counter" and not metric.endswith(("_total", *DERIVED)):
        return f"the counter {metric} does not end in _total", f"the client library makes it {metric}_total"
    if kind != "counter" and metric.endswith("_total"):
        return f"{metric} ends in _total, but is a {kind}", "declare it a counter, or rename it"
    if kind == "gauge" and metric.endswith("_bucket"):
        hint = "declare the histogram by the name before _bucket"
        return f"{metric} is part of a histogram, but declared a gauge", hint
    return None
