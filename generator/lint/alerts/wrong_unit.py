"""A threshold is in the unit of its indicator.

`20%` is 0.2 and `100ms` is 0.1: beside an indicator of another unit the number is right and the meaning wrong.

```yaml
  latency: {quantile: {of: shop_seconds}}   # seconds
alerts:
  - {name: Slow, indicator: latency, above: 20%, …}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.indicator import PromQL
from spec.units import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "alerts/wrong-unit"


def look(work: Work) -> Iterator[Problem]:
    """Thresholds with a unit, of indicators whose unit is known."""
    for service in work.stack.services:
        for one in service.alerts:
            measured = unit(one.indicator)
            for key, limit in (("above", one.alert.above), ("below", one.alert.below)):
                unknown = isinstance(one.indicator.spec, PromQL) and not measured
                if limit is None or unknown or limit.unit in ("", measured):
                    continue
                measures = f"measures {measured}" if measured else "is a plain number"
                message = f"the threshold {limit} is in {limit.unit}, but {one.indicator.key} {measures}"
                yield work.problem((*one.origin, key), message, "write it in the indicator's unit", id=ID)
