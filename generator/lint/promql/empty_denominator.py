"""A quotient guards against a whole of nothing.

Without traffic 0/0 is NaN, which no threshold compares with and which spoils every average over time; anything else
over 0 is infinite, and fires. `> 0` behind the whole makes the quotient empty instead.

```yaml
  errors: {promql: 'sum(rate(errors_total{$scope}[5m])) / sum(rate(requests_total{$scope}[5m]))'}   # / (… > 0)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import GROWTH, Binary, Call, Node, Series, walk
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/empty-denominator"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Quotients whose whole is a rate of events and may be 0."""
    for node, _ in use.nodes:
        if isinstance(node, Binary) and node.op in ("/", "%") and _may_be_zero(node.rhs, known):
            series = next((one.metric for one, _ in walk(node.rhs) if isinstance(one, Series)), "")
            yield Finding(
                f"the quotient by {series} is not guarded against 0", "write (… > 0) around the whole", series
            )


def _may_be_zero(node: Node, known: Expressions) -> bool:
    facts = known.facts(node)
    if facts.scalar or facts.low > 0 or facts.high < 0 or _guarded(node):
        return False
    return any(isinstance(one, Call) and one.name in GROWTH for one, _ in walk(node))


def _guarded(node: Node) -> bool:
    """Whether a comparison lets no 0 through: somewhere on the way from the quotient to the rate."""
    return any(isinstance(one, Binary) and one.op in (">", "!=", "<") and not one.as_bool for one, _ in walk(node))


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
