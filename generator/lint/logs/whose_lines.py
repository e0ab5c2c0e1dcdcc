"""Every log query says whose lines it wants.

`{level="ERROR"}` asks for the errors of every service, tomorrow of one more: a panel of one team fills with lines of
another. `$scope` is the service itself; `{service=~".+"}` says that everybody's are meant.

```yaml
  - {logql: '{level="ERROR"}', title: Errors}   # {$scope, level="ERROR"}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.logql.tree import Lines, walk
from generator.logql.uses import problems
from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.logql.tree import Node
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import Stack

ID = "logs/whose-lines"


def find(stack: Stack, query: Node) -> Iterator[tuple[str, str]]:
    """Selectors without the label service."""
    for node in walk(query):
        if isinstance(node, Lines) and all(matcher.label != SERVICE for matcher in node.matchers):
            selector = ", ".join(map(str, node.matchers))
            yield f"{{{selector}}} asks for the lines of every service", f"write {{$scope, {selector}}}"


def look(work: Work) -> Iterator[Problem]:
    """Every query of panels and of rules on log lines."""
    return problems(work, find, ID)
