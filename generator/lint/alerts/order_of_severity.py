"""What is worse is more severe.

Two alerts on one indicator, in one direction: the one with the farther threshold is at least as severe as the other.
The other way round the pager is silent exactly when it gets worse, since the more severe inhibits the less.

```yaml
  - {name: DiskFilling, indicator: disk, above: 80%, severity: critical, …}
  - {name: DiskFull, indicator: disk, above: 95%, severity: medium, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.alert import Alert
    from spec.problem import Problem

ID = "alerts/order-of-severity"


def look(work: Work) -> Iterator[Problem]:
    """Pairs of a service's alerts on one indicator."""
    for service in work.stack.services:
        for far in service.alerts:
            for near in service.alerts:
                lesser = SEVERITIES.index(far.alert.severity) > SEVERITIES.index(near.alert.severity)
                if lesser and far.indicator.key == near.indicator.key and _farther(far.alert, near.alert):
                    message = f"{far.alert.name} is worse than {near.alert.name}, but only {far.alert.severity}"
                    hint = f"{near.alert.name} is {near.alert.severity}: exchange them"
                    yield work.problem((*far.origin, "severity"), message, hint, id=ID)


def _farther(far: Alert, near: Alert) -> bool:
    if far.above is not None and near.above is not None:
        return far.above.value > near.above.value and far.for_ <= near.for_
    if far.below is not None and near.below is not None:
        return far.below.value < near.below.value and far.for_ <= near.for_
    return False
