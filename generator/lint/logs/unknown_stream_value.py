"""Every service, level and category that a query asks for is one that lines have.

A matcher that no declared value passes selects nothing, for ever. Levels and categories that log alerts name are looked
at by `logs/unknown-level` and `logs/unknown-category`.

```yaml
logs:
  levels: [INFO, ERROR]
dashboards:
  - {name: own, …, panels: [{logql: '{$scope, level="FATAL"}', title: Worst}]}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.logql.known import CATEGORY, LEVEL, chosen, label_values, logs_of
from generator.logql.tree import Lines, walk
from generator.logql.uses import problems
from spec.names import SERVICE, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.logql.tree import Node
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.selector import Matcher
    from spec.stack import Stack

ID = "logs/unknown-stream-value"


def find(stack: Stack, query: Node) -> Iterator[tuple[str, str]]:
    """Matchers of every selector that leave no declared value."""
    for node in walk(query):
        if not isinstance(node, Lines):
            continue
        for matcher in node.matchers:
            if matcher.label in (SERVICE, LEVEL, CATEGORY) and "$" not in matcher.value and not matcher.matches(""):
                yield from _missing(matcher, _declared(stack, matcher.label, node))


def _declared(stack: Stack, label: str, lines: Lines) -> tuple[str, ...]:
    if label == SERVICE:
        return tuple(logs_of(stack))
    found = (value for logs in chosen(stack, lines.matchers).values() for value in label_values(logs, label))
    return tuple(dict.fromkeys(found))


def _missing(matcher: Matcher, known: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if known and not any(map(matcher.matches, known)):
        best = nearest(matcher.value, known)
        what = "service with logs" if matcher.label == SERVICE else f"{matcher.label} of these lines"
        yield f"{matcher} matches no {what}", f"did you mean {best}?" if best else f"declared: {', '.join(known)}"


def look(work: Work) -> Iterator[Problem]:
    """Every query of panels and of rules on log lines."""
    return problems(work, find, ID)
