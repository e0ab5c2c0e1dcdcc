"""What an indicator is on an ordinary day, as far as the contract's typical values tell."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from spec.indicator import Quantile, Rate, Ratio, Slower, Value
from spec.references import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spec.metric import Metric
    from spec.selector import Selector
    from spec.stack import Bound

MEDIAN = 0.5
Span = tuple[float, float]
WAVE = (0.5, 1.5)
"""How far load strays from its typical rate over a day."""


def usual(bound: Bound) -> Span | None:
    """The lowest and highest value on an ordinary day; None when the contract does not tell."""
    if any(matcher.label in bound.spec.by for selector in _selectors(bound) for matcher in selector.matchers):
        return None
    match bound.spec:
        case Value():
            return _value(bound, bound.spec)
        case Rate(rate=selector) if not bound.spec.by:
            rate = _rate(bound, selector)
            return None if rate is None else (rate * WAVE[0], rate * WAVE[1])
        case Ratio():
            return _ratio(bound, bound.spec)
        case Quantile(quantile=args):
            metric = metric_of(bound, args.of)
            median = metric.typical.median if metric else None
            return None if median is None or args.q < MEDIAN else (median * WAVE[0], float("inf"))
        case Slower(slower=slow):
            metric = metric_of(bound, slow.of)
            median = metric.typical.median if metric else None
            return (0.5, 1.0) if median is not None and median > slow.over.value else None
        case _:
            return None


def metric_of(bound: Bound, selector: Selector) -> Metric | None:
    """The metric of the contract behind a selector."""
    names = (selector.metric, *(selector.metric.removesuffix(end) for end in DERIVED))
    return next((bound.part.metrics[name] for name in names if name in bound.part.metrics), None)


def _selectors(bound: Bound) -> Iterable[Selector]:
    from spec.records import selectors

    return selectors(bound.spec)


def _value(bound: Bound, spec: Value) -> Span | None:
    metric = metric_of(bound, spec.value)
    if metric is None or metric.type != "gauge":
        return None
    typical = metric.typical
    passed = _passing(metric, spec.value)
    bands = [band for value, band in typical.bands.items() if value in passed.get(typical.by or "", (value,))]
    bands = bands or ([typical.between] if typical.between is not None else [])
    if not bands or spec.aggregate == "sum":
        return None
    return min(low for low, _ in bands), max(high for _, high in bands)


def _rate(bound: Bound, selector: Selector) -> float | None:
    metric = metric_of(bound, selector)
    if metric is None or metric.typical.rate is None:
        return None
    return metric.typical.rate * _share(metric, selector)


def _ratio(bound: Bound, spec: Ratio) -> Span | None:
    part, whole = _rate(bound, spec.ratio.of), _rate(bound, spec.ratio.to)
    if part is None or not whole:
        return None
    share = part / whole
    middle = 1 - share if spec.complement else share
    return middle * 0.9, middle * 1.1


def _passing(metric: Metric, selector: Selector) -> dict[str, tuple[str, ...]]:
    """The values of each label that the matchers let through."""
    return {
        label: tuple(value for value in values if all(m.matches(value) for m in selector.matchers if m.label == label))
        for label, values in metric.labels.items()
    }


def _share(metric: Metric, selector: Selector) -> float:
    """The part of a metric's rate that a selector sees; values without a share divide what the others leave."""
    return prod(_share_of(metric, label, values) for label, values in _passing(metric, selector).items())


def _share_of(metric: Metric, label: str, values: tuple[str, ...]) -> float:
    given = metric.shares.get(label, {})
    rest = [value for value in metric.labels[label] if value not in given]
    left = max(0.0, 1 - sum(given.values())) / max(1, len(rest))
    whole = sum(given.values()) + left * len(rest)
    return sum(given.get(value, left) for value in values) / whole if whole else 0.0
