"""Every label that an expression matches or groups by exists on the series.

A matcher on a label that is not there selects nothing (or everything, with `!=`); grouping by it does nothing.

```yaml
  failed: {promql: 'sum by (service, rout) (rate(shop_requests_total{$scope}[5m]))'}   # the label is route
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.known import BUCKET
from generator.promql.tree import Aggregate, Series, walk
from generator.promql.uses import Finding, problems
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "contract/unknown-label"


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Labels of matchers against the series', labels of a grouping against all that its series have."""
    for node, _ in use.nodes:
        if isinstance(node, Series):
            labels = {label for one in known.catalogue.of(node) for label in one.labels}
            for matcher in node.matchers:
                if labels and matcher.label not in labels:
                    yield _unknown(matcher.label, labels, node.metric)
        elif isinstance(node, Aggregate) and node.grouping == "by":
            yield from _grouping(node, known)


def _grouping(node: Aggregate, known: Expressions) -> Iterator[Finding]:
    facts = known.facts(node.inner).labels
    if facts is None:
        return
    series = [one for one, _ in walk(node.inner) if isinstance(one, Series)]
    exposed = {label for one in series for found in known.catalogue.of(one) for label in found.labels}
    for label in node.labels:
        if label not in facts and label != BUCKET and label not in exposed and series and exposed:
            yield _unknown(label, exposed, series[0].metric)


def _unknown(label: str, known: set[str], metric: str) -> Finding:
    best = nearest(label, sorted(known))
    hint = f"did you mean {best}?" if best else f"known: {', '.join(sorted(known))}"
    return Finding(f"{metric} has no label {label!r}", hint, label)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
