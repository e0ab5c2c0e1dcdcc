"""Every field that a query names is one that lines carry.

A service says under `logs.fields`, `logs.metadata` and the `fields` of its categories what its JSON lines carry. A
filter on anything else keeps no line, a grouping by it groups nothing, a template shows nothing. Structured metadata is
there at once; other fields are once the line is read. Services that declare no fields may carry any.

```yaml
  - {logql: 'sum by (rout) (count_over_time({$scope} | json [5m]))', title: By route}   # the field is route
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.logql.asked import EXTRACTED, asked
from generator.logql.known import GIVEN, STREAM_LABELS
from generator.logql.uses import problems
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.logql.asked import Asked
    from generator.logql.tree import Node
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import Stack

ID = "logs/unknown-field"


def find(stack: Stack, query: Node) -> Iterator[tuple[str, str]]:
    """Names of filters, formats, groupings and unwrap that nothing gives a meaning."""
    for one in asked(stack, query):
        name = one.name.removesuffix(EXTRACTED)
        if one.known is None or name in one.known or name in GIVEN:
            continue
        if one.lost:
            yield f"the label {name!r} is not left here: an aggregation took it away", f"keep it: by (…, {name})"
        elif one.unread and one.carried.fields is not None and name in one.carried.fields:
            yield f"the field {name!r} is in the line, which is not read yet", f"write | json before {name}"
        elif not (one.unread and one.carried.fields is None):
            yield f"no line here carries {name!r}", _hint(name, one)
        else:
            yield (
                f"lines have no label {name!r}, and are not read here",
                "write | json before it, or | logfmt, | pattern",
            )


def _hint(name: str, one: Asked) -> str:
    known = sorted({*(one.known or ()), *(one.carried.fields or ())} - GIVEN)
    best = nearest(name, known)
    shown = [field for field in known if field not in STREAM_LABELS] or known
    return f"did you mean {best}?" if best else f"declared: {', '.join(shown)}"


def look(work: Work) -> Iterator[Problem]:
    """Every query of panels and of rules on log lines."""
    return problems(work, find, ID)
