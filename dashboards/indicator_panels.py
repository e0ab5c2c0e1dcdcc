"""Panels of an indicator: one function a kind, all with the thresholds of the alerts that watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dashboards import panels
from dashboards.parts import Column, Query
from dashboards.shades import shades
from spec.indicator import Increase
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashboards.fields import Field
    from dashboards.parts import Link, Panel
    from dashboards.subject import Subject

FEW_SERIES = 8
"""More of them have their legend beside the chart, as a table that scrolls."""

HALF = 0.5
LONG_INCREASE = Duration.parse("6h")
"""Beyond this, an increase is a total to compare, and no course."""


def chart(
    subject: Subject, title: str = "", description: str = "", *, bars: bool = False, headroom: bool = False
) -> Panel:
    """The course of an indicator. The axis reaches the thresholds, unless they are small shares far above the rest."""
    many = subject.series > FEW_SERIES
    return panels.timeseries(
        title=title or subject.bound.title,
        description=description or subject.description,
        queries=(Query(subject.query, subject.legend),),
        draw="bars" if bars else "line",
        legend="table" if many else "list" if subject.spec.by else "hidden",
        legend_side="right" if many else "bottom",
        calcs=("lastNotNull", "max") if many else (),
        colours=_colours(subject),
        headroom=headroom or subject.unit != "ratio" or any(limit.value >= HALF for limit in subject.thresholds),
        unit=subject.unit,
        thresholds=subject.thresholds,
        meanings=subject.meanings,
        empty=subject.empty,
    )


def figure(subject: Subject, title: str = "", description: str = "", *links: Link) -> Panel:
    """The indicator's value now; of several series the sum or the worst one."""
    return panels.stat(
        title=title or subject.bound.title,
        description=description or subject.description,
        queries=(Query(subject.worst, title or subject.bound.title),),
        trend=not subject.is_state,
        **_counted(subject, links),
    )


def gauge(subject: Subject, title: str = "", description: str = "") -> Panel:
    """The indicator's value now on its scale; a state and a value without a scale are figures."""
    if subject.unit not in ("ratio", "percent"):
        return figure(subject, title, description)
    return panels.gauge(
        title=title or subject.bound.title,
        description=description or subject.description,
        queries=(Query(subject.worst, title or subject.bound.title),),
        unit=subject.unit,
        thresholds=subject.thresholds,
        empty=subject.empty,
    )


def bars(subject: Subject, title: str = "", description: str = "") -> Panel:
    """Totals of long windows and present values side by side; increases of short windows over time."""
    spec = subject.spec
    if isinstance(spec, Increase) and subject.bound.window < LONG_INCREASE:
        return chart(subject, title, description, bars=True)
    return panels.bar_gauge(
        title=title or subject.bound.title,
        description=description or subject.description,
        queries=(Query(subject.query, subject.legend),),
        **_counted(subject),
    )


def state(subject: Subject, title: str = "", description: str = "") -> Panel:
    """Which state each series was in over time."""
    if not subject.is_state:
        return chart(subject, title, description)
    return panels.state_timeline(
        title=title or subject.bound.title,
        description=description or subject.description,
        queries=(Query(subject.query, subject.legend),),
        meanings=subject.meanings,
        height=max(4, 2 + subject.series),
        empty=subject.empty,
    )


def table(subject: Subject, title: str = "", description: str = "") -> Panel:
    """The present values by the labels that are kept, the highest first."""
    labels = (*(Column(label, label.replace("_", " ").capitalize()) for label in subject.spec.by),)
    named = title or subject.bound.title
    shown = Column("A", "Value", subject.unit, None, subject.thresholds, subject.meanings)
    return panels.table(
        title=named,
        description=description or subject.description,
        queries=(Query(subject.query),),
        columns=(*labels, shown),
        sort_by="Value",
        descending=True,
        width=12,
        empty=subject.empty,
    )


Kind = Literal["timeseries", "stat", "gauge", "bars", "table", "heatmap", "state"]

_KINDS: Mapping[str, Callable[[Subject, str, str], Panel]] = {
    "timeseries": chart,
    "stat": figure,
    "gauge": gauge,
    "bars": bars,
    "table": table,
    "heatmap": chart,
    "state": state,
}


def indicator_panel(subject: Subject, kind: Kind | None = None, title: str = "", description: str = "") -> Panel:
    """The indicator in the kind of panel asked for; by default a state over time, or a chart."""
    return _KINDS[kind or ("state" if subject.is_state else "timeseries")](subject, title, description)


def _counted(subject: Subject, links: tuple[Link, ...] = ()) -> Field:
    """The field of a figure: what was counted has no decimals, although `increase` makes some."""
    field: Field = {
        "unit": subject.unit,
        "thresholds": subject.thresholds,
        "meanings": subject.meanings,
        "links": links,
        "empty": subject.empty,
    }
    return {**field, "decimals": 0} if isinstance(subject.spec, Increase) and not subject.unit else field


def _colours(subject: Subject) -> Mapping[str, str]:
    if len(subject.spec.by) != 1 or subject.metric is None:
        return {}
    return shades(subject.metric.labels.get(subject.spec.by[0], ()))
