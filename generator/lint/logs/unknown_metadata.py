"""Every field kept as structured metadata is one that lines carry.

A name under `logs.metadata` that no line has keeps nothing: searches by it find no line, and nobody hears of it. What
lines carry is said by `logs.fields`, by the `fields` of categories and by the `{names}` in their messages.

A field with endless values, such as a request's id, needs no such entry: a name that is like no other is taken for one.
A name that is almost one of those which are declared here, or which other services use, is a mistake. Where it is
none, give it its values in the `fields` of a category.

```yaml
logs:
  metadata: [request_id, durtion_ms]                                    # the field is duration_ms
  categories: [{name: access, fields: {duration_ms: {median: 20}}}]
```
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from spec.names import slip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.logs import Logs
    from spec.problem import Problem

ID = "logs/unknown-metadata"
_NAMED = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)\}")


def look(work: Work) -> Iterator[Problem]:
    """Metadata of every service, against its own declared fields, then against what other services use."""
    logs = {name: service.logs for name, service in work.stack.spec.services.items() if service.logs is not None}
    usual = [frozenset((*_written(one), *one.metadata)) for one in logs.values()]
    shared = frozenset(field for field, users in Counter(chain.from_iterable(usual)).items() if users > 1)
    for name, one in logs.items():
        written = _written(one)
        for index, field in enumerate(one.metadata):
            others = frozenset(one.metadata) - {field}
            best = "" if field in written | shared else slip(field, written - others) or slip(field, shared - others)
            if best:
                at = ("services", name, "logs", "metadata", index)
                yield work.problem(at, f"no line is known to carry {field!r}", f"did you mean {best}?", id=ID)


def _written(logs: Logs) -> frozenset[str]:
    """The fields that the service's lines are said to carry, besides its metadata."""
    common = (logs.fields.time, logs.fields.level, logs.fields.message, logs.fields.category, logs.fields.duration)
    declared = (field for category in logs.categories for field in category.fields)
    named = (field for category in logs.categories for field in _NAMED.findall(category.message or ""))
    return frozenset(filter(None, (*common, *declared, *named)))
