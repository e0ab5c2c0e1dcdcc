"""Every service is probed from outside.

Its own metrics say nothing while it cannot be reached: a probe asks as its users do. A service without one states
why, and until when:

```yaml
exceptions:
  - {check: coverage/probe, reason: A batch job without an interface, until: 2027-01-31}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.excepted import lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "coverage/probe"


def look(work: Work) -> Iterator[Problem]:
    """Services that have no probe which shows whether they answer; closed doors do not count."""
    for service in work.stack.services[:-1]:
        if all(probe.kind == "closed" for probe in service.spec.probes):
            hint = "add probes: [{name: live, url: …, kind: live}], or an exception"
            yield from lacking(work, service, ID, "the service is not probed from outside", hint)
