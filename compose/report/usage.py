"""How much a service was used: its traffic, and what the business asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.report import measures, reading
from spec.indicator import Increase, Quantile, Rate, Ratio, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.report.asking import Asking
    from compose.report.found import Counted, Measured
    from spec.stack import Watched

SHOWN = (Rate, Increase, Value, Ratio, Quantile)
"""Kinds of which one figure tells something."""


def usage(asking: Asking, service: Watched) -> Iterator[Counted | Measured]:
    """The golden traffic first, then the indicators of the business; each once."""
    keys = dict.fromkeys(filter(None, (service.spec.golden.get("traffic", ""), *service.spec.business)))
    for bound in (service.indicators[key] for key in keys if key in service.indicators):
        if measures.counts(bound):
            course = asking.course(reading.rate(service, bound, asking.step))
            yield measures.counted(asking, bound, course)
        elif isinstance(bound.spec, SHOWN):
            yield measures.measured(asking, service, bound)
