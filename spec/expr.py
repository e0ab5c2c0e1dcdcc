"""The PromQL of an indicator. An expression keeps the label `service` and the labels the indicator keeps, no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spec.indicator import (
    Absence,
    Age,
    Anomaly,
    Average,
    Forecast,
    Increase,
    PromQL,
    Quantile,
    Rate,
    Ratio,
    Slower,
    Value,
)
from spec.lately import lately
from spec.names import SERVICE
from spec.records import record
from spec.scalars import Duration
from spec.selector import Matcher
from spec.stack import Bound, equal

if TYPE_CHECKING:
    from collections.abc import Callable

    from spec.indicator import Band
    from spec.selector import Selector

ANOMALY_PARTS = ("now", "seasonal_mean", "seasonal_stddev")
MILLION = 1e6
DERIVED_SUFFIXES = ("_bucket", "_sum", "_count")


@lately
def expr(bound: Bound, window: str = "", extra: tuple[Matcher, ...] = ()) -> str:
    """The indicator's value over `window` (its own when empty), read from series that also match `extra`."""
    return _EXPRESSIONS[type(bound.spec)](_Writer(bound, window or str(bound.window), extra), bound.spec)


@lately
def traffic(bound: Bound, window: str = "") -> str:
    """The rate of the events an indicator is made of, per second; empty for indicators which are not made of events."""
    write = _Writer(bound, window or str(bound.window), ())
    match bound.spec:
        case Ratio(ratio=share) if write.is_counter(share.to):
            return write.rate(share.to)
        case Quantile(quantile=args):
            return write.rate(args.of.named(f"{args.of.metric}_count"))
        case Average(average=of):
            return write.rate(of.named(f"{of.metric}_count"))
        case Slower(slower=slow):
            return write.rate(slow.of.named(f"{slow.of.metric}_count"))
        case _:
            return ""


def bad_events(bound: Bound, window: str) -> str:
    """The rate of bad events of a ratio of counters or a slower indicator: what an error budget is spent on."""
    write = _Writer(bound, window, ())
    match bound.spec:
        case Ratio(ratio=share, complement=False):
            return f"{write.rate(share.of)} or {write.rate(share.to)} * 0"
        case Ratio(ratio=share):
            return f"{write.rate(share.to)} - {write.rate(share.of)}"
        case Slower():
            return f"clamp_min({traffic(bound, window)} - {write.within(bound.spec)}, 0)"
        case other:
            raise TypeError(f"{type(other).__name__} has no events")


def good_time(bound: Bound, window: str) -> str:
    """The share of good time in a window, of an indicator which is 1 while all is well: of a gauge that is scraped each
    moment of it counts, so that a single scrape that failed is no more than what it is."""
    write = _Writer(bound, window, ())
    match bound.spec:
        case Value(value=of, aggregate=aggregate):
            return write.agg(aggregate, f"avg_over_time({write.select(of)}[{window}])")
        case _:
            return expr(bound)


def number(value: float) -> str:
    """A float as PromQL, without needless digits."""
    return f"{value:.10g}"


def bucket(bound: float) -> Matcher:
    """Matches a bucket as Prometheus 2 (le="1") and 3 (le="1.0") store it, from a million on as le="1e+06"."""
    text = number(bound)
    if bound >= MILLION:
        digits, exponent = f"{bound:.9e}".split("e+")
        return Matcher("le", "=~", f"{text}|{digits.rstrip('0').rstrip('.')}e[+]{exponent}")
    return Matcher("le", "=~", f"{text}|{text}.0") if re.fullmatch(r"\d+", text) else equal("le", text)


class _Writer:
    """Writes pieces of one indicator's expression."""

    def __init__(self, bound: Bound, window: str, extra: tuple[Matcher, ...]) -> None:
        self.bound = bound
        self.window = window
        self.extra = extra
        self.by = ", ".join(bound.labels)

    def select(self, selector: Selector) -> str:
        matchers = (*self.bound.part.matchers, *self.extra, *selector.matchers)
        return f"{selector.metric}{{{','.join(map(str, matchers))}}}" if matchers else selector.metric

    def agg(self, function: str, inner: str, *more: str) -> str:
        return f"{function} by ({', '.join((*self.bound.labels, *more))}) ({inner})"

    def rate(self, selector: Selector, *more: str) -> str:
        return self.agg("sum", f"rate({self.select(selector)}[{self.window}])", *more)

    def free(self, text: str) -> str:
        """`$scope` stands for the matchers of the part, `$window` for the window, `$by` for the labels to keep."""
        scope = ",".join(map(str, (*self.bound.part.matchers, *self.extra)))
        return text.replace("$scope", scope).replace("$window", self.window).replace("$by", self.by)

    def within(self, spec: Slower) -> str:
        of = spec.slower.of
        return self.rate(of.named(f"{of.metric}_bucket").where((bucket(spec.slower.over.value),)))

    def is_counter(self, selector: Selector) -> bool:
        """Whether the selector names a counter, or a histogram's sum or count, which grow alike."""
        metric = self.bound.part.metrics.get(selector.metric)
        if metric is not None:
            return metric.type == "counter"
        return selector.metric.endswith((*DERIVED_SUFFIXES, "_total"))


