"""A critical alert is silenced only by a critical one, none by one that is two degrees less severe or disabled.

What silences it is all that people hear: a `low` one that arrives in the morning does not stand for a `critical` one
at night. A disabled one never fires and silences nothing.

```yaml
  - {name: Down, severity: critical, silenced_by: [Slow], …}
  - {name: Slow, severity: low, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "alerts/silenced-by-lesser"
FAR = 2
"""Degrees of severity that are too many: a cause of medium severity may stand for a high effect."""


def look(work: Work) -> Iterator[Problem]:
    """Every silenced_by of a service's own alerts."""
    for service in work.stack.services:
        severity = {one.alert.name: one.alert.severity for one in service.alerts}
        disabled = {alert.name for alert in service.spec.alerts if not alert.enabled}
        for one in service.alerts:
            for index, other in enumerate(one.alert.silenced_by):
                at = (*one.origin, "silenced_by", index)
                if other in disabled:
                    message = f"{one.alert.name} is silenced by {other}, which is disabled"
                    yield work.problem(at, message, "remove it, or enable the other", id=ID)
                elif other in severity and _far_lesser(severity[other], one.alert.severity):
                    message = f"{one.alert.name} ({one.alert.severity}) is silenced by {other} ({severity[other]})"
                    yield work.problem(at, message, "people hear only of that one: make it more severe", id=ID)


def _far_lesser(silencer: str, silenced: str) -> bool:
    steps = SEVERITIES.index(silencer) - SEVERITIES.index(silenced)
    return steps >= FAR or (steps > 0 and silenced == SEVERITIES[0])
