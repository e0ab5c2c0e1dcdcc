"""An inhibition acts within a service.

Without `service` among the labels that must be equal, one service that is down hides the alerts of all others.

```yaml
inhibitions:
  - {name: down-hides-rest, source: {alertname: ServiceDown}, target: {severity: medium}, equal: [severity]}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "routes/inhibits-everywhere"


def look(work: Work) -> Iterator[Problem]:
    """Inhibitions that neither compare the service nor name one on both sides."""
    for index, one in enumerate(work.stack.spec.notification.inhibitions):
        named = SERVICE in one.source and SERVICE in one.target
        if SERVICE not in one.equal and not named:
            message = f"{one.name!r} lets an alert of one service hide those of all others"
            at = ("notification", "inhibitions", index, "equal")
            yield work.problem(at, message, "add service to equal:", id=ID)
