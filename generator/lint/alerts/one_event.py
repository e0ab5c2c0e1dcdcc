"""One failed event does not wake anybody.

A ratio of counters without a floor of `traffic` is 100 % when the only request of a quiet night fails. An urgent
alert on it needs the floor, or a `for` that outlasts the window.

```yaml
  errors: {ratio: {of: 'r_total{code="5xx"}', to: r_total}}              # traffic: 6/m
alerts:
  - {name: Errors, indicator: errors, above: 5%, severity: critical, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.expr import traffic
from spec.indicator import Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "alerts/one-event"


URGENT = ("critical", "high")


def look(work: Work) -> Iterator[Problem]:
    """Urgent alerts on ratios of events."""
    for service in work.stack.services:
        for one in service.alerts:
            spec, alert = one.indicator.spec, one.alert
            if not isinstance(spec, Ratio) or one.indicator.part.pack or alert.severity not in URGENT:
                continue
            if not spec.traffic.value and traffic(one.indicator) and alert.for_ < one.indicator.window:
                message = f"{alert.name} is {alert.severity} for a single event of a quiet night"
                hint = f"give {one.indicator.key} a floor, such as traffic: 6/m, or for: {one.indicator.window}"
                yield work.problem((*one.origin, "indicator"), message, hint, id=ID)
