"""Series that make an indicator take a value: what a generated test feeds to promtool, and what a fault plays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from spec.indicator import (
    Absence,
    Age,
    Average,
    Forecast,
    Increase,
    Quantile,
    Rate,
    Ratio,
    Slower,
    Value,
)
from spec.lately import lately

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spec.indicator import Share
    from spec.metric import Metric
    from spec.selector import Selector
    from spec.stack import Bound

WHOLE_RATE = 20.0
"""Events a second of a ratio's whole when its traffic floor asks for less."""
WHOLE_VALUE = 100.0
HEALTHY = 0.6
"""The share of what is usual from which a falling forecast starts: low, but no reason for alarm."""
Observation = tuple[float, float]


@dataclass(frozen=True)
class Sample:
    """What all series of a metric with these labels do, together. Exactly one of the kinds is set.

    `value`: each gauge has it, and moves by `slope` a second. `age`: each timestamp is that many seconds ago.
    `rate`: events a second of all the series together; `observe`: values and their fractions, for a histogram.
    `absent`: the series are not there.
    """

    metric: str
    labels: tuple[tuple[str, str], ...] = ()
    value: float | None = None
    slope: float = 0.0
    age: float | None = None
    rate: float | None = None
    observe: tuple[Observation, ...] = ()
    absent: bool = False


class NoSamples(Exception):
    """The indicator cannot take this value: the message says why."""


def samples(bound: Bound, value: float) -> tuple[Sample, ...]:
    """Series that make the indicator take `value`. Of labels that it keeps, the first declared value is played.

    Raises NoSamples when no series can do it, such as a quantile beyond the last bucket.
    """
    maker = _MAKERS.get(type(bound.spec))
    if maker is None:
        raise NoSamples(f"{type(bound.spec).__name__} brings its own samples")
    return maker(bound, bound.spec, value)


def pick(bound: Bound, selector: Selector) -> dict[str, str]:
    """Labels of a series that the selector matches: a declared value for each matcher, the first of each kept label."""
    metric = declared(bound, selector)
    labels = {}
    for matcher in selector.matchers:
        if matcher.label in metric.labels:
            found = [value for value in metric.labels[matcher.label] if _matches_all(selector, matcher.label, value)]
            if not found:
                raise NoSamples(f"no declared value of {matcher.label} fits {selector}")
            if len(found) < len(metric.labels[matcher.label]):
                labels[matcher.label] = found[0]
    for label in bound.spec.by:
        if label in metric.labels:
            labels.setdefault(label, metric.labels[label][0])
    return labels


def declared(bound: Bound, selector: Selector) -> Metric:
    """The metric a selector reads. Raises NoSamples when the contract does not have it."""
    metrics, name = bound.part.metrics, selector.metric
    if name in metrics:
        return metrics[name]
    found = next((stem for end in ("_bucket", "_sum", "_count") if (stem := name.removesuffix(end)) in metrics), None)
    if found is None:
        raise NoSamples(f"{name} is not in the contract")
    return metrics[found]


def _matches_all(selector: Selector, label: str, value: str) -> bool:
    return all(matcher.matches(value) for matcher in selector.matchers if matcher.label == label)


