"""Every route takes some alert.

A route for a category, an alert or a service's severity that does not exist looks like a promise and tells nobody.

```yaml
routes:
  - {name: security, when: {category: [secruity]}, to: [security-slack]}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.told import alerts
from rules.routing import takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "routes/takes-nothing"


def look(work: Work) -> Iterator[Problem]:
    """Routes whose conditions no alert of the stack meets, in any environment."""
    told = alerts(work)
    for index, route in enumerate(work.stack.spec.notification.routes):
        if not any(takes(route.when, labels) for labels in told):
            at = ("notification", "routes", index, "when")
            message = f"the route {route.name!r} takes no alert of the stack"
            yield work.problem(at, message, "correct its conditions, or remove it", id=ID, level="warning")
