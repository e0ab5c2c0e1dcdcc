"""What is urgent is never muted.

A route with `mute` is silent at those hours. Critical and high alerts that no other route tells at night wait for the
morning.

```yaml
routes:
  - {name: all, when: {}, to: [mail], mute: [nights]}
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

ID = "routes/urgent-muted"


URGENT = ("critical", "high")


def look(work: Work) -> Iterator[Problem]:
    """Urgent alerts which only muted routes take."""
    routes = work.stack.spec.notification.routes
    seen: set[int] = set()
    for labels in alerts(work):
        taking = [index for index, route in enumerate(routes) if takes(route.when, labels)]
        if labels["severity"] in URGENT and taking and all(routes[index].mute for index in taking):
            index = taking[0]
            if index not in seen:
                seen.add(index)
                message = f"the {labels['severity']} alert {labels['alertname']} of {labels['service']} is muted"
                at = ("notification", "routes", index, "mute")
                yield work.problem(at, message, "tell urgent alerts by a route without mute:", id=ID)
