"""The parts which a dashboard is put together from: small values that say what to ask and how to read the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from dashboards.look import NEUTRAL, VERMILION
from spec.alert_history import FIRED_TIMES
from spec.names import SERVICE

if TYPE_CHECKING:
    from dashboards.written import Form

RATE_INTERVAL = "$__rate_interval"
"""The window of `rate` in panels: Grafana makes it at least four scrapes long and no finer than the screen."""

INTERVAL = "$__interval"
"""The time between two points on the screen."""

RANGE = "$__range"
"""The whole time range on the screen, for totals."""

DatasourceName: TypeAlias = Literal["prometheus", "loki"]
"""Alertmanager is missing because Grafana cannot query it from panels: Prometheus' `ALERTS` series has the alerts."""


class Query(NamedTuple):
    """One question to a data source. `legend` names the series (`{{route}}`).

    `ref` is the letter others refer to it by, given in order when left out. `instant` is decided by the kind of panel
    unless said here: one value now for tables and gauges, the whole range for charts.
    """

    expr: str
    legend: str = ""
    ref: str = ""
    instant: bool | None = None
    format: Literal["time_series", "table", "heatmap"] = "time_series"
    datasource: DatasourceName = "prometheus"


class Threshold(NamedTuple):
    """A value where things get worse: above it, or `below` it. `severity` is an alert's or `objective`."""

    value: float
    severity: str
    below: bool = False


class Meaning(NamedTuple):
    """What a value means: its `text` and `colour` instead of the bare number. With `upto` it holds for a range, both
    ends in."""

    value: float | str
    text: str
    colour: str = NEUTRAL
    upto: float | None = None


class Link(NamedTuple):
    """A link that opens `url`; `drill_down` makes one to another dashboard."""

    title: str
    url: str
    new_tab: bool = False


class Column(NamedTuple):
    """A column of a table: a label's name, or the `ref` of the query whose value it shows."""

    field: str
    title: str
    unit: str = ""
    decimals: int | None = None
    thresholds: tuple[Threshold, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    link: Link | None = None
    width: int = 0


class Variable(NamedTuple):
    """A choice at the top of a dashboard. `label_values`, `choice` and `free_text` make them. `all_value` is what "All"
    stands for, where that is more than each of the values."""

    name: str
    label: str
    kind: Literal["query", "custom", "textbox"]
    query: str
    values: tuple[str, ...] = ()
    multi: bool = False
    every: bool = False
    default: str = ""
    hidden: bool = False
    all_value: str = ""


class Annotation(NamedTuple):
    """Marks on the time axis of every chart, where `expr` has a value; when `timed`, at the times that are its values
    (in milliseconds since 1970). `title` and `text` may name labels: `{{alertname}}`."""

    name: str
    expr: str
    title: str
    text: str = ""
    labels: tuple[str, ...] = ()
    colour: str = VERMILION
    step: str = "60s"
    timed: bool = False


class Panel(NamedTuple):
    """A panel without its place, in units of the 24-column grid. `form` is what others have too, `said` are its words
    in the order of the form's slots, behind its id and its place. An id of 0 comes from the title."""

    title: str
    width: int
    height: int
    form: Form
    said: tuple[object, ...]
    id: int = 0

    @property
    def kind(self) -> str:
        """Grafana's name of what it is."""
        return self.form.kind

    @property
    def model(self) -> dict[str, object]:
        """Its JSON, in no place yet."""
        return self.form.tree((self.id, self.form.model["gridPos"], *self.said))

    def sized(self, width: int = 0, height: int = 0) -> Panel:
        """The same panel in another size."""
        return Panel(self.title, width or self.width, height or self.height, self.form, self.said, self.id)


def drill_down(title: str, uid: str, *, keep: tuple[str, ...] = (SERVICE,), **values: str) -> Link:
    """A link to the dashboard `uid` that keeps the time range and the variables `keep`, and sets others from `values`.

    A value may come from what was clicked: `service="${__field.labels.service}"` in charts,
    `service="${__data.fields.service}"` in tables.
    """
    kept = [f"${{{name}:queryparam}}" for name in keep if name not in values]
    given = [f"var-{name}={value}" for name, value in values.items()]
    return Link(title, f"/d/{uid}?{'&'.join(['${__url_time_range}', *kept, *given])}")


def label_values(
    name: str, label: str, series: str, *, of: str = "", multi: bool = False, every: bool = False, default: str = ""
) -> Variable:
    """The values which the label `of` (by default `name`) has on `series`, a Prometheus selector. `every` adds
    "All"."""
    return Variable(
        name, label, "query", f"label_values({series}, {of or name})", multi=multi, every=every, default=default
    )


def choice(
    name: str, label: str, values: tuple[str, ...], *, multi: bool = False, every: bool = False, all_value: str = ""
) -> Variable:
    """One of these values, the first unless `every` value is meant. Commas inside of values are escaped."""
    query = ",".join(value.replace(",", r"\,") for value in values)
    default = "" if every else values[0]
    return Variable(
        name, label, "custom", query, values, multi=multi, every=every, default=default, all_value=all_value
    )


def free_text(name: str, label: str, default: str = "") -> Variable:
    """What the reader types, for instance to search in log lines."""
    return Variable(name, label, "textbox", default, default=default)


def instance_variable(series: str = "up", label: str = "Instance") -> Variable:
    """The standard choice of instances of the chosen service: all of them unless some are picked."""
    return label_values("instance", label, f'{series}{{{SERVICE}=~"$service"}}', multi=True, every=True)


def alert_annotation(matchers: str) -> Annotation:
    """When alerts began to fire, for charts: `matchers` narrows them, for instance `service="tug"`."""
    began = f"max_over_time({FIRED_TIMES}{{{matchers}}}[{INTERVAL}])"
    return Annotation("Alerts", began, "{{alertname}}", "{{severity}}", ("severity", SERVICE))
