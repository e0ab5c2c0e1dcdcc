"""Typical values can be: bands ascend, lie within the metric's range, shares add up, medians lie within the buckets.

The simulator plays them and alerts are compared with them. A median beyond the buckets makes every quantile the last
bucket.

```yaml
  shop_seconds: {type: histogram, help: Durations., buckets: [0.1, 1], typical: {rate: 5, median: 2}}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.metric import Metric
    from spec.problem import Problem
    from spec.stack import SpecPath

ID = "contract/typical-values"


WHOLE = 1.000001
"""Shares add up to 1 at most, but for rounding."""


def look(work: Work) -> Iterator[Problem]:
    """The typical values of every declared metric."""
    for name, service in work.stack.spec.services.items():
        for metric, declared in service.metrics.items():
            for inner, message, hint in _faults(declared):
                yield work.problem(("services", name, "metrics", metric, *inner), message, hint, id=ID)


def _faults(metric: Metric) -> Iterator[tuple[SpecPath, str, str]]:
    typical = metric.typical
    bands: dict[SpecPath, tuple[float, float]] = {("typical", "bands", k): band for k, band in typical.bands.items()}
    if typical.between is not None:
        bands[("typical", "between")] = typical.between
    for at, (low, high) in bands.items():
        if low > high:
            yield at, f"the band goes down from {low:g} to {high:g}", "write the lower value first"
        elif metric.range is not None and not metric.range[0] <= low <= high <= metric.range[1]:
            message = f"the band {low:g} to {high:g} leaves the range {metric.range[0]:g} to {metric.range[1]:g}"
            yield at, message, "correct one of them"
    for label, shares in metric.shares.items():
        if sum(shares.values()) > WHOLE:
            message = f"the shares of {label} are {sum(shares.values()):g} in all"
            yield ("shares", label), message, "they split a whole: 1"
    if metric.type == "histogram" and typical.median is not None and typical.median > metric.buckets[-1]:
        message = f"the typical median {typical.median:g} is beyond the last bucket, {metric.buckets[-1]:g}"
        yield ("typical", "median"), message, "add larger buckets: no quantile is ever above the last one"
