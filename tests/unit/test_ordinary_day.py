"""On an ordinary simulated day no alert of the five systems fires, in any environment.

The bounds follow from the contracts: a gauge stays in its band, a rate in its wave, a histogram around its median.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spec.indicator import Age, Average, Forecast, Increase, Quantile, Rate, Ratio, Slower, Value
from spec.load import load
from spec.records import main_selector
from spec.references import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spec.metric import Metric
    from spec.selector import Selector
    from spec.stack import Bound, Part, Stack, Watched

ROOT = Path(__file__).parents[2]
LOAD = (0.62, 1.38)
"""The relative load: a daily wave of 30 % and ripples of 8 %."""
SIGMA = 0.5
"""Standard deviation of the logarithm of a histogram's values."""
STRANDS = ((0.7, 0.92), (0.3, 1.2))
"""The shares of a histogram's quicker and slower values, and their medians relative to the stated one."""
STEEPEST = 0.005
"""How fast a gauge can move for a moment, in half widths of its band per second: a line through two scrapes."""
STALE = 2
"""Scrapes by which a timestamp may seem older than it is."""


@cache
def _stack(environment: str) -> Stack:
    return load(ROOT / "stack.yaml", environment).stack


def _services(environment: str = "development") -> tuple[Watched, ...]:
    """The services that the simulator plays: all but the stack itself."""
    return _stack(environment).services[:-1]


ALERTS = [
    pytest.param(environment, service.name, index, id=f"{environment}-{service.name}-{bound.alert.name}")
    for environment in ("development", "production")
    for service in _services(environment)
    for index, bound in enumerate(service.alerts)
]
SERVICES = [pytest.param(service, id=service.name) for service in _services()]


def _metric(part: Part, selector: Selector) -> Metric:
    names = (selector.metric, *(selector.metric.removesuffix(end) for end in DERIVED))
    return next(part.metrics[name] for name in names if name in part.metrics)


def _share(metric: Metric, labels: Mapping[str, str]) -> float:
    """The part of a metric's rate that one series has; values without a share divide what the others leave."""
    share = 1.0
    for label, value in labels.items():
        given = metric.shares.get(label, {})
        rest = [other for other in metric.labels[label] if other not in given]
        left = max(0.0, 1 - sum(given.values())) / max(1, len(rest))
        share *= given.get(value, left) / (sum(given.values()) + left * len(rest))
    return share


def _series(part: Part, selector: Selector, group: Mapping[str, str]) -> Iterator[dict[str, str]]:
    own = {m.label for m in part.matchers} | {"le"}
    for labels in _metric(part, selector).label_sets():
        grouped = all(labels.get(label, value) == value for label, value in group.items())
        if grouped and all(m.matches(labels.get(m.label, "")) for m in selector.matchers if m.label not in own):
            yield labels


def _rate(part: Part, selector: Selector, group: Mapping[str, str]) -> float:
    metric = _metric(part, selector)
    return (metric.typical.rate or 0) * sum(_share(metric, labels) for labels in _series(part, selector, group))


def _bands(part: Part, selector: Selector, group: Mapping[str, str]) -> list[tuple[float, float]]:
    typical = _metric(part, selector).typical
    bands = (
        typical.bands[labels[typical.by]] if typical.by else typical.between
        for labels in _series(part, selector, group)
    )
    return [band for band in bands if band is not None]


