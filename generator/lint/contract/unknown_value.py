"""Every value that an expression asks for is one that the label may take.

The contract lists the values of each label. A matcher that none of them passes selects nothing, for ever.

```yaml
  failed: {promql: 'sum by (service) (rate(shop_requests_total{$scope,code="500"}[5m]))'}   # the values are 2xx, 5xx
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Series
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "contract/unknown-value"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Matchers that leave no declared value. Packs list examples, not all values: they are left out."""
    for node, _ in use.nodes:
        if not isinstance(node, Series):
            continue
        found = known.catalogue.of(node)
        for matcher in node.matchers:
            values = [one.labels.get(matcher.label, frozenset()) for one in found]
            if not found or any(value is None for value in values) or "$" in matcher.value:
                continue
            declared = sorted({value for some in values for value in some or ()})
            if declared and not any(map(matcher.matches, declared)):
                message = f"{matcher} matches no declared value of {node.metric}"
                yield Finding(message, f"declared: {', '.join(declared)}", matcher.value)
            elif declared:
                for word in matcher.lost(declared):
                    message = f"{word!r} of {matcher} is no declared value of {node.metric}"
                    yield Finding(message, f"declared: {', '.join(declared)}", matcher.value)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
