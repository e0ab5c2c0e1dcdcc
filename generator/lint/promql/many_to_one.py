"""A join in which several series meet one says so.

When one side keeps a label that the join leaves out, several of its series match the same other: Prometheus refuses to
evaluate that, as soon as the label takes two values. `group_left` or `group_right` names the side with more series.

```yaml
  share: {promql: 'sum by (service, route) (a{$scope}) / on (service) sum by (service) (b{$scope})'}   # group_left ()
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Binary
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/many-to-one"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Arithmetic and comparisons between vectors, one to one, with a label of several values beside the join."""
    for node, _ in use.nodes:
        if not isinstance(node, Binary) or node.is_set or not node.matching:
            continue
        for side, other in (("left", node.lhs), ("right", node.rhs)):
            facts = known.facts(other)
            if facts.labels is None or facts.scalar or node.many == side:
                continue
            outside = (k for k in facts.labels if (k in node.labels) != (node.matching == "on"))
            many = next((k for k in outside if len(facts.labels[k] or ()) > 1), "")
            if many:
                same = ", ".join(node.labels) if node.matching == "on" else "remaining"
                message = f"several series of the {side} side of {node.op} have the same {same} labels: {many} differs"
                yield Finding(message, f"aggregate {many} away" if node.many else f"add group_{side} ()", many)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
