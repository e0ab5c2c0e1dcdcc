"""A metric's name tells its unit, and the contract the same one.

Axes, thresholds and messages take the contract's unit; readers of queries take the name's. A factor of 1000 between
them is found in the middle of the night.

```yaml
  shop_wait_seconds: {type: gauge, help: Waiting., unit: bytes}
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "contract/name-and-unit"


UNITS = ("seconds", "bytes", "ratio", "celsius")
_END = re.compile(rf"_({'|'.join(UNITS)}|milliseconds|ms|kilobytes|megabytes)(?:_total)?$")


def look(work: Work) -> Iterator[Problem]:
    """Endings of names against the declared unit; other units than the base units are named."""
    for name, service in work.stack.spec.services.items():
        for metric, declared in service.metrics.items():
            told = _told(metric)
            at = ("services", name, "metrics", metric)
            if odd(metric):
                message = f"{metric} is in {told}, which is no base unit"
                hint = "expose seconds or bytes: thresholds and axes count in them"
                yield work.problem(at, message, hint, id=ID, level="warning")
            elif told and declared.unit not in ("", told) and not (told == "seconds" and declared.unit == "timestamp"):
                message = f"the name says {told}, the contract {declared.unit}"
                yield work.problem((*at, "unit"), message, f"write unit: {told}, or rename it", id=ID)


def odd(metric: str) -> bool:
    """Whether a name tells of another unit than the base units."""
    told = _told(metric)
    return bool(told) and told not in UNITS


def _told(metric: str) -> str:
    ending = _END.search(metric)
    return ending[1] if ending else ""
