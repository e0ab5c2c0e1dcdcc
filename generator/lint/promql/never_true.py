"""A comparison can hold for some value.

A ratio never exceeds 100 %, a counter's rate is never negative, a quantile is never above the histogram's last
bucket, a gauge never leaves its `range`. An alert beyond that cannot fire.

```yaml
alerts:
  - {name: Errors, indicator: errors, above: 150%, …}   # errors is a share of the requests
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.bounds import never
from generator.promql.threshold import threshold
from generator.promql.tree import Binary, Number
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/never-true"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Comparisons of bounded values."""
    for node, _above in use.nodes:
        if not isinstance(node, Binary) or not node.compares:
            continue
        left, right = known.facts(node.lhs), known.facts(node.rhs)
        if (left.scalar and right.scalar) or not never(node.op, left, right):
            continue
        limit = f"{node.rhs.value:g}" if isinstance(node.rhs, Number) else "the other side"
        yield Finding(
            f"the comparison {node.op} {limit} never holds: the value lies between {left.low:g} and {left.high:g}",
            "choose a threshold within",
            at=threshold(use),
            words=limit,
        )


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
