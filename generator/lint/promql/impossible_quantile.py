"""A quantile lies between 0 and 1.

Beyond them Prometheus answers with infinity. A percentile is written as a share: 0.95, not 95.

```yaml
  slow: {promql: 'histogram_quantile(95, sum by (service, le) (rate(shop_seconds_bucket{$scope}[5m])))'}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Aggregate, Call, Number
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/impossible-quantile"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Constant quantiles outside of 0 to 1."""
    for node, _ in use.nodes:
        given = None
        if isinstance(node, Call) and node.name in ("histogram_quantile", "quantile_over_time"):
            given = node.args[0]
        elif isinstance(node, Aggregate) and node.op == "quantile":
            given = node.param
        if isinstance(given, Number) and not 0 <= given.value <= 1:
            hint = f"write {given.value / 100:g}" if 1 < given.value <= 100 else "write a share such as 0.95"
            yield Finding(f"the quantile {given.value:g} is not between 0 and 1", hint, f"{given.value:g}")


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
