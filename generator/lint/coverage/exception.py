"""Exceptions name a check of coverage, are needed, and end.

Each says until when it holds: after that day the check counts again. One that is no longer needed is removed, so that
the check guards what was won.

```yaml
exceptions:
  - {check: coverage/probe, reason: A batch job without an interface, until: 2027-01-31}
```
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from generator.lint.excepted import CHECKS, needed
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "coverage/exception"


def look(work: Work) -> Iterator[Problem]:
    """The exceptions of every service, on the day of the check."""
    for service in work.stack.services[:-1]:
        for index, one in enumerate(service.spec.exceptions):
            at = (*service.origin, "exceptions", index)
            if one.check not in CHECKS:
                best = nearest(one.check, CHECKS)
                hint = f"did you mean {best}?" if best else f"known: {', '.join(CHECKS)}"
                yield work.problem((*at, "check"), f"no exception can be made of {one.check!r}", hint, id=ID)
                continue
            try:
                end = date.fromisoformat(one.until)
            except ValueError:
                yield work.problem((*at, "until"), f"{one.until} is no day", "write YYYY-MM-DD", id=ID)
                continue
            if end < date.today():
                message = f"the exception of {one.check} ended on {one.until}"
                yield work.problem((*at, "until"), message, "do what was put off, or agree on another day", id=ID)
            elif not needed(service, one.check):
                message = f"the exception of {one.check} is not needed any more"
                yield work.problem(at, message, "remove it", id=ID, level="warning")
