"""Every service has an objective.

Without one nobody knows how much failure is too much, and each alert is an opinion. A service without one states why,
and until when:

```yaml
exceptions:
  - {check: coverage/objective, reason: Not agreed on with its users yet, until: 2027-01-31}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.excepted import lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "coverage/objective"


def look(work: Work) -> Iterator[Problem]:
    """Services without slos."""
    for service in work.stack.services[:-1]:
        if not service.objectives:
            hint = "add slos: [{name: availability, indicator: errors, objective: 99.9}], or an exception"
            yield from lacking(work, service, ID, "the service has no objective", hint)
