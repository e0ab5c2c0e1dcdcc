"""rate(), irate(), increase() and resets() read counters.

On a gauge every fall looks like a restart of a counter: the result is noise that grows with the gauge's wobbling.

```yaml
  growth: {rate: shop_queue}   # a gauge; deriv() tells how fast a gauge moves
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import GROWTH, Call, Series
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/rate-of-gauge"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Functions of counters over what is no counter."""
    for node, _ in use.nodes:
        if not isinstance(node, Call) or node.name not in GROWTH | {"resets"}:
            continue
        of = node.args[0]
        if not isinstance(of, Series):
            continue
        natures = {one.nature for one in known.catalogue.of(of)}
        if natures & {"gauge", "info"}:
            yield Finding(
                f"{node.name}() of {of.metric}, which is no counter",
                "use its value, deriv() or delta(); or declare it a counter",
                of.metric,
            )
        elif of.metric in known.catalogue.recorded:
            yield Finding(f"{node.name}() of {of.metric}, which a rule records", "read the counter itself", of.metric)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
