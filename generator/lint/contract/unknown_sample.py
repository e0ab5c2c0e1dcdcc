"""The samples of an expression are series that the contract has.

They are what its alerts are proven with: a proof with series that nobody exposes proves nothing, and fails in a way
that is hard to read.

```yaml
  free:
    promql: 'sum by (service) (shop_queue{$scope})'
    samples: {bad: [{series: 'shop_queu{shelf="a"}', values: 900x30}]}   # the contract has shop_queue
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Series, read
from spec.indicator import PromQL
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.known import Catalogue
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath

ID = "contract/unknown-sample"


def look(work: Work) -> Iterator[Problem]:
    """The samples of every service's expressions; what is no series at all is told by the proofs."""
    for service in work.stack.services:
        for key, indicator in service.spec.indicators.items():
            if isinstance(indicator, PromQL):
                for side in ("good", "bad"):
                    for index, sample in enumerate(getattr(indicator.samples, side)):
                        at = (*service.origin, "indicators", key, "samples", side, index, "series")
                        yield from _problems(work, at, sample.series)


def _problems(work: Work, at: SpecPath, text: str) -> Iterator[Problem]:
    series, catalogue = read(text), work.expressions.catalogue
    if not isinstance(series, Series) or series.metric in catalogue.recorded:
        return
    if not catalogue.knows(series.metric):
        best = nearest(series.metric, catalogue.exposed)
        hint = f"did you mean {best}?" if best else "declare it under metrics:"
        yield work.problem(at, f"unknown metric {series.metric!r}", hint, id=ID)
        return
    for message, hint in _labels(catalogue, series):
        yield work.problem(at, message, hint, id=ID)


def _labels(catalogue: Catalogue, series: Series) -> Iterator[tuple[str, str]]:
    """Labels, and values of them, that none of the series of this name has."""
    found = catalogue.exposed.get(series.metric, ())
    for matcher in series.matchers if found else ():
        values = [one.labels[matcher.label] for one in found if matcher.label in one.labels]
        if not values:
            known = sorted({label for one in found for label in one.labels})
            yield f"{series.metric} has no label {matcher.label!r}", f"its labels: {', '.join(known)}"
        elif all(some is not None and matcher.value not in some for some in values):
            declared = sorted({value for some in values for value in some or ()})
            yield f"{matcher} is no declared value of {series.metric}", f"declared: {', '.join(declared)}"
