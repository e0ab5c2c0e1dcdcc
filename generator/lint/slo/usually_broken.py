"""An objective is kept on an ordinary day, and its indicator counts what is bad.

When the typical share of bad events is already more than the budget, the objective is a wish. When it is more than
half, the indicator most likely counts the good ones.

```yaml
  success: {ratio: {of: 'r_total{code="2xx"}', to: r_total}}
slos:
  - {name: availability, indicator: success, objective: 99.9}   # add complement: true
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.ordinary import usual
from spec.expr import traffic
from spec.objectives import budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "slo/usually-broken"


MOST = 0.5


def look(work: Work) -> Iterator[Problem]:
    """The typical share of bad events against the budget; objectives on gauges are about good time."""
    for service in work.stack.services:
        for one in service.objectives:
            span = usual(one.indicator)
            if span is None or not traffic(one.indicator) or span[0] <= budget(one):
                continue
            if span[0] > MOST:
                message = f"{one.indicator.key} counts what is good: {span[0]:.0%} is typical"
                hint = "an objective's indicator is the share of bad events: complement: true turns it round"
            else:
                message = f"the budget of {budget(one):.3%} is spent on an ordinary day: {span[0]:.3%} is typical"
                hint = "lower the objective, or correct the contract's typical values"
            yield work.problem((*one.origin, "indicator"), message, hint, id=ID)