def _ratio(write: _Writer, spec: Ratio) -> str:
    of, to = spec.ratio.of, spec.ratio.to
    if write.is_counter(to):
        whole = write.rate(to)
        part = f"({write.rate(of)} or {whole} * 0)"
    else:
        whole = write.agg("sum", write.select(to))
        part = write.agg("sum", write.select(of))
    ratio = f"{part} / ({whole} > 0)"
    return f"1 - {ratio}" if spec.complement else ratio


def _anomaly(write: _Writer, spec: Anomaly) -> str:
    """Distance from the seasonal mean in standard deviations, both recorded (see `anomaly_records`).

    The deviation has a floor of 5 % of the mean, so that a value which never moves does not alarm at its first step.
    """
    now, mean, deviation = (record(write.bound, part) for part in ANOMALY_PARTS)
    own = "{" + ",".join(map(str, (equal(SERVICE, write.bound.part.service), *write.extra))) + "}"
    floor = f"0.05 * abs({mean}{own})"
    return f"abs({now}{own} - {mean}{own}) / ({deviation}{own} > {floor} or {floor} > 0)"


def anomaly_records(bound: Bound, band: Band) -> tuple[tuple[str, str], ...]:
    """Name and expression of the series an anomaly reads: the value now, and mean and deviation of the same hour.

    Mean and deviation are those of the hour around this time of day (or of the season) in up to three seasons before;
    seasons without data are left out.
    """
    write = _Writer(bound, str(bound.window), ())
    now, mean, deviation = (record(bound, part) for part in ANOMALY_PARTS)
    of = write.select(band.of)
    value = write.agg("sum", f"rate({of}[{write.window}])" if write.is_counter(band.of) else of)
    own = "{" + str(equal(SERVICE, bound.part.service)) + "}"
    hours = [f"{now}{own}[1h] offset {Duration(band.season.ms * n - 1_800_000)}" for n in (1, 2, 3)]

    def across(function: str) -> str:
        seasons = " or ".join(
            f'label_replace({function}({hour}), "season", "{n}", "", "")' for n, hour in enumerate(hours, start=1)
        )
        return f"avg by ({write.by}) ({seasons})"

    return (now, value), (mean, across("avg_over_time")), (deviation, f"sqrt({across('stdvar_over_time')})")


def _absence(write: _Writer, spec: Absence) -> str:
    service = equal(SERVICE, write.bound.part.service)
    matchers = tuple(m for m in write.bound.part.matchers if m != service)
    return f"sum by ({SERVICE}) (absent({spec.absence.where((service, *matchers))}))"


def _slower(write: _Writer, spec: Slower) -> str:
    of = spec.slower.of
    return f"1 - {write.within(spec)} / ({write.rate(of.named(f'{of.metric}_count'))} > 0)"


def _average(write: _Writer, spec: Average) -> str:
    of = spec.average
    return f"{write.rate(of.named(f'{of.metric}_sum'))} / ({write.rate(of.named(f'{of.metric}_count'))} > 0)"


def _quantile(write: _Writer, spec: Quantile) -> str:
    of = spec.quantile.of
    return f"histogram_quantile({number(spec.quantile.q)}, {write.rate(of.named(f'{of.metric}_bucket'), 'le')})"


_EXPRESSIONS: dict[type, Callable[[_Writer, Any], str]] = {
    Value: lambda write, spec: write.agg(spec.aggregate, write.select(spec.value)),
    Rate: lambda write, spec: write.rate(spec.rate),
    Increase: lambda write, spec: write.agg("sum", f"increase({write.select(spec.increase)}[{write.window}])"),
    Ratio: _ratio,
    Quantile: _quantile,
    Average: _average,
    Slower: _slower,
    Absence: _absence,
    Age: lambda write, spec: f"time() - {write.agg(spec.aggregate, write.select(spec.age))}",
    Forecast: lambda write, spec: write.agg(
        spec.aggregate,
        f"predict_linear({write.select(spec.forecast.of)}[{write.window}], {number(spec.forecast.ahead.seconds)})",
    ),
    Anomaly: _anomaly,
    PromQL: lambda write, spec: write.free(spec.promql),
}
