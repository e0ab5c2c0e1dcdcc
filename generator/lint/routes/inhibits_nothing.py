"""An inhibition has a source and a target that can fire.

Labels and values are compared to the letter: one that no alert has makes the inhibition mute for ever.

```yaml
inhibitions:
  - {name: down-hides-rest, source: {alertname: ServiceDwn}, target: {severity: medium}}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.told import alerts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "routes/inhibits-nothing"


def look(work: Work) -> Iterator[Problem]:
    """Inhibitions of which no alert of the stack is a source, or a target."""
    told = alerts(work)
    for index, one in enumerate(work.stack.spec.notification.inhibitions):
        for side in ("source", "target"):
            wanted = getattr(one, side)
            if not any(all(labels.get(k, "") == v for k, v in wanted.items()) for labels in told):
                words = ", ".join(f"{k}={v}" for k, v in wanted.items())
                at = ("notification", "inhibitions", index, side)
                message = f"no alert of the stack has {words}"
                yield work.problem(at, message, f"the inhibition {one.name!r} never acts", id=ID)
