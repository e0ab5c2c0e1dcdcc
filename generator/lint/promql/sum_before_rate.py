"""First the rate of each series, then the sum.

A sum of counters falls when one of them restarts or goes away, and rate() takes every fall for a restart of the whole:
the result has spikes as high as the total. The other way round each restart is seen where it happens.

```yaml
  requests: {promql: 'rate(sum by (service) (shop_requests_total{$scope})[5m:1m])'}   # sum by (service) (rate(…[5m]))
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import GROWTH, Aggregate, Binary, Call, Series, Subquery, walk
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/sum-before-rate"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Growth of what was aggregated before, in a subquery or by a recording rule."""
    for node, _ in use.nodes:
        if not isinstance(node, Call) or node.name not in GROWTH or not isinstance(node.args[0], Subquery):
            continue
        inner = node.args[0].inner
        raw = [one for one, above in walk(inner) if isinstance(one, Series) and _summed(above)]
        counters = [one for one in raw if {found.nature for found in known.catalogue.of(one)} <= {"counter", "bucket"}]
        if counters:
            metric = counters[0].metric
            yield Finding(
                f"{node.name}() of a sum of {metric}: a restart of one series looks like one of all",
                f"write sum({node.name}({metric}[…]))",
                metric,
            )


def _summed(above: tuple[object, ...]) -> bool:
    growth = any(isinstance(one, Call) and one.name in GROWTH for one in above)
    return not growth and any(isinstance(one, Aggregate | Binary) for one in above)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
