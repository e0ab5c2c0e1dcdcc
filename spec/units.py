"""The unit of what an indicator measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.indicator import Age, Anomaly, Rate, Ratio, Slower
from spec.lately import lately
from spec.records import main_selector

if TYPE_CHECKING:
    from spec.stack import Bound


@lately
def unit(bound: Bound) -> str:
    """The unit of an indicator's value: as it says, or what its kind makes of the metric's unit."""
    spec = bound.spec
    if spec.unit is not None:
        return spec.unit
    if isinstance(spec, Ratio | Slower):
        return "ratio"
    if isinstance(spec, Age):
        return "seconds"
    if isinstance(spec, Rate):
        return "per second"
    selector = main_selector(spec)
    metric = bound.part.metrics.get(selector.metric) if selector else None
    return metric.unit if metric is not None and not isinstance(spec, Anomaly) else ""
