"""Every log query is LogQL.

Loki refuses a query with a mistake in it when somebody looks at the panel. A reader of our own says it before, and at
which column of the query: a range that is missing, `unwrap` where lines are counted, a selector that asks for
everything, a regular expression that is none.

```yaml
  - {logql: 'rate({$scope, level="ERROR"})', title: Errors}   # over which time? rate({…}[5m])
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "logs/not-logql"


def look(work: Work) -> Iterator[Problem]:
    """Every query of panels and of rules on log lines."""
    for use in work.log_queries:
        if use.fault is not None:
            yield work.problem(use.origin, f"not LogQL: {use.fault}", use.text, id=ID)
