"""Every alert says what it means and what to do first.

`meaning` and `steps` become its runbook page, or `runbook` leads to one kept elsewhere. At night nobody invents them.

```yaml
alerts:
  - {name: Errors, …, meaning: Customers cannot buy., steps: [Look at the last deployment.]}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.excepted import excepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "coverage/runbook"


def look(work: Work) -> Iterator[Problem]:
    """The alerts that a service writes itself; given ones and those of packs bring their pages along."""
    for service in work.stack.services[:-1]:
        if excepted(service, ID):
            continue
        own = [(("alerts", index), alert) for index, alert in enumerate(service.spec.alerts)]
        for at, alert in own:
            absent = [key for key in ("meaning", "steps") if not getattr(alert, key)]
            if alert.enabled and not alert.runbook and absent:
                message = f"{alert.name} has no {' and no '.join(absent)}"
                yield work.problem((*service.origin, *at), message, "write its runbook, or name one", id=ID)
