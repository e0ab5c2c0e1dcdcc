"""An objective's window fits into what Prometheus keeps.

The budget is an average over the whole window: what was deleted counts as if it had never been, and the budget looks
better than it is.

```yaml
storage: {metrics: {retention: 15d}}
slos:
  - {name: availability, indicator: errors, objective: 99.9, window: 30d}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "slo/beyond-retention"


def look(work: Work) -> Iterator[Problem]:
    """Windows of objectives against storage.metrics.retention; the stack's own says nothing by itself."""
    kept = work.stack.spec.storage.metrics.retention
    for name in work.stack.spec.services:
        for one in work.stack.by_name[name].objectives:
            if one.objective.window > kept:
                message = f"the window of {one.objective.window} is longer than metrics are kept: {kept}"
                hint = "raise storage.metrics.retention, or shorten it"
                yield work.problem((*one.origin, "window"), message, hint, id=ID)
