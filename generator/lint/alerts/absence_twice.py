"""What is missing is told once.

An `absence` indicator is 1 while nothing is there, and has no value otherwise: with `missing: fires` the alert fires
in both cases, which is always.

```yaml
  gone: {absence: shop_heartbeat}
alerts:
  - {name: Gone, indicator: gone, missing: fires, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.indicator import Absence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "alerts/absence-twice"


def look(work: Work) -> Iterator[Problem]:
    """Alerts on absence that also fire when the absence itself is absent."""
    for service in work.stack.services:
        for one in service.alerts:
            if isinstance(one.indicator.spec, Absence) and one.alert.missing == "fires":
                message = f"{one.alert.name} fires while the series is missing, and while it is not"
                yield work.problem((*one.origin, "missing"), message, "remove missing: fires", id=ID)
