"""Alerts do not silence each other in a circle.

Each is told only while the other does not fire. When both fire, as they do in a real outage, nobody hears of either.

```yaml
  - {name: A, silenced_by: [B], …}
  - {name: B, silenced_by: [A], …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "alerts/silence-circle"


def look(work: Work) -> Iterator[Problem]:
    """Alerts that are reached again by following silenced_by from them."""
    for service in work.stack.services:
        silencers = {one.alert.name: one.alert.silenced_by for one in service.alerts}
        for one in service.alerts:
            circle = _circle(one.alert.name, silencers)
            if circle and one.alert.name == min(circle):
                message = f"{' and '.join(sorted(circle))} silence each other: in an outage nobody hears of them"
                yield work.problem((*one.origin, "silenced_by"), message, "let the cause silence the effect", id=ID)


def _circle(name: str, silencers: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The alerts on the way from one back to itself; empty when there is none."""
    seen: set[str] = set()
    ways: list[tuple[str, tuple[str, ...]]] = [(name, (name,))]
    while ways:
        at, way = ways.pop()
        for other in silencers.get(at, ()):
            if other == name:
                return set(way)
            if other not in seen:
                seen.add(other)
                ways.append((other, (*way, other)))
    return set()
