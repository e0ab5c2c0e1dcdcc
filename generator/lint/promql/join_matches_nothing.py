"""The two sides of a join have labels that can be equal.

Two vectors match by all their labels unless `on` or `ignoring` says otherwise: when one side has a label more, or the
same label takes different values, nothing ever matches, and the result is empty.

```yaml
  share: {promql: 'sum by (service, route) (a{$scope}) / sum by (service) (b{$scope})'}   # / on (service) group_left …
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Binary
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.known import Values
    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/join-matches-nothing"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Joins of two vectors whose labels are known."""
    for node, _ in use.nodes:
        if not isinstance(node, Binary) or node.op == "or":
            continue
        left, right = known.facts(node.lhs), known.facts(node.rhs)
        if left.scalar or right.scalar or left.labels is None or right.labels is None:
            continue
        names = _joined(node, {**left.labels, **right.labels})
        for label in names:
            if (label in left.labels) != (label in right.labels):
                side = "left" if label in left.labels else "right"
                yield Finding(
                    f"the sides of {node.op} never match: only the {side} one has the label {label}",
                    f"match on the labels that both have: on (…), or ignoring ({label})",
                    label,
                )
                break
            if _disjoint(left.labels[label], right.labels[label]):
                ours, theirs = (", ".join(sorted(side[label] or ())) for side in (left.labels, right.labels))
                yield Finding(
                    f"the sides of {node.op} never match: {label} is {ours} on the left and {theirs} on the right",
                    f"ignoring ({label}), or on (…) without it",
                    label,
                )
                break


def _joined(node: Binary, labels: dict[str, Values]) -> list[str]:
    if node.matching == "on":
        return [label for label in node.labels if label in labels]
    return [label for label in labels if node.matching != "ignoring" or label not in node.labels]


def _disjoint(one: Values, other: Values) -> bool:
    return one is not None and other is not None and bool(one) and bool(other) and not one & other


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
