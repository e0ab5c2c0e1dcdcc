"""Which series a fault goes for: of those its alert counts, some that no other alert of the service looks at.

Without this a burst of errors is a burst of critical errors as well: the alert on these silences the one on the burst.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spec.indicator import Increase, Rate
from spec.records import main_selector, selectors
from spec.samples import declared, fits
from spec.stack import equal

if TYPE_CHECKING:
    from spec.selector import Selector
    from spec.stack import Bound, BoundAlert, Watched


def aside(service: Watched, bound: BoundAlert) -> Bound:
    """The alert's indicator, on those of its series only that the fewest other alerts look at.

    Only where events are counted and too many are bad: elsewhere all series together make the value.
    """
    indicator, selector = bound.indicator, main_selector(bound.indicator.spec)
    if not isinstance(indicator.spec, Rate | Increase) or bound.alert.above is None or selector is None:
        return indicator
    own = [labels for labels in declared(indicator, selector).label_sets() if fits(selector, labels)]
    others = _closer(service, bound, selector)
    watched = [sum(fits(other, labels) for other in others) for labels in own]
    if len(set(watched)) < 2:
        return indicator
    calm = own[watched.index(min(watched))]
    told = {m.label for other in others for m in other.matchers}
    named = [label for label in calm if label in told and any(labels[label] != calm[label] for labels in own)]
    return replace(indicator, spec=_only(indicator.spec, selector.where(equal(label, calm[label]) for label in named)))


def _closer(service: Watched, bound: BoundAlert, selector: Selector) -> tuple[Selector, ...]:
    """What other alerts read of the same metric by a matcher of their own."""
    read = (
        one
        for other in service.alerts
        if other is not bound and other.indicator.part is bound.indicator.part
        for one in selectors(other.indicator.spec)
    )
    return tuple(
        one
        for one in dict.fromkeys(read)
        if one.metric == selector.metric and set(one.matchers) - set(selector.matchers)
    )


def _only(spec: Rate | Increase, selector: Selector) -> Rate | Increase:
    name = "rate" if isinstance(spec, Rate) else "increase"
    return spec.model_copy(update={name: selector})
