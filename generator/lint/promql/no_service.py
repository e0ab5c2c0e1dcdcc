"""The result of an indicator keeps the label `service`.

Panels, records and joins of alerts find an indicator's value by it, and it is what routes and inhibitions compare.

```yaml
  depth: {promql: 'max(shop_queue{$scope})'}   # max by (service) (…)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.uses import Finding, problems
from spec.indicator import PromQL
from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/no-service"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Free PromQL whose labels are known, and have no `service`; constants are another check's."""
    if use.bound is None or use.tree is None or not isinstance(use.bound.spec, PromQL):
        return
    facts = known.facts(use.tree)
    if facts.labels is not None and SERVICE not in facts.labels and not facts.scalar:
        yield Finding("the result has no label service", "keep it: by (service)", at=(*use.origin, "promql"))


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
