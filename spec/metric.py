"""The metric contract: what a service exposes, with type, unit, help, and the values each label may take."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from spec.base import Model
from spec.scalars import LabelName, LabelValue, Line
from spec.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MetricType = Literal["counter", "gauge", "histogram", "info"]
MetricUnit = Literal["", "seconds", "bytes", "ratio", "celsius", "per second", "timestamp", "percent"]
Band = Annotated[tuple[float, float], Field(description="lowest and highest value")]
DEFAULT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Typical(Model):
    """What the metric does on an ordinary day. The simulator plays it; checks compare thresholds with it."""

    rate: float | None = Field(None, ge=0, description="counter, histogram: events a second, all label values together")
    median: float | None = Field(
        None, gt=0, description="histogram: the value that half of the observations stay under"
    )
    between: Band | None = Field(None, description="gauge: the band every series stays in")
    by: LabelName | None = Field(None, description="gauge: the label whose values have bands of their own")
    bands: dict[LabelValue, Band] = Field(
        default_factory=dict, description="gauge: a band for each value of the label `by`"
    )


class Metric(Model):
    """One metric of a contract."""

    type: MetricType
    help: Line = Field(description="what it counts or measures, as the target's HELP line says it")
    unit: MetricUnit = ""
    labels: dict[LabelName, tuple[LabelValue, ...]] = Field(
        default_factory=dict, description="each label with the values it may take"
    )
    buckets: tuple[float, ...] = Field(DEFAULT_BUCKETS, description="histogram: upper bounds, ascending, without +Inf")
    range: Band | None = Field(None, description="gauge: the lowest and highest value it can take at all")
    typical: Typical = Typical()
    shares: dict[LabelName, dict[LabelValue, float]] = Field(
        default_factory=dict, description="how the typical rate is split over a label's values (equal when not given)"
    )
    business: bool = Field(False, description="a figure the business asks for, shown on the business dashboard")
    topic: Topic | None = Field(None, description="the page that shows it; by default its name tells")

    @model_validator(mode="after")
    def _consistent(self) -> Metric:
        if self.type == "histogram" and list(self.buckets) != sorted(set(self.buckets)):
            raise ValueError("buckets must ascend, each value once")
        return self

    @property
    def combinations(self) -> int:
        """How many label sets one target exposes."""
        return prod(len(values) for values in self.labels.values())

    @property
    def series(self) -> int:
        """How many time series one target exposes: a histogram has a bucket each, +Inf, sum and count."""
        return self.combinations * (len(self.buckets) + 3 if self.type == "histogram" else 1)

    def having(self, labels: Mapping[str, str]) -> int:
        """How many of the label sets of one target have these labels."""
        if not labels.keys() <= self.labels.keys():
            return 0
        return prod(
            values.count(labels[name]) if name in labels else len(values) for name, values in self.labels.items()
        )

    def label_sets(self) -> Iterator[dict[str, str]]:
        """Every combination of label values, in declared order."""
        for values in product(*self.labels.values()):
            yield dict(zip(self.labels, values, strict=True))


Contract = dict[str, Metric]
"""Metric name to metric."""
