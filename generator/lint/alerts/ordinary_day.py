"""No alert fires on an ordinary day.

The contract says what is typical. An alert whose threshold lies on the wrong side of all of it fires from the first
day, and hides what is really wrong.

```yaml
  shop_queue: {type: gauge, help: Orders that wait., typical: {between: [5, 20]}}
alerts:
  - {name: QueueLong, indicator: queue, above: 3, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.ordinary import usual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "alerts/ordinary-day"


def look(work: Work) -> Iterator[Problem]:
    """Thresholds that every typical value is beyond."""
    for service in work.stack.services:
        for one in service.alerts:
            span = usual(one.indicator)
            if span is None:
                continue
            for key, limit, beyond in (
                ("above", one.alert.above, one.alert.above is not None and span[0] > one.alert.above.value),
                ("below", one.alert.below, one.alert.below is not None and span[1] < one.alert.below.value),
            ):
                if beyond:
                    message = f"{one.alert.name} fires on an ordinary day: {_words(span)}"
                    hint = f"{key} {limit} is on the wrong side; correct it, or the contract's typical values"
                    yield work.problem((*one.origin, key), message, hint, id=ID)


def _words(span: tuple[float, float]) -> str:
    if span[1] == float("inf"):
        return f"{span[0]:.3g} or more is typical"
    return f"{span[0]:.3g} is typical" if span[0] == span[1] else f"{span[0]:.3g} to {span[1]:.3g} is typical"
