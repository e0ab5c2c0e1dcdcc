"""What histogram_quantile() reads keeps the label `le`.

Aggregated away, the buckets cannot be told apart, and the quantile is empty.

```yaml
  slow: {promql: 'histogram_quantile(0.95, sum by (service) (rate(b_bucket{$scope}[5m])))'}   # by (service, le)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.known import BUCKET
from generator.promql.tree import Call, Series, walk
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/quantile-without-le"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Arguments of histogram_quantile() whose labels are known and have no `le`."""
    for node, _ in use.nodes:
        if isinstance(node, Call) and node.name == "histogram_quantile":
            series = [one for one, _ in walk(node.args[1]) if isinstance(one, Series)]
            if not any(found.nature == "bucket" for one in series for found in known.catalogue.of(one)):
                continue
            labels = known.facts(node.args[1]).labels
            if labels is not None and BUCKET not in labels:
                yield Finding(
                    "histogram_quantile() of series without the label le", "keep it: by (…, le)", "histogram_quantile"
                )


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
