"""Quantiles are not added or averaged.

The mean of two 95th percentiles is no percentile of anything: a quiet instance weighs as much as a busy one. Add the
buckets first, and take the quantile of the sum.

```yaml
  slow: {promql: 'avg by (service) (histogram_quantile(0.95, sum by (route, le) (rate(b_bucket{$scope}[5m]))))'}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Aggregate, Call
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/average-of-quantiles"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Sums and averages directly around a quantile."""
    for node, _ in use.nodes:
        if isinstance(node, Aggregate) and node.op in ("sum", "avg"):
            inner = node.inner
            if isinstance(inner, Call) and inner.name == "histogram_quantile":
                hint = "sum the buckets by (…, le) first; max() of quantiles is honest, too"
                yield Finding(f"{node.op} of quantiles", hint, "histogram_quantile")


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
