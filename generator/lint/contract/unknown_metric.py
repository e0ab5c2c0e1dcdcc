"""Every metric in an expression exists.

A rule or panel that asks for a series nobody exposes is silent for ever: it cannot fire, and says "No data". Series
are those of the service's contract, of its packs, of its probes and targets, and those that rules record.

```yaml
indicators:
  depth: {promql: 'max by (service) (shop_queu{$scope})'}   # the contract has shop_queue
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Series
from generator.promql.uses import Finding, problems
from spec.names import nearest
from spec.references import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "contract/unknown-metric"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Names without any series, and names whose series belong to other jobs or services."""
    catalogue = known.catalogue
    for node, _ in use.nodes:
        if not isinstance(node, Series) or not node.metric:
            continue
        if not catalogue.knows(node.metric):
            if any(node.metric.removesuffix(end) in catalogue.exposed for end in DERIVED):
                continue  # part of a histogram that is none: another check says so
            best = nearest(node.metric, (*catalogue.exposed, *catalogue.recorded))
            hint = f"did you mean {best}?" if best else "declare it under metrics:"
            yield Finding(f"unknown metric {node.metric!r}", hint, node.metric)
        elif node.metric in catalogue.exposed and not catalogue.of(node) and node.metric not in catalogue.recorded:
            there = sorted({one.part.service for one in catalogue.exposed[node.metric]})
            asked = ", ".join(str(m) for m in node.matchers if m.label in ("job", "service"))
            message = f"no series of {node.metric} has {asked}"
            yield Finding(message, f"it belongs to {', '.join(there)}", node.metric)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
