"""A label that is matched or grouped by later is kept until then.

What an inner aggregation drops is gone: the outer grouping puts everything into one, `on (label)` matches everything
with everything, and `group_left (label)` copies nothing.

```yaml
  worst: {promql: 'max by (service, route) (sum by (service) (rate(shop_requests_total{$scope}[5m])))'}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Aggregate, Binary, Call, Node, Series, Text, walk
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/lost-label"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Labels asked for above an aggregation that drops them."""
    for node, _ in use.nodes:
        if isinstance(node, Aggregate) and node.grouping == "by":
            yield from _lost(node.labels, node.inner, known, f"{node.op} by")
        elif isinstance(node, Binary) and not known.facts(node.lhs).scalar and not known.facts(node.rhs).scalar:
            one_side = {"left": node.rhs, "right": node.lhs}.get(node.many)
            if node.matching == "on":
                yield from _lost(node.labels, node.lhs, known, "on")
                yield from _lost(node.labels, node.rhs, known, "on")
            if one_side is not None:
                yield from _lost(node.include, one_side, known, f"group_{node.many}")
        elif isinstance(node, Call) and node.name == "label_replace":
            sources = tuple(one.value for one in node.args[3:4] if isinstance(one, Text) and one.value)
            yield from _lost(sources, node.args[0], known, "label_replace from")


def _lost(labels: tuple[str, ...], inner: Node, known: Expressions, asked: str) -> Iterator[Finding]:
    kept = known.facts(inner).labels
    if kept is None:
        return
    there = {label for one, _ in walk(inner) if isinstance(one, Series)
             for found in known.catalogue.of(one) for label in found.labels}  # fmt: skip
    for label in labels:
        if label not in kept and label in there:
            message = f"{asked} ({label}): the label is aggregated away before"
            yield Finding(message, f"keep {label} in the inner aggregation", label)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
