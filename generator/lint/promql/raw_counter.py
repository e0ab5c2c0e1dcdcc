"""A counter is read through rate() or increase().

Its value only tells how much happened since the program started: after a restart it is 0, so a threshold on it fires
or falls silent for no reason.

```yaml
  requests: {value: shop_requests_total}   # {rate: shop_requests_total}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.promql.slope_of_counter import OF_GAUGES
from generator.promql.tree import Aggregate, Binary, Call, Node, Number, Series, Subquery
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/raw-counter"


_FINE = frozenset({
    "rate", "irate", "increase", "resets", "changes", "absent", "absent_over_time", "present_over_time", "timestamp",
    "count_over_time",
})  # fmt: skip
_COUNTING = frozenset({"count", "group", "count_values"})


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Counters whose value itself comes into the result."""
    for node, above in use.nodes:
        if not isinstance(node, Series) or {one.nature for one in known.catalogue.of(node)} != {"counter"}:
            continue
        if not any(_makes_it_fine(one, inner) for one, inner in zip(above, (*above[1:], node), strict=True)):
            hint = f"rate({node.metric}[5m]) is what it does per second"
            yield Finding(
                f"the counter {node.metric} is read raw: its value starts anew with the program", hint, node.metric
            )


def _makes_it_fine(node: Node, inner: Node) -> bool:
    """Whether the value of what is inside does not matter, or is taken as growth."""
    match node:
        case Call(name=name):
            return name in _FINE or name in OF_GAUGES  # which another check looks at
        case Aggregate(op=op):
            return op in _COUNTING
        case Binary(op="*", rhs=Number(value=0)):
            return True
        case Binary(op="and" | "unless", rhs=rhs):
            return rhs is inner
        case Subquery():
            return False
        case _:
            return False


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
