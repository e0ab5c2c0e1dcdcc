"""The house style: one function for each kind of panel, and the dashboard around them. Nothing else imports grafanalib.

Every panel says what it shows, in what unit and what an empty answer means. Stats, gauges, bar gauges and tables ask
for one value now, so that a series which has ended is not shown as if it were still there; charts ask for the range
on the screen.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_uppercase
from typing import TYPE_CHECKING, Literal, Unpack

from grafanalib import core

from dashboards import fields, frame, look
from dashboards.board import SLOTS, Around, Board
from dashboards.layout import Section, place
from dashboards.modern import Json, modernise, number
from dashboards.moulds import moulded, said
from dashboards.panel_words import MARK
from dashboards.parts import Annotation, Column, Link, Query, Variable
from dashboards.written import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashboards.fields import Field, Size
    from dashboards.layout import Band

UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
SHARED_CROSSHAIR = 1
SCALED = frozenset({core.GaugePanel, core.BarGauge})
"""The kinds for which grafanalib assumes a scale from 0 to 100 unless it is told otherwise."""

REDUCED: Json = {"calcs": ["lastNotNull"], "fields": "", "values": False}


@moulded
def stat(
    *,
    title: str, description: str, queries: tuple[Query, ...], trend: bool = False, names: bool = False,
    **field: Unpack[Field],
) -> Json:  # fmt: skip
    """One figure, filled with the colour of the threshold it has passed, or with its course behind it where there is
    none: a number on both is hard to read. `trend` asks for the course; `names` adds the legends."""
    coloured = bool(field.get("thresholds") or field.get("meanings"))
    options: Json = {
        "textMode": "value_and_name" if names else "value",
        "colorMode": "background" if coloured else "none",
        "graphMode": "area" if trend and not coloured else "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": REDUCED,
    }
    return _panel(
        core.Stat, title, description, queries, field, options=options, instant=not trend,
        defaults=fields.filled(field), points=look.POINTS if trend else 0,
    )  # fmt: skip


@moulded
def gauge(*, title: str, description: str, queries: tuple[Query, ...], **field: Unpack[Field]) -> Json:
    """One value between its smallest and its largest possible one, with the thresholds on the scale."""
    options: Json = {
        "orientation": "auto",
        "reduceOptions": REDUCED,
        "showThresholdLabels": False,
        "showThresholdMarkers": True,
    }
    return _panel(core.GaugePanel, title, description, queries, fields.bounded(field), options=options, instant=True)


@moulded
def bar_gauge(*, title: str, description: str, queries: tuple[Query, ...], **field: Unpack[Field]) -> Json:
    """Some values side by side as bars: the largest, the fullest, the slowest."""
    options: Json = {
        "displayMode": "basic",
        "orientation": "horizontal",
        "reduceOptions": REDUCED,
        "showUnfilled": True,
        "valueMode": "text",
        "minVizHeight": 16,
        "minVizWidth": 8,
        "text": {"titleSize": 13, "valueSize": 18},
    }
    own: Json = {} if field.get("thresholds") else {"color": {"mode": "fixed", "fixedColor": look.SKY}}
    return _panel(
        core.BarGauge, title, description, queries, fields.bounded(field), options=options, instant=True, defaults=own
    )


@moulded
def timeseries(
    *,
    title: str,
    description: str,
    queries: tuple[Query, ...],
    draw: Literal["line", "bars", "steps"] = "line",
    stack: Literal["none", "normal", "percent"] = "none",
    gaps: Literal["show", "join"] = "show",
    from_zero: bool = True,
    headroom: bool = True,
    log_scale: bool = False,
    axis: str = "",
    legend: Literal["list", "table", "hidden"] = "list",
    legend_side: Literal["bottom", "right"] = "bottom",
    calcs: tuple[str, ...] = (),
    colours: Mapping[str, str] | tuple[str, ...] = (),
    **field: Unpack[Field],
) -> Json:
    """The course of values. Thresholds are dashed lines, and the axis reaches them unless `headroom` is off.

    `gaps` are shown as such: a joined line would hide that nothing was measured. `colours` gives series their colour by
    legend, or names the series that can occur: they get the palette's colours in that order.
    """
    if field.get("empty"):  # Grafana writes that text at the ticks of an axis which the decimals leave out
        field.pop("decimals", None)
    options: Json = {
        "legend": {
            "displayMode": legend,
            "placement": legend_side,
            "calcs": list(calcs or (("mean", "max") if legend == "table" else ())),
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    thresholds = field.get("thresholds", ())
    custom: Json = {
        "drawStyle": "bars" if draw == "bars" else "line",
        "lineInterpolation": "stepAfter" if draw == "steps" else "linear",
        "lineWidth": 1,
        "fillOpacity": 60 if draw == "bars" else 25 if stack != "none" else 0 if _several(queries) else 8,
        "showPoints": "auto" if gaps == "show" else "never",
        "spanNulls": gaps == "join",
        "stacking": {"mode": stack, "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if thresholds else "off"},
        "scaleDistribution": {"type": "log", "log": 10} if log_scale else {"type": "linear"},
        "axisPlacement": "auto",
        "axisLabel": axis,
    }
    if from_zero and not log_scale:
        custom["axisSoftMin"] = 0
    if not headroom and field.get("unit") == "ratio":
        custom["axisSoftMax"] = look.SMALL_SHARE
    if thresholds and headroom:
        custom["axisSoftMax"] = max(threshold.value for threshold in thresholds) * fields.LINE_HEADROOM
    defaults = {
        "custom": custom,
        "color": {"mode": "palette-classic"},
        "thresholds": fields.steps(fields.lines(thresholds)),
    }
    asked = _referenced(queries)
    overrides = fields.coloured_series(colours, asked)
    return _panel(
        core.TimeSeries, title, description, asked, field, options=options, defaults=defaults, overrides=overrides,
        points=0 if draw == "bars" else look.POINTS,
    )  # fmt: skip


def _several(queries: tuple[Query, ...]) -> bool:
    """Whether there may be lines one above the other: the areas below them would mix into mud."""
    return len(queries) > 1 or any("{{" in query.legend for query in queries)


@moulded
def heatmap(*, title: str, description: str, query: Query, **field: Unpack[Field]) -> Json:
    """How many observations fell where, from a histogram: `query` gives the increase of each bucket, legend `{{le}}`.

    `unit` is that of the buckets' bounds.
    """
    unit = look.grafana_unit(field.get("unit", ""))
    options: Json = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": "short"},
        "color": {
            "mode": "scheme",
            "scheme": look.HEATMAP_SCHEME,
            "scale": "exponential",
            "exponent": 0.5,
            "steps": 64,
            "reverse": False,
            "fill": look.SKY,
        },
        "exemplars": {"color": look.VERMILION},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": unit},
    }
    bucketed = Query(query.expr, query.legend or "{{le}}", query.ref, False, "heatmap", query.datasource)
    return _panel(core.Heatmap, title, description, (bucketed,), field, options=options)


@moulded
def state_timeline(*, title: str, description: str, queries: tuple[Query, ...], **field: Unpack[Field]) -> Json:
    """Which state each thing was in, over time: `meanings` name the states and colour them."""
    options: Json = {
        "alignValue": "left",
        "mergeValues": True,
        "rowHeight": 0.85,
        "showValue": "auto",
        "legend": {"displayMode": "hidden", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    own: Json = {"custom": {"fillOpacity": 80, "lineWidth": 0}}
    if field.get("meanings"):  # by thresholds Grafana would merge and name the states by range: "-∞+"
        own["color"] = {"mode": "fixed", "fixedColor": look.NEUTRAL}
    return _panel(
        core.StateTimeline, title, description, queries, field, options=options, defaults=own, points=look.POINTS
    )


@moulded
def table(
    *,
    title: str,
    description: str,
    queries: tuple[Query, ...],
    columns: tuple[Column, ...],
    sort_by: str = "",
    descending: bool = False,
    **field: Unpack[Field],
) -> Json:
    """One line for each set of labels, with the `columns` in their order and nothing else; `sort_by` is a column's
    title.

    Several queries share a line where the labels in `columns` are the same.
    """
    asked = _referenced(queries)
    options: Json = {
        "showHeader": True,
        "cellHeight": "sm",
        "sortBy": [{"displayName": sort_by, "desc": descending}] if sort_by else [],
    }
    overrides = [override for column in columns if (override := fields.column(column))["properties"]]
    own: Json = {"mappings": fields.mappings(field.get("meanings", ()))}
    return _panel(
        core.Table, title, description, asked, field, options=options, defaults=own, overrides=overrides,
        instant=True, form="table", transformations=fields.picked(columns, asked),
    )  # fmt: skip


@moulded
def logs(*, title: str, description: str, query: Query, wrap: bool = False, **field: Unpack[Field]) -> Json:
    """Log lines, the newest first. `query` asks Loki."""
    options: Json = {
        "showTime": True,
        "showLabels": False,
        "showCommonLabels": False,
        "showLogContextToggle": False,
        "wrapLogMessage": wrap,
        "prettifyLogMessage": False,
        "enableLogDetails": True,
        "sortOrder": "Descending",
        "dedupStrategy": "none",
    }
    return _panel(core.Logs, title, description, (query,), field, options=options)


@moulded
def text(*, title: str, description: str, markdown: str, **_: Unpack[Size]) -> Json:
    """Words, in Markdown."""
    return dict(core.Text(title=title, description=description, content=markdown, mode="markdown").to_json_data())


def dashboard(
    *,
    title: str,
    uid: str,
    description: str,
    sections: tuple[Section, ...],
    tags: tuple[str, ...] = (),
    variables: tuple[Variable, ...] = (),
    links: tuple[Link, ...] = (),
    related: tuple[str, ...] = (),
    annotations: tuple[Annotation, ...] = (),
    refresh: str = "1m",
    time_from: str = "now-6h",
) -> Board:
    """A whole dashboard.

    `links` stand on top, and keep time range and variables; each tag in `related` adds a menu of the dashboards that
    have it. Raises ValueError for a uid which Grafana refuses, a panel without a description, and panels that do not
    fit.
    """
    if not UID.fullmatch(uid):
        raise ValueError(f"dashboard {title!r}: the uid {uid!r} is not 1 to 40 of the characters A-Z a-z 0-9 _ -")
    bands = place(sections)
    form, around = _form(variables, refresh, time_from), _around(links, related, annotations)
    return Board(form, title, uid, said(title, description), tags, around, bands, tuple(_ids(bands)))


@lru_cache(maxsize=10)
def _around(links: tuple[Link, ...], related: tuple[str, ...], annotations: tuple[Annotation, ...]) -> Around:
    """Links and menus on top, and marks on the time axis."""
    marks = [frame.BY_HAND, *map(frame.annotation, annotations)]
    return Around([*map(frame.link, links), *map(frame.menu, related)], {"list": marks})


def _ids(bands: tuple[Band, ...]) -> Iterator[int]:
    """The ids of all rows and panels, in their order. Raises ValueError for one that was given twice."""
    taken: set[int] = set()
    for section, _, places in bands:
        if section.title:
            yield number(0, "row", section.title, taken)
        for panel, _, _ in places:
            yield number(panel.id, panel.kind, panel.title or None, taken)


@lru_cache(maxsize=1000)
def _form(variables: tuple[Variable, ...], refresh: str, time_from: str) -> Form:
    """A dashboard without panels and without words, which most services have in common."""
    model = modernise(
        core.Dashboard(
            title=MARK,
            uid=MARK,
            description=MARK,
            templating=core.Templating([frame.variable(entry) for entry in variables]),
            refresh=refresh,
            time=core.Time(time_from, "now"),
            timezone="browser",
            graphTooltip=SHARED_CROSSHAIR,
        )
    )
    return Form(model | {"tags": [], "annotations": {}}, SLOTS)


def _panel(
    kind: type[core.Panel],
    title: str,
    description: str,
    queries: tuple[Query, ...],
    field: Field,
    *,
    options: Json,
    defaults: Json | None = None,
    overrides: list[Json] | None = None,
    instant: bool = False,
    form: str = "",
    transformations: list[Json] | None = None,
    points: int = 0,
) -> Json:
    """grafanalib's panel of this kind, with what it has no words for as `extraJson`."""
    asked = _referenced(queries)
    sources = [frame.DATASOURCES[query.datasource] for query in asked]
    extra: Json = {
        "fieldConfig": {"defaults": fields.defaults(field) | (defaults or {}), "overrides": overrides or []},
        "options": options,
    }
    if points:
        extra["maxDataPoints"] = points
    model = kind(
        title=title,
        description=description,
        dataSource=sources[0] if all(source == sources[0] for source in sources) else frame.MIXED,
        targets=[_target(query, instant, form) for query in asked],
        transformations=transformations or [],
        links=[frame.link(entry) for entry in field.get("links", ())] if kind is core.Logs else [],
        interval=field.get("interval"),
        timeFrom=field.get("time_from"),
        repeat=core.Repeat(direction="h", variable=field.get("repeat")),
        extraJson=extra,
        **({"min": field.get("minimum"), "max": field.get("maximum")} if kind in SCALED else {}),
    )
    return dict(model.to_json_data())


def _target(query: Query, instant: bool, form: str) -> core.Target:
    return core.Target(
        expr=query.expr,
        legendFormat=query.legend,
        refId=query.ref,
        format=form or query.format,
        instant=instant if query.instant is None else query.instant,
        datasource=frame.DATASOURCES[query.datasource],
    )


def _referenced(queries: tuple[Query, ...]) -> tuple[Query, ...]:
    """The queries with a ref each: the letters in order where none is given."""
    return tuple(query if query.ref else query._replace(ref=ascii_uppercase[n]) for n, query in enumerate(queries))
