"""An alert's `for` spans at least one evaluation.

Rules are looked at every `defaults.evaluation`. A shorter `for` waits that long all the same, and after one look: it
does not filter what it seems to.

```yaml
defaults: {evaluation: 15s}
alerts:
  - {name: Errors, indicator: errors, above: 5%, for: 5s, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "alerts/short-for"


def look(work: Work) -> Iterator[Problem]:
    """Durations of alerts that are shorter than the interval of evaluation."""
    spec = work.stack.spec
    for service in work.stack.services:
        for one in service.alerts:
            if spec.pace == 1 and 0 < one.alert.for_.ms < spec.defaults.evaluation.ms:
                message = f"for {one.alert.for_} is shorter than the evaluation every {spec.defaults.evaluation}"
                yield work.problem((*one.origin, "for"), message, "write 0s, or several evaluations", id=ID)
