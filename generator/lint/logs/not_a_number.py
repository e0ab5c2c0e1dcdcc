"""What a query takes for a number is one.

`unwrap` of a field that holds words gives no value and an error for each line; so does a comparison with a number. A
plain number is no duration either: `duration_ms > 5s` compares nothing.

```yaml
logs:
  categories: [{name: orders, fields: {route: [buy, look]}}]
dashboards:
  - {name: own, …, panels: [{logql: 'avg_over_time({$scope} | json | unwrap route [5m])', title: Average}]}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.logql.asked import asked
from generator.logql.uses import problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.logql.tree import Node
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import Stack

ID = "logs/not-a-number"
_DURATIONS = ("duration", "duration_seconds")
_MEASURED = ("number", "bytes", *_DURATIONS)


def find(stack: Stack, query: Node) -> Iterator[tuple[str, str]]:
    """Fields that are taken for numbers or durations, and declared as something else."""
    for one in asked(stack, query):
        if one.known is None or one.name not in one.known or one.taken_for not in _MEASURED:
            continue
        if one.name in one.carried.words and one.name not in one.carried.numbers:
            numbers = ", ".join(sorted(one.carried.numbers)) or "none"
            yield f"the field {one.name!r} holds no numbers", f"declared as numbers: {numbers}"
        elif one.name in one.carried.numbers and one.taken_for in _DURATIONS:
            yield f"the field {one.name!r} holds plain numbers, no durations such as 5ms", "take the number as it is"


def look(work: Work) -> Iterator[Problem]:
    """Every query of panels and of rules on log lines."""
    return problems(work, find, ID)
