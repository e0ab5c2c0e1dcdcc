"""Two alerts of a service do not ask the same.

With the same indicator, threshold and duration both always fire together: one of them is a copy that was meant to be
changed.

```yaml
  - {name: ErrorsHigh, indicator: errors, above: 5%, for: 5m, …}
  - {name: ErrorsVeryHigh, indicator: errors, above: 5%, for: 5m, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import BoundAlert

ID = "alerts/same-condition"


def look(work: Work) -> Iterator[Problem]:
    """The alerts of each service, in the order of its file."""
    for service in work.stack.services:
        first: dict[tuple[object, ...], BoundAlert] = {}
        for one in service.alerts:
            alert = one.alert
            limits = (alert.above and alert.above.value, alert.below and alert.below.value)
            key = (one.indicator.key, limits, alert.for_, tuple(sorted(alert.labels.items())))
            if key in first:
                message = f"{alert.name} asks the same as {first[key].alert.name}"
                yield work.problem(one.origin, message, "change its threshold or duration, or remove it", id=ID)
            first.setdefault(key, one)
