"""A comparison can fail for some value.

An alert that holds for every value the expression can take fires from the first minute on, for ever, and nobody looks
at it any more.

```yaml
alerts:
  - {name: Errors, indicator: errors, below: 101%, …}   # every ratio is
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.bounds import always
from generator.promql.threshold import threshold
from generator.promql.tree import Binary, Node, Number
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/always-true"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Comparisons of bounded values, of alerts."""
    for node, above in use.nodes:
        if not isinstance(node, Binary) or not node.compares or use.kind != "rule" or not _decides(node, above):
            continue
        left, right = known.facts(node.lhs), known.facts(node.rhs)
        if (left.scalar and right.scalar) or not always(node.op, left, right):
            continue
        limit = f"{node.rhs.value:g}" if isinstance(node.rhs, Number) else "the other side"
        yield Finding(
            f"the comparison {node.op} {limit} always holds: the value lies between {left.low:g} and {left.high:g}",
            "choose a threshold that leaves an ordinary day",
            at=threshold(use),
            words=limit,
        )


def _decides(node: Node, above: tuple[Node, ...]) -> bool:
    """Whether the alert stands and falls with the comparison: around it are only `and`, on whose left it stands."""
    chain = (*above, node)
    return all(
        isinstance(one, Binary) and one.op in ("and", "or") and one.lhs is inner
        for one, inner in zip(above, chain[1:], strict=True)
    )


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
