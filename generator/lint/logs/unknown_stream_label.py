"""Every label that a selector matches is one that lines have in Loki.

Streams have the labels `service`, `level`, `category` and `environment`, and no others: more would make a stream of
every line. Anything else is a field, which a query reads from the line or finds among the structured metadata.

```yaml
  - {logql: '{$scope, route="pay"}', title: Payments}   # {$scope} | json | route="pay"
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.logql.known import STREAM_LABELS
from generator.logql.tree import Lines, walk
from generator.logql.uses import problems
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.logql.tree import Node
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import Stack

ID = "logs/unknown-stream-label"
LOKIS_OWN = "service_name"


def find(stack: Stack, query: Node) -> Iterator[tuple[str, str]]:
    """Labels of every selector."""
    for node in walk(query):
        for matcher in node.matchers if isinstance(node, Lines) else ():
            if matcher.label not in {*STREAM_LABELS, LOKIS_OWN}:
                best = nearest(matcher.label, STREAM_LABELS)
                filtered = f"streams have {', '.join(sorted(STREAM_LABELS))}; a field stands behind: | json | {matcher}"
                yield (
                    f"no stream of lines has the label {matcher.label!r}",
                    f"did you mean {best}?" if best else filtered,
                )


def look(work: Work) -> Iterator[Problem]:
    """Every query of panels and of rules on log lines."""
    return problems(work, find, ID)
