"""The series behind each kind of indicator: which there are, and how they move so that it takes a value.

Every series that a rule aggregates is there twice, in unlike shares, so that a sum is told from a maximum or a mean.
Sources: rate, increase, histogram_quantile in https://prometheus.io/docs/prometheus/latest/querying/functions/.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rules.proof.labels import REPLICA, base, failing, matching, scoped
from rules.proof.stream import Stream
from rules.recording import floor
from spec.expr import number
from spec.indicator import Absence, Age, Average, Increase, Quantile, Rate, Ratio, Slower, Value
from spec.samples import WHOLE_RATE, NoSamples, declared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rules.proof.levels import Levels
    from rules.proof.stream import Moment
    from spec.scalars import Duration
    from spec.selector import Matcher, Selector
    from spec.stack import Bound, Watched

    Amount = Callable[[Moment, float], float]

ABOVE_FLOOR, BELOW_FLOOR = 1.002, 0.998
"""Traffic next to its floor, on either side."""
_SHARES = (0.25, 0.75)
_WHOLE = 1000.0
"""The whole of a ratio of gauges."""


def streams(service: Watched, bound: Bound, levels: Levels, step: Duration) -> tuple[Stream, ...]:
    """The series which the indicator reads, of one label set. Raises NoSamples when there can be none."""
    maker = _MAKERS.get(type(bound.spec))
    if maker is None:
        raise NoSamples(f"no series are known for {type(bound.spec).__name__.lower()}")
    return tuple(maker(_Maker(service, bound, levels, step), bound.spec))


class _Maker:
    """Makes the series of one indicator."""

    def __init__(self, service: Watched, bound: Bound, levels: Levels, step: Duration) -> None:
        self.bound = bound
        self.levels = levels
        self.given = base(service, bound)
        self.events = (floor(bound) * ABOVE_FLOOR or WHOLE_RATE) * step.seconds
        self.seconds = step.seconds

    def both(
        self,
        metric: str,
        labels: Mapping[str, str],
        matchers: tuple[Matcher, ...],
        amount: Amount,
        *,
        counter: bool,
        part: bool = False,
    ) -> Iterator[Stream]:
        """A series in two replicas which share its amount."""
        for n, share in enumerate(_SHARES, start=1):
            one = Stream(metric, {**labels, REPLICA: str(n)}, matchers, amount, counter, part)
            yield one.scaled(share)

    def labels(self, *selectors: Selector) -> tuple[dict[str, str], tuple[Matcher, ...]]:
        matchers = tuple(dict.fromkeys(m for selector in selectors for m in scoped(self.bound, selector)))
        return matching(self.bound, self.given, matchers), matchers

    def gauge(self, selector: Selector, aggregate: str, shown: Amount, outer: float, inner: float) -> Iterator[Stream]:
        """A gauge, and beside it one which the aggregate must leave out (`outer` for max, `inner` for min) or add."""
        labels, matchers = self.labels(selector)
        first = Stream(selector.metric, {**labels, REPLICA: "1"}, matchers, shown)
        second = {**labels, REPLICA: "2"}
        if aggregate == "sum":
            yield first.scaled(0.5)
            yield first.relabelled(second).scaled(0.5)
        elif aggregate == "avg":
            spread = abs(inner - outer)
            yield Stream(selector.metric, first.labels, matchers, lambda m, t: shown(m, t) - spread)
            yield Stream(selector.metric, second, matchers, lambda m, t: shown(m, t) + spread)
        else:
            beside = outer if aggregate == "max" else inner
            yield first
            yield Stream(selector.metric, second, matchers, lambda _m, _t: beside)

    def rest(self, spec: Ratio, labels: Mapping[str, str]) -> list[dict[str, str]]:
        """Label sets of the whole that are not in the part: for each matcher of the part one that fails only it."""
        own = [m for m in spec.ratio.of.matchers if m not in spec.ratio.to.matchers]
        if not own:
            raise NoSamples(f"{spec.ratio.of} is all of {spec.ratio.to}")
        everything = (*scoped(self.bound, spec.ratio.to), *own)
        return [failing(self.bound, labels, m, everything) for m in own]


def _spread(levels: Levels) -> float:
    return abs(levels.limit) * 0.5 or 1.0


def _value(make: _Maker, spec: Value) -> Iterator[Stream]:
    low, high = sorted((make.levels.good, make.levels.bad))
    spread = _spread(make.levels)
    yield from make.gauge(spec.value, spec.aggregate, lambda m, _: m.level, low - spread, high + spread)


def _age(make: _Maker, spec: Age) -> Iterator[Stream]:
    """Timestamps that lie so many seconds back at every step; beside them older ones (max) or younger ones (min)."""
    labels, matchers = make.labels(spec.age)
    older = _spread(make.levels) if spec.aggregate == "max" else -_spread(make.levels)
    for n, more in (("1", 0.0), ("2", older)):
        yield Stream(spec.age.metric, {**labels, REPLICA: n}, matchers, _back(more))


def _back(more: float) -> Amount:
    return lambda moment, seconds: seconds - moment.level - more


def _flow(selector: Selector, per_level: float, make: _Maker) -> Iterator[Stream]:
    labels, matchers = make.labels(selector)
    yield from make.both(selector.metric, labels, matchers, lambda m, _: m.level * m.weight * per_level, counter=True)


def _rate(make: _Maker, spec: Rate) -> Iterator[Stream]:
    yield from _flow(spec.rate, make.seconds, make)


def _increase(make: _Maker, spec: Increase) -> Iterator[Stream]:
    yield from _flow(spec.increase, make.seconds / make.bound.window.seconds, make)


def _ratio(make: _Maker, spec: Ratio) -> Iterator[Stream]:
    counter = declared(make.bound, spec.ratio.to).type != "gauge"
    whole = make.events if counter else _WHOLE

    def part(moment: Moment, _: float) -> float:
        return whole * moment.weight * (1 - moment.level if spec.complement else moment.level)

    if spec.ratio.of.metric != spec.ratio.to.metric:
        labels, matchers = make.labels(spec.ratio.to)
        yield from make.both(
            spec.ratio.to.metric, labels, matchers, lambda m, _: 0.0 if m.hollow else whole * m.weight, counter=counter
        )
        labels, matchers = make.labels(spec.ratio.of)
        yield from make.both(spec.ratio.of.metric, labels, matchers, part, counter=counter, part=True)
        return
    labels, _ = make.labels(spec.ratio.to, spec.ratio.of)
    gates = scoped(make.bound, spec.ratio.to)
    yield from make.both(spec.ratio.of.metric, labels, gates, part, counter=counter, part=True)
    others = make.rest(spec, labels)
    for other in others:
        yield from make.both(
            spec.ratio.to.metric,
            other,
            gates,
            lambda m, t: (whole * m.weight - part(m, t)) / len(others),
            counter=counter,
        )


def _histogram(make: _Maker, of: Selector, below: Mapping[str, Callable[[float], float]]) -> Iterator[Stream]:
    """The buckets that matter, cumulative: for each bound the share of observations at or below it, by level."""
    labels, matchers = make.labels(of)
    everything: Callable[[float], float] = lambda _: 1.0  # noqa: E731
    series = [
        (f"{of.metric}_bucket", {**labels, "le": bound}, share)
        for bound, share in (*below.items(), ("+Inf", everything))
    ]
    for metric, named, share in (*series, (f"{of.metric}_count", labels, everything)):
        for replica, part in (("1", _fastest(share)), ("2", _slowest(share))):
            yield Stream(metric, {**named, REPLICA: replica}, matchers, _observations(make.events, part), counter=True)


def _fastest(share: Callable[[float], float]) -> Callable[[float], float]:
    """One replica has the fastest half of all observations, the other the rest: neither alone tells the quantile."""
    return lambda level: min(share(level), 0.5)


def _slowest(share: Callable[[float], float]) -> Callable[[float], float]:
    return lambda level: max(share(level) - 0.5, 0.0)


def _observations(events: float, share: Callable[[float], float]) -> Amount:
    return lambda moment, _: events * moment.weight * share(moment.level)


def _quantile(make: _Maker, spec: Quantile) -> Iterator[Stream]:
    """Observations in one bucket and beside it, such that the quantile, as Prometheus interpolates it, is the level."""
    buckets, q = declared(make.bound, spec.quantile.of).buckets, spec.quantile.q
    top = max(make.levels.good, make.levels.bad)
    if top > buckets[-1]:
        raise NoSamples(f"{top:g} is beyond the last bucket, {buckets[-1]:g}: the quantile never gets there")

    def cumulative(edge: float) -> Callable[[float], float]:
        def share(level: float) -> float:
            low, high = next((low, high) for low, high in pairwise((0.0, *buckets)) if low < level <= high)
            within = (level - low) / (high - low)
            under = (q - within) / (1 - within) if within <= q else 0.0
            upto = 1.0 if within <= q else q / within
            return 0.0 if edge < low else under if edge == low else upto

        return share

    around = _around(buckets, (make.levels.good, make.levels.bad))
    yield from _histogram(make, spec.quantile.of, {number(edge): cumulative(edge) for edge in around})


def _around(buckets: tuple[float, ...], values: tuple[float, ...]) -> tuple[float, ...]:
    """The bounds on either side of the values, and one more on each end: the others would only cost time."""
    at = [sum(edge < value for edge in buckets) for value in values]
    return buckets[max(min(at) - 2, 0) : max(at) + 2]


def _average(make: _Maker, spec: Average) -> Iterator[Stream]:
    labels, matchers = make.labels(spec.average)
    yield from make.both(
        f"{spec.average.metric}_sum", labels, matchers, lambda m, _: make.events * m.weight * m.level, counter=True
    )
    yield from make.both(
        f"{spec.average.metric}_count", labels, matchers, lambda m, _: make.events * m.weight, counter=True
    )


def _slower(make: _Maker, spec: Slower) -> Iterator[Stream]:
    buckets, over = declared(make.bound, spec.slower.of).buckets, spec.slower.over.value
    if over not in buckets:
        raise NoSamples(f"{over:g} is not a bucket of {spec.slower.of.metric}")
    shares = {number(edge): _within(edge >= over) for edge in _around(buckets, (over,))}
    yield from _histogram(make, spec.slower.of, shares)


def _within(fast: bool) -> Callable[[float], float]:
    """All good observations lie at or below the bound, half of them also below the buckets before it."""
    return lambda level: (1 - level) * (1.0 if fast else 0.5)


def _absence(make: _Maker, spec: Absence) -> Iterator[Stream]:
    labels, matchers = make.labels(spec.absence)
    counter = declared(make.bound, spec.absence).type == "counter"
    yield Stream(spec.absence.metric, {**labels, REPLICA: "1"}, matchers, lambda _m, _t: 1.0, counter)


_MAKERS: dict[type, Callable[[Any, Any], Iterator[Stream]]] = {
    Value: _value,
    Age: _age,
    Rate: _rate,
    Increase: _increase,
    Ratio: _ratio,
    Quantile: _quantile,
    Average: _average,
    Slower: _slower,
    Absence: _absence,
}
