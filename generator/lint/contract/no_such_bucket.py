"""A bound that observations are compared with is one of the histogram's buckets.

Prometheus only knows how many observations stayed under each bucket: between them it guesses, and a matcher on a
bucket that does not exist finds nothing.

```yaml
  slow: {slower: {of: shop_seconds, over: 300ms}}   # buckets: [0.1, 0.5, 1]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.ordinary import metric_of
from spec.indicator import Slower

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "contract/no-such-bucket"


def look(work: Work) -> Iterator[Problem]:
    """The bound of every `slower` indicator of a service's own."""
    for service in work.stack.services:
        for bound in service.indicators.values():
            if not isinstance(bound.spec, Slower) or bound.part.pack:
                continue
            slow = bound.spec.slower
            metric = metric_of(bound, slow.of)
            if metric is not None and metric.type == "histogram" and slow.over.value not in metric.buckets:
                buckets = ", ".join(f"{bucket:g}" for bucket in metric.buckets)
                message = f"{slow.over} is no bucket of {slow.of.metric}"
                yield work.problem((*bound.origin, "slower", "over"), message, f"buckets: {buckets}", id=ID)
