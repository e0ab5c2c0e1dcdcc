"""An alert counts lines that arrive.

Levels under `drop` never leave the host: an alert on them alone is silent for ever.

```yaml
logs:
  drop: [DEBUG]
  alerts: [{name: ManyDebugLines, levels: [DEBUG], …}]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "logs/alert-on-dropped"


def look(work: Work) -> Iterator[Problem]:
    """Log alerts of which every level is dropped."""
    for name, service in work.stack.spec.services.items():
        logs = service.logs
        for index, alert in enumerate(logs.alerts if logs else ()):
            if logs and alert.levels and set(alert.levels) <= set(logs.drop):
                at = ("services", name, "logs", "alerts", index, "levels")
                message = f"{alert.name} counts lines that are dropped: {', '.join(alert.levels)}"
                yield work.problem(at, message, "remove the level from drop:, or the alert", id=ID)
