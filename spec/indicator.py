"""Indicators: what is measured. An alert is one beyond a threshold, an SLO is one with a goal, a panel shows one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from spec.base import Model, one_key
from spec.scalars import Duration, LabelName, Line, Quantity, seconds
from spec.selector import Selector

Aggregation = Literal["sum", "max", "min", "avg"]
DisplayUnit = Literal["", "seconds", "bytes", "ratio", "celsius", "per second", "percent", "timestamp"]


class Measure(Model):
    """What every indicator may say."""

    title: Line | None = Field(None, description="what a person calls it; panels and messages use it")
    help: Line | None = Field(None, description="what it means, and why anyone should care")
    unit: DisplayUnit | None = Field(None, description="unit of the value; taken from the metric when not given")
    by: tuple[LabelName, ...] = Field((), description="labels to keep; an alert fires once for each of their values")
    window: Duration | None = Field(
        None, description="length of the range; the default is defaults.window, at least four scrapes"
    )


class Value(Measure):
    """The present value of a gauge, over several series by `aggregate`."""

    value: Selector
    aggregate: Aggregation = "max"


class Rate(Measure):
    """How fast a counter grows, per second."""

    rate: Selector


class Increase(Measure):
    """How much a counter grows in the window."""

    increase: Selector


class Share(Model):
    """A part and its whole. Counters are compared by their rates, gauges by their values."""

    of: Selector = Field(description="the part")
    to: Selector = Field(description="the whole")


class Ratio(Measure):
    """A part of a whole, from 0 to 1. An empty whole gives no value; with counters, alerts wait for `traffic`."""

    ratio: Share
    complement: bool = Field(False, description="1 minus the ratio: what is used when the part is what is free")
    traffic: Quantity = Field(
        Quantity(0.0, "per second", "0/s"),
        description="counters: the least rate of the whole at which an alert may fire, such as 0.1/s or 6/m",
    )


class Quantiles(Model):
    """A quantile of a histogram."""

    of: Selector = Field(description="a histogram, named without _bucket")
    q: float = Field(0.95, gt=0, lt=1)


class Quantile(Measure):
    """The value that the share `q` of a histogram's observations stays under."""

    quantile: Quantiles
    traffic: Quantity = Quantity(0.0, "per second", "0/s")


class Average(Measure):
    """The mean of a histogram's observations in the window."""

    average: Selector
    traffic: Quantity = Quantity(0.0, "per second", "0/s")


class Slow(Model):
    """The share of a histogram's observations above a bound, which must be one of its buckets."""

    of: Selector
    over: Quantity


class Slower(Measure):
    """The share of observations above a bound: what a latency SLO is made of."""

    slower: Slow
    traffic: Quantity = Quantity(0.0, "per second", "0/s")


class Absence(Measure):
    """1 while no series matches; nothing otherwise."""

    absence: Selector


class Age(Measure):
    """How many seconds ago a timestamp lies: a heartbeat, the last backup, the end of a certificate (negative)."""

    age: Selector
    aggregate: Aggregation = "max"


class Ahead(Model):
    """Where a gauge will be, by a straight line through its past."""

    of: Selector
    ahead: Duration = Field(description="how far to look ahead, such as 4h or 7d")


class Forecast(Measure):
    """The predicted value of a gauge (`predict_linear`), the lowest (or by `aggregate`) of its series."""

    forecast: Ahead
    aggregate: Aggregation = "min"


class Band(Model):
    """How far a value may stray from what it was at the same hour of the days before."""

    of: Selector = Field(description="a counter (its rate is taken) or a gauge")
    deviations: float = Field(3, gt=0, description="width of the band in standard deviations")
    season: Duration = Field(seconds("1d"), description="the period that repeats")


class Anomaly(Measure):
    """How many standard deviations the value is away from its seasonal mean, without sign."""

    anomaly: Band


class GivenSample(Model):
    """A series of a test for free PromQL, in promtool's notation of values."""

    series: Line = Field(description='such as http_requests_total{code="500"}')
    values: Line = Field(description="such as 0+10x60 or 1x30 0x30")


class Samples(Model):
    """Series that make the expression take a value on the good and on the bad side of the alert."""

    good: tuple[GivenSample, ...] = ()
    bad: tuple[GivenSample, ...] = ()


class PromQL(Measure):
    """Any expression. It must keep the label `service`; tests of its alerts come from `samples`."""

    promql: Line
    samples: Samples = Samples()
    metrics: tuple[str, ...] = Field((), description="metrics it uses from other contracts than the service's own")


KINDS: tuple[tuple[str, type[Measure]], ...] = (
    ("value", Value),
    ("rate", Rate),
    ("increase", Increase),
    ("ratio", Ratio),
    ("quantile", Quantile),
    ("average", Average),
    ("slower", Slower),
    ("absence", Absence),
    ("age", Age),
    ("forecast", Forecast),
    ("anomaly", Anomaly),
    ("promql", PromQL),
)
KIND_NAMES = tuple(name for name, _ in KINDS)


def kind(indicator: Any) -> str | None:
    """The kind of an indicator, or of the mapping that spells one; None when it has no kind or several."""
    return one_key(indicator, KIND_NAMES)


Indicator = Annotated[
    Annotated[Value, Tag("value")]
    | Annotated[Rate, Tag("rate")]
    | Annotated[Increase, Tag("increase")]
    | Annotated[Ratio, Tag("ratio")]
    | Annotated[Quantile, Tag("quantile")]
    | Annotated[Average, Tag("average")]
    | Annotated[Slower, Tag("slower")]
    | Annotated[Absence, Tag("absence")]
    | Annotated[Age, Tag("age")]
    | Annotated[Forecast, Tag("forecast")]
    | Annotated[Anomaly, Tag("anomaly")]
    | Annotated[PromQL, Tag("promql")],
    Discriminator(
        kind,
        custom_error_type="indicator",
        custom_error_message=f"an indicator must have exactly one of {', '.join(KIND_NAMES)}",
    ),
]
