"""Every critical dependency has an alert.

What a service cannot do without is watched by an indicator (`health`), and somebody is told when it is gone: by an
alert on that indicator, or because the dependency is a service of this spec.

```yaml
dependencies:
  - {name: database, kind: database, health: database}
alerts:
  - {name: DatabaseDown, indicator: database, below: 1, for: 1m, severity: critical, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.excepted import excepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "coverage/dependency"


def look(work: Work) -> Iterator[Problem]:
    """Critical dependencies without health, or whose health no alert watches."""
    for service in work.stack.services[:-1]:
        if excepted(service, ID):
            continue
        watched = {one.indicator.key for one in service.alerts}
        for index, dependency in enumerate(service.spec.dependencies):
            at = (*service.origin, "dependencies", index)
            if not dependency.critical or dependency.service:
                continue
            if dependency.health is None:
                message = f"nothing tells whether {dependency.name} is there"
                yield work.problem(at, message, "name an indicator as health:, or its service", id=ID)
            elif dependency.health not in watched:
                message = (
                    f"no alert watches {dependency.health}, the health of the critical dependency {dependency.name}"
                )
                yield work.problem((*at, "health"), message, "add one, or critical: false", id=ID)
