"""Values next to a threshold: one that must not fire, one that must."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.proof.case import Threshold
from rules.proof.humane import certain
from rules.words import description
from spec.indicator import Absence, Age, Increase, Ratio, Slower, Value
from spec.samples import NoSamples
from spec.units import unit

if TYPE_CHECKING:
    from spec.stack import Bound, BoundAlert

NEAR = 0.002
"""How far from the threshold the values lie, as a share of it, where a measure is continuous."""
NUDGES = 50


@dataclass(frozen=True)
class Levels:
    """`good` is on the silent side, the threshold itself where the value is met exactly; `bad` is just beyond it."""

    good: float
    bad: float
    limit: float
    usual: float
    """What is far from the threshold on its silent side."""

    @property
    def rises(self) -> bool:
        """Whether the alert fires above its threshold."""
        return self.bad > self.good

    @property
    def threshold(self) -> Threshold:
        """The threshold, and the nearest ones that these levels tell from it."""
        margin = abs(self.bad - self.limit) * 1.5
        return Threshold(self.limit, self.limit - margin, self.limit + margin, exact=self.good == self.limit)


def levels(bound: BoundAlert) -> Levels:
    """Raises NoSamples when the far side of the threshold cannot be reached, so that the alert could never fire."""
    alert, spec = bound.alert, bound.indicator.spec
    if isinstance(spec, Absence):
        return Levels(0.0, 1.0, 0.5, 0.0)
    quantity = alert.above or alert.below
    if quantity is None:
        raise NoSamples("there is no threshold to test")
    limit, sign = quantity.value, 1 if alert.above is not None else -1
    margin = _margin(bound.indicator, limit)
    good = limit if isinstance(spec, Value | Age) or not limit else limit - sign * margin
    bad = _certain(bound, limit + sign * margin, sign * margin)
    share = isinstance(spec, Slower) or (isinstance(spec, Ratio) and spec.ratio.of.metric == spec.ratio.to.metric)
    if share and not 0 <= bad <= 1:
        raise NoSamples(f"{bad:g} is no share of a whole: the alert never fires")
    usual = limit - abs(limit) / 2 if isinstance(spec, Age) else good
    return Levels(good, bad, limit, usual)


def _margin(indicator: Bound, limit: float) -> float:
    """Counts differ by one; other values by a small share."""
    spec = indicator.spec
    whole = limit == int(limit) and unit(indicator) == ""
    if isinstance(spec, Value) and whole:
        return 1.0
    return abs(limit) * NEAR or (0.4 if isinstance(spec, Increase) else 0.01)


def _certain(bound: BoundAlert, bad: float, step: float) -> float:
    """The value, or one a little further, whose text in the description no rounding can change."""
    if isinstance(bound.indicator.spec, Value | Age):
        return bad
    template = description(bound)
    values = (bad + step * n / NUDGES for n in range(NUDGES))
    return next((value for value in values if certain(template, value)), bad)