def _summed(bands: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(low for low, _ in bands), sum(high for _, high in bands)


def _ratio(part: Part, spec: Ratio, group: Mapping[str, str]) -> tuple[float, float]:
    of, to = spec.ratio.of, spec.ratio.to
    if _metric(part, to).type == "counter":
        middle = _rate(part, of, group) / _rate(part, to, group)
        low, high = middle * 0.8, middle * 1.2
    else:
        (least, most), (small, large) = _summed(_bands(part, of, group)), _summed(_bands(part, to, group))
        low, high = least / large, most / small
    return (1 - high, 1 - low) if spec.complement else (low, high)


def _above(bound: float, median: float) -> float:
    """The share of a histogram's values above a bound."""
    spread = SIGMA * math.sqrt(2)
    return sum(share * 0.5 * math.erfc(math.log(bound / (median * factor)) / spread) for share, factor in STRANDS)


def _value(part: Part, spec: Value, group: Mapping[str, str]) -> tuple[float, float]:
    bands = _bands(part, spec.value, group)
    if spec.aggregate == "sum":
        return _summed(bands)
    return min(low for low, _ in bands), max(high for _, high in bands)


def _usual(bound: Bound, group: Mapping[str, str]) -> tuple[float, float] | None:
    """Lowest and highest value of an indicator; None where history or free PromQL decides."""
    part, window = bound.part, bound.window.seconds
    match bound.spec:
        case Value() as spec:
            return _value(part, spec, group)
        case Age(age=selector):
            return 0, max(high for _, high in _bands(part, selector, group)) + STALE * 30
        case Forecast(forecast=args):
            drift = STEEPEST * args.ahead.seconds / 2
            bands = _bands(part, args.of, group)
            ends = [(low - (high - low) * drift, high + (high - low) * drift) for low, high in bands]
            return min(low for low, _ in ends), max(high for _, high in ends)
        case Rate(rate=selector):
            return LOAD[0] * _rate(part, selector, group), LOAD[1] * _rate(part, selector, group)
        case Increase(increase=selector):
            return LOAD[0] * _rate(part, selector, group) * window, LOAD[1] * _rate(part, selector, group) * window
        case Ratio() as spec:
            return _ratio(part, spec, group)
        case Quantile(quantile=args):
            metric = _metric(part, args.of)
            median = metric.typical.median or 0
            return 0, next(bucket for bucket in metric.buckets if _above(bucket, median) <= 1 - args.q)
        case Average(average=of):
            return 0, 1.2 * (_metric(part, of).typical.median or 0) * math.exp(SIGMA**2 / 2)
        case _:
            return None


def _groups(bound: Bound) -> Iterator[dict[str, str]]:
    """The values of the labels an indicator keeps, where it has series for them."""
    selector = main_selector(bound.spec)
    if selector is None or selector.metric not in bound.part.metrics:
        return
    labels = bound.part.metrics[selector.metric].labels
    for values in product(*(labels.get(label, ("",)) for label in bound.spec.by)):
        group = dict(zip(bound.spec.by, values, strict=True))
        if any(True for _ in _series(bound.part, selector, group)):
            yield group


@pytest.mark.parametrize(("environment", "service", "index"), ALERTS)
def test_no_alert_fires(environment: str, service: str, index: int) -> None:
    bound = _stack(environment).by_name[service].alerts[index]
    if bound.indicator.part.name in ("probe", "target"):
        return
    for group in _groups(bound.indicator):
        usual = _usual(bound.indicator, group)
        if usual is not None:
            above, below = bound.alert.above, bound.alert.below
            assert above is None or usual[1] <= above.value, group
            assert below is None or usual[0] >= below.value, group


@pytest.mark.parametrize("service", SERVICES)
def test_two_fifths_of_every_error_budget_are_left(service: Watched) -> None:
    for objective in service.objectives:
        part, spec = objective.indicator.part, objective.indicator.spec
        if isinstance(spec, Slower):
            bad = _above(spec.slower.over.value, _metric(part, spec.slower.of).typical.median or 0)
        else:
            assert isinstance(spec, Ratio)
            bad = _ratio(part, spec, {})[1]
        assert bad <= 0.6 * (1 - objective.objective.objective / 100), objective.objective.name


@pytest.mark.parametrize("service", SERVICES)
def test_traffic_at_night_is_enough_for_alerts_to_fire(service: Watched) -> None:
    for bound in service.indicators.values():
        if isinstance(bound.spec, Ratio) and bound.spec.traffic.value:
            for group in _groups(bound):
                night = LOAD[0] * _rate(bound.part, bound.spec.ratio.to, group)
                assert night > bound.spec.traffic.value, (bound.key, group)


@pytest.mark.parametrize("service", SERVICES)
def test_no_log_alert_fires(service: Watched) -> None:
    logs = service.spec.logs
    assert logs is not None
    whole = sum(category.share for category in logs.categories)
    for alert in (alert for alert in logs.alerts if alert.contains is None):
        lines = sum(
            logs.lines * category.share / whole * part / sum(category.levels.values())
            for category in logs.categories
            for level, part in category.levels.items()
            if alert.category in (None, category.name) and (not alert.levels or level in alert.levels)
        )
        assert alert.above is None or lines * LOAD[1] <= alert.above.value, alert.name
        assert alert.below is None or lines * LOAD[0] >= alert.below.value, alert.name
