"""What else a fault sets off: alerts on the same events, counted otherwise, that it brings beyond their thresholds too.

At a quick pace a count in ten minutes becomes one in ten seconds, and the rate that makes it a burst.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.indicator import Increase, Rate
from spec.samples import fits

if TYPE_CHECKING:
    from rules.faults import Fault
    from spec.selector import Selector
    from spec.stack import BoundAlert, Watched


def beside(service: Watched, fault: Fault) -> tuple[BoundAlert, ...]:
    """The other alerts on too many events that a fault sets off while it lasts."""
    return tuple(bound for bound in service.alerts if bound.alert.name != fault.alert and _beyond(fault, bound))


def _beyond(fault: Fault, bound: BoundAlert) -> bool:
    match bound.indicator.spec, bound.alert.above:
        case Rate(rate=selector), limit if limit is not None:
            return _events(fault, selector) > limit.value
        case Increase(increase=selector), limit if limit is not None:
            return _events(fault, selector) * bound.indicator.window.seconds > limit.value
    return False


def _events(fault: Fault, selector: Selector) -> float:
    """Events a second that the fault adds to what a selector counts."""
    return sum(
        sample.rate or 0.0
        for sample in fault.series
        if sample.metric == selector.metric and fits(selector, dict(sample.labels))
    )