def _items(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(labels.items())


def _gauge(bound: Bound, spec: Value, value: float) -> tuple[Sample, ...]:
    labels = pick(bound, spec.value)
    shared = 1
    if spec.aggregate == "sum":
        metric = declared(bound, spec.value)
        shared = metric.having(labels)
    return (Sample(spec.value.metric, _items(labels), value=value / shared),)


def _counter(bound: Bound, selector: Selector, rate: float) -> tuple[Sample, ...]:
    if rate < 0:
        raise NoSamples("a counter does not shrink")
    labels = pick(bound, selector)
    rest = {label: labels[label] for label in bound.spec.by if label in labels}
    others = (Sample(selector.metric, _items(rest), rate=0.0),) if rest != labels else ()
    return (*others, Sample(selector.metric, _items(labels), rate=rate))


def _ratio(bound: Bound, spec: Ratio, value: float) -> tuple[Sample, ...]:
    share = 1 - value if spec.complement else value
    if share < 0:
        raise NoSamples("a ratio is never below 0")
    counters = declared(bound, spec.ratio.to).type != "gauge"
    whole = (
        max(WHOLE_RATE, 4 * spec.traffic.value)
        if counters
        else usual(declared(bound, spec.ratio.to), pick(bound, spec.ratio.to))
    )
    make = _flow if counters else _level
    if spec.ratio.of.metric != spec.ratio.to.metric:
        of, to = pick(bound, spec.ratio.of), pick(bound, spec.ratio.to)
        return make(bound, spec.ratio.of, of, share * whole) + make(bound, spec.ratio.to, to, whole)
    if share > 1:
        raise NoSamples("a part is never more than its whole")
    part, rest = _split(bound, spec.ratio)
    kept = {label: part[label] for label in bound.spec.by if label in part}
    zero = make(bound, spec.ratio.to, kept, 0.0)
    return (
        *zero,
        *make(bound, spec.ratio.to, rest, (1 - share) * whole),
        *make(bound, spec.ratio.of, part, share * whole),
    )


def usual(metric: Metric, labels: Mapping[str, str]) -> float:
    """The highest value on an ordinary day, of the series with these labels where bands differ."""
    typical = metric.typical
    bands = dict(typical.bands)
    if typical.by is not None and labels.get(typical.by) in bands:
        bands = {labels[typical.by]: bands[labels[typical.by]]}
    highest = max((high for _, high in (*bands.values(), *([typical.between] if typical.between else ()))), default=0.0)
    return highest if highest > 0 else WHOLE_VALUE


def _flow(bound: Bound, selector: Selector, labels: Mapping[str, str], rate: float) -> tuple[Sample, ...]:
    return (Sample(selector.metric, _items(labels), rate=rate),)


def _level(bound: Bound, selector: Selector, labels: Mapping[str, str], total: float) -> tuple[Sample, ...]:
    metric = declared(bound, selector)
    series = metric.having(labels) or 1
    return (Sample(selector.metric, _items(labels), value=total / series),)


@lately
def _split(bound: Bound, share: Share) -> tuple[dict[str, str], dict[str, str]]:
    """Complete labels of a series that is in the part, and of one that is in the whole but not in the part."""
    metric = declared(bound, share.to)
    kept = {label: values[0] for label, values in metric.labels.items() if label in bound.spec.by}
    found: dict[bool, dict[str, str]] = {}
    for series in metric.label_sets():
        if kept.items() <= series.items() and fits(share.to, series):
            found.setdefault(fits(share.of, series), series)
            if len(found) == len((True, False)):
                return found[True], found[False]
    raise NoSamples(f"{share.of} is either all or nothing of {share.to}")


def fits(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether a series with these labels is selected; a label that is not there counts as empty."""
    return all(matcher.matches(labels.get(matcher.label, "")) for matcher in selector.matchers)


def _observed(bound: Bound, selector: Selector, observe: tuple[Observation, ...]) -> tuple[Sample, ...]:
    traffic = getattr(bound.spec, "traffic", None)
    rate = max(WHOLE_RATE, 4 * traffic.value) if traffic is not None else WHOLE_RATE
    labels = pick(bound, selector)
    rest = {label: labels[label] for label in bound.spec.by if label in labels}
    others = (Sample(selector.metric, _items(rest), rate=0.0, observe=observe),) if rest != labels else ()
    return (*others, Sample(selector.metric, _items(labels), rate=rate, observe=observe))


def _quantile(bound: Bound, spec: Quantile, value: float) -> tuple[Sample, ...]:
    """Observations whose quantile, interpolated within its bucket as `histogram_quantile` does, is the value.

    Within the first bucket it cannot be less than the share q of the bucket's bound: a smaller value becomes that.
    """
    buckets = declared(bound, spec.quantile.of).buckets
    edges = next(((low, high) for low, high in pairwise((0.0, *buckets)) if low < value <= high), None)
    if edges is None:
        raise NoSamples(f"{value:g} is beyond the last bucket, {buckets[-1]:g}: the quantile never gets there")
    (low, high), q = edges, spec.quantile.q
    within = (value - low) / (high - low)
    if within <= q:
        below = (q - within) / (1 - within) if within < 1 else 0.0
        observe = ((low, below), (high, 1 - below)) if low else ((high, 1 - below), (0.0, below))
        return _observed(bound, spec.quantile.of, observe)
    return _observed(bound, spec.quantile.of, ((high, q / within), (buckets[-1] * 2, 1 - q / within)))


def _slower(bound: Bound, spec: Slower, value: float) -> tuple[Sample, ...]:
    if not 0 <= value <= 1:
        raise NoSamples("a share is between 0 and 1")
    buckets = declared(bound, spec.slower.of).buckets
    over = spec.slower.over.value
    if over not in buckets:
        raise NoSamples(f"{over:g} is not a bucket of {spec.slower.of.metric}")
    return _observed(bound, spec.slower.of, ((over, 1 - value), (buckets[-1] * 2, value)))


def _average(bound: Bound, spec: Average, value: float) -> tuple[Sample, ...]:
    if value < 0:
        raise NoSamples("observations are not negative")
    return _observed(bound, spec.average, ((value, 1.0),))


def _absence(bound: Bound, spec: Absence, value: float) -> tuple[Sample, ...]:
    labels = _items(pick(bound, spec.absence))
    if value:
        return (Sample(spec.absence.metric, labels, absent=True),)
    metric = declared(bound, spec.absence)
    return (
        Sample(spec.absence.metric, labels, value=1.0)
        if metric.type == "gauge"
        else Sample(spec.absence.metric, labels, rate=1.0),
    )


def _age(bound: Bound, spec: Age, value: float) -> tuple[Sample, ...]:
    return (Sample(spec.age.metric, _items(pick(bound, spec.age)), age=value),)


def _forecast(bound: Bound, spec: Forecast, value: float) -> tuple[Sample, ...]:
    """A line from what is usual, or somewhat less on the way down, to the value `ahead` of the start."""
    of, ahead = spec.forecast.of, spec.forecast.ahead.seconds
    labels = pick(bound, of)
    highest = usual(declared(bound, of), labels)
    start = highest if value > highest else highest * HEALTHY
    return (Sample(of.metric, _items(labels), value=start, slope=(value - start) / ahead),)


_MAKERS: dict[type, Callable[[Any, Any, float], tuple[Sample, ...]]] = {
    Value: _gauge,
    Rate: lambda bound, spec, value: _counter(bound, spec.rate, value),
    Increase: lambda bound, spec, value: _counter(bound, spec.increase, value / bound.window.seconds),
    Ratio: _ratio,
    Quantile: _quantile,
    Average: _average,
    Slower: _slower,
    Absence: _absence,
    Age: _age,
    Forecast: _forecast,
}
