"""Panels of a metric as the contract declares it: counters by rate, histograms by quantiles, gauges as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dashboards import panels
from dashboards.indicator_panels import FEW_SERIES
from dashboards.pace import PACES, pace
from dashboards.parts import RANGE, RATE_INTERVAL, Column, Query
from dashboards.shades import shades
from spec.names import SERVICE
from spec.records import total_record
from spec.selector import Selector

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashboards.indicator_panels import Kind
    from dashboards.parts import Panel
    from spec.metric import Metric
    from spec.stack import Part

LEVELS = ("seconds", "ratio", "celsius", "percent", "timestamp", "per second")
"""Units of which several series have no sum: the highest one is shown."""

QUANTILES = (0.5, 0.95, 0.99)
BAR = "5m"
"""The shortest time that a bar stands for."""


@dataclass(frozen=True)
class Measured:
    """A metric of a part, with a series for each value of the labels `split`."""

    name: str
    metric: Metric
    part: Part
    split: tuple[str, ...]
    title: str
    recorded_every: float = 0.0
    """Seconds between the records of its totals; 0 where there are none."""

    @cached_property
    def by(self) -> str:
        return ", ".join((SERVICE, *self.split))

    @property
    def description(self) -> str:
        how = {"counter": "How fast `{}` grows.", "histogram": "From the histogram `{}`."}
        return f"{self.metric.help}\n\n{how.get(self.metric.type, 'The present value of `{}`.').format(self.name)}"

    @property
    def legend(self) -> str:
        return " ".join(f"{{{{{label}}}}}" for label in self.split) or self.title

    @property
    def series(self) -> int:
        count = 1
        for label in self.split:
            count *= len(self.metric.labels.get(label, ())) or 1
        return count

    @property
    def colours(self) -> Mapping[str, str]:
        return shades(self.metric.labels.get(self.split[0], ())) if len(self.split) == 1 else {}

    @property
    def unit(self) -> str:
        """Counters are shown by the second, timestamps by their age."""
        own = self.metric.unit
        if self.metric.type == "counter":
            return "bytes/s" if own == "bytes" else "requests/s" if self._is_requests else self._pace[1]
        return "seconds" if own == "timestamp" else own

    @property
    def _is_requests(self) -> bool:
        return "request" in self.name and self._pace[0] == 1

    @cached_property
    def _pace(self) -> tuple[int, str]:
        """Rare events are shown by the minute or the hour."""
        return PACES[0] if self.metric.unit == "bytes" else pace(self.metric, None)

    @property
    def value(self) -> str:
        """The present value, or the rate."""
        series = self.select()
        if self.metric.type == "counter":
            rate = f"sum by ({self.by}) (rate({series}[{RATE_INTERVAL}]))"
            return rate if self._pace[0] == 1 else f"{self._pace[0]} * {rate}"
        if self.metric.type == "histogram":
            return self.quantile(0.95)
        if self.metric.unit == "timestamp":
            return f"time() - max by ({self.by}) ({series})"
        return f"{'max' if self.metric.unit in LEVELS else 'sum'} by ({self.by}) ({series})"

    def select(self, suffix: str = "") -> Selector:
        """Its series, with the suffix of a histogram's parts."""
        return Selector(f"{self.name}{suffix}").where(self.part.matchers)

    def quantile(self, q: float) -> str:
        rates = f"sum by ({self.by}, le) (rate({self.select('_bucket')}[{RATE_INTERVAL}]))"
        return f"histogram_quantile({q:g}, {rates})"


def metric_panel(measured: Measured, kind: Kind | None = None) -> Panel:
    """The metric in the kind of panel asked for; by default a chart."""
    if kind == "heatmap" and measured.metric.type == "histogram":
        return heatmap(measured)
    return _KINDS[kind or "timeseries"](measured)


def heatmap(measured: Measured) -> Panel:
    """How many observations fell where."""
    query = f"round(sum by (le) (increase({measured.select('_bucket')}[{RATE_INTERVAL}])), 0.01)"
    return panels.heatmap(
        title=measured.title,
        description=f"{measured.description} Each column shows how many observations fell into which bucket.",
        query=Query(query),
        unit=measured.metric.unit,
    )


def _chart(measured: Measured) -> Panel:
    queries: tuple[Query, ...] = (Query(measured.value, measured.legend),)
    if measured.metric.type == "histogram" and not measured.split:
        queries = tuple(Query(measured.quantile(q), f"{q * 100:g} %") for q in QUANTILES)
    many = measured.series > FEW_SERIES
    return panels.timeseries(
        title=measured.title,
        description=measured.description,
        queries=queries,
        legend="table" if many else "list" if measured.split or len(queries) > 1 else "hidden",
        legend_side="right" if many else "bottom",
        calcs=("lastNotNull", "max") if many else (),
        colours=measured.colours,
        unit=measured.unit,
        from_zero=measured.unit != "bytes",
    )


def _bars(measured: Measured) -> Panel:
    """What a counter counted, over time; present values side by side."""
    if measured.metric.type != "counter":
        return panels.bar_gauge(
            title=measured.title,
            description=measured.description,
            queries=(Query(measured.value, measured.legend),),
            unit=measured.unit,
        )
    return panels.timeseries(
        title=measured.title,
        description=f"{measured.metric.help}\n\nHow many were counted in `{measured.name}` in the time of each bar.",
        queries=(Query(f"sum by ({measured.by}) (increase({measured.select()}[{RATE_INTERVAL}]))", measured.legend),),
        draw="bars",
        stack="normal",
        interval=BAR,
        colours=measured.colours,
        unit="bytes" if measured.metric.unit == "bytes" else "",
        decimals=0,
    )


def _figure(measured: Measured) -> Panel:
    return panels.stat(
        title=measured.title,
        description=measured.description,
        queries=(Query(measured.value, measured.legend),),
        trend=True,
        names=bool(measured.split),
        unit=measured.unit,
    )


def _gauge(measured: Measured) -> Panel:
    if measured.unit not in ("ratio", "percent"):
        return _figure(measured)
    return panels.gauge(
        title=measured.title,
        description=measured.description,
        queries=(Query(measured.value, measured.legend),),
        unit=measured.unit,
    )


def _table(measured: Measured) -> Panel:
    """A line for each set of labels: what a counter counted in the range on the screen, or the present value."""
    counter = measured.metric.type == "counter"
    counted = f"sum by ({measured.by}) (increase({measured.select()}[{RANGE}]))"
    if measured.recorded_every:
        totals = f'{total_record(measured.name, measured.split)}{{service="{measured.part.service}"}}'
        counted = f"{measured.recorded_every:g} * sum_over_time({totals}[{RANGE}])"
    labels = tuple(Column(label, label.replace("_", " ").capitalize()) for label in measured.split)
    count = Column("A", "Count" if counter else "Value", "" if counter else measured.unit, 0 if counter else None)
    columns = labels if measured.metric.type == "info" and labels else (*labels, count)
    said = f"How many were counted in `{measured.name}` in the time on the screen." if counter else ""
    return panels.table(
        title=measured.title,
        description=f"{measured.metric.help}\n\n{said}".strip(),
        queries=(Query(counted if counter else measured.value),),
        columns=columns,
        sort_by=count.title if count in columns else "",
        descending=True,
        width=12,
    )


_KINDS: Mapping[str, Callable[[Measured], Panel]] = {
    "timeseries": _chart,
    "stat": _figure,
    "gauge": _gauge,
    "bars": _bars,
    "table": _table,
    "heatmap": _chart,
    "state": _chart,
}
