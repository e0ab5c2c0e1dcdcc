"""Buckets, sums and counts belong to histograms, and quantiles are read from buckets.

Of anything else histogram_quantile() gives nothing, and `_bucket`, `_sum` and `_count` do not exist.

```yaml
  slow: {promql: 'histogram_quantile(0.95, sum by (service, le) (rate(shop_seconds_sum{$scope}[5m])))'}   # _bucket
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Call, Series, walk
from generator.promql.uses import Finding, problems
from spec.references import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/no-histogram"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Series below histogram_quantile() that are no buckets, and parts of histograms that are none."""
    for node, _ in use.nodes:
        if isinstance(node, Series):
            yield from _part_of_none(node, known)
        elif isinstance(node, Call) and node.name == "histogram_quantile":
            for series in (one for one, _ in walk(node.args[1]) if isinstance(one, Series)):
                found = known.catalogue.of(series)
                if found and all(one.nature != "bucket" for one in found):
                    message = f"histogram_quantile() of {series.metric}, which is no bucket of a histogram"
                    yield Finding(message, "a histogram's series for quantiles end in _bucket", series.metric)


def _part_of_none(node: Series, known: Expressions) -> Iterator[Finding]:
    if known.catalogue.knows(node.metric):
        return
    for end in DERIVED:
        stem = node.metric.removesuffix(end)
        found = known.catalogue.exposed.get(stem, ()) if node.metric.endswith(end) else ()
        if found:
            hint = "declare it as a histogram, or use its value"
            yield Finding(f"{stem} is a {found[0].metric.type}: it has no {end} series", hint, stem)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
