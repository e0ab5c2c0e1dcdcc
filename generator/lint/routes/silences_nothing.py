"""A planned silence silences some alert.

One that no alert of the stack matches gives a false calm about the planned work.

```yaml
silences:
  - {name: move, matchers: {service: shoop}, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.told import alerts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "routes/silences-nothing"


def look(work: Work) -> Iterator[Problem]:
    """The matchers of planned silences against the labels of all alerts; those of single series are left out."""
    told = alerts(work)
    known = {label for labels in told for label in labels}
    for index, one in enumerate(work.stack.spec.notification.silences):
        wanted = {label: value for label, value in one.matchers.items() if label in known}
        if not any(all(labels.get(label) == value for label, value in wanted.items()) for labels in told):
            words = ", ".join(f"{label}={value}" for label, value in wanted.items())
            at = ("notification", "silences", index, "matchers")
            yield work.problem(at, f"no alert of the stack has {words}", f"{one.name!r} silences nothing", id=ID)
