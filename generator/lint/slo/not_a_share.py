"""An objective is about a share of bad events or bad time.

Budgets and burn rates are computed from a value between 0 and 1. Anything else, such as a queue's length, gives a
budget that is spent in a second or never.

```yaml
slos:
  - {name: quick, indicator: queue, objective: 99.9}   # queue: {value: shop_queue}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import read
from spec.expr import expr
from spec.indicator import PromQL, Ratio, Slower

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "slo/not-a-share"


def look(work: Work) -> Iterator[Problem]:
    """Objectives whose indicator is not known to stay between 0 and 1, where something is known of it."""
    for service in work.stack.services:
        for one in service.objectives:
            tree = read(expr(one.indicator))
            facts = work.expressions.facts(tree) if tree is not None else None
            unit = getattr(one.indicator.spec, "unit", None)
            if facts is None or unit == "ratio" or isinstance(one.indicator.spec, Ratio | Slower | PromQL):
                continue
            if not 0 <= facts.low <= facts.high <= 1:
                message = f"{one.indicator.key} is no share: it can be anything from {facts.low:g} to {facts.high:g}"
                hint = "an objective needs a ratio, a slower, or a gauge with range: [0, 1]"
                yield work.problem((*one.origin, "indicator"), message, hint, id=ID)
