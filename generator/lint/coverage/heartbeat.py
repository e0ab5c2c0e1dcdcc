"""Somebody outside notices when the monitoring is dead.

A broken Prometheus or Alertmanager sends nothing, which looks like a quiet day. The watchdog always fires: its
receiver raises an alarm when it stops coming.

```yaml
notification:
  heartbeat: deadman
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "coverage/heartbeat"


def look(work: Work) -> Iterator[Problem]:
    """A stack that alerts, without a receiver of the watchdog."""
    if work.stack.enabled("alertmanager") and work.stack.spec.notification.heartbeat is None:
        message = "nobody notices when the monitoring itself is dead"
        yield work.problem(("notification",), message, "name a receiver outside as heartbeat:", id=ID, level="warning")
