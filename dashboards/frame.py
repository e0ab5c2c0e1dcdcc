"""Around the panels: data sources, variables, annotations, links and rows, as Grafana has them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dashboards import look
from dashboards.parts import Link
from dashboards.written import Form
from spec.names import LOKI_UID, PROMETHEUS_UID

if TYPE_CHECKING:
    from dashboards.modern import Json
    from dashboards.parts import Annotation, DatasourceName, Variable
    from dashboards.written import SlotPath

DATASOURCES: dict[DatasourceName, Json] = {
    "prometheus": {"type": "prometheus", "uid": PROMETHEUS_UID},
    "loki": {"type": "loki", "uid": LOKI_UID},
}
MIXED: Json = {"type": "datasource", "uid": "-- Mixed --"}
BY_HAND: Json = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": look.SKY,
    "name": "Annotations & Alerts",
    "type": "dashboard",
}
"""What people mark by hand. Grafana adds this entry where it is missing."""

LABEL_VALUES = 1
"""Grafana's number of the kind of variable query which answers with the values of a label."""

ON_TIME_RANGE_CHANGE = 2
ALPHABETICALLY = 1
HIDDEN = 2
PLACED: tuple[SlotPath, ...] = (("id",), ("gridPos",))
"""Where the id of a row or a panel is, and its place."""

_GRID = '{"h": %d, "w": %d, "x": %d, "y": %d}'
NOWHERE: Json = {"h": 0, "w": 0, "x": 0, "y": 0}


@lru_cache(maxsize=1000)
def grid(height: int, width: int, x: int, y: int) -> str:
    """A place as JSON."""
    return _GRID % (height, width, x, y)


def variable(entry: Variable) -> Json:
    """A query asks again whenever the time range changes, so that what has gone by then is not offered."""
    chosen = ("All", "$__all") if entry.every else (entry.default, entry.default)
    common: Json = {
        "name": entry.name,
        "label": entry.label,
        "type": entry.kind,
        "query": entry.query,
        "multi": entry.multi,
        "includeAll": entry.every,
        "current": {"text": chosen[0], "value": chosen[1]} if chosen[0] or entry.kind == "textbox" else {},
        "hide": HIDDEN if entry.hidden else 0,
        **({"allValue": entry.all_value} if entry.all_value else {}),
    }
    if entry.kind == "query":
        query = {"query": entry.query, "refId": "PrometheusVariableQueryEditor-VariableQuery", "qryType": LABEL_VALUES}
        asking = {"datasource": DATASOURCES["prometheus"], "refresh": ON_TIME_RANGE_CHANGE, "sort": ALPHABETICALLY}
        return common | {"query": query, "options": []} | asking
    options = [_option("All", "$__all", selected=True)] if entry.every else []
    values = entry.values or (entry.default,)
    return common | {"options": [*options, *(_option(value, value, selected=value == chosen[1]) for value in values)]}


def _option(text: str, value: str, *, selected: bool) -> Json:
    return {"text": text, "value": value, "selected": selected}


def annotation(entry: Annotation) -> Json:
    """Grafana 9.4 reads `expr` and `step`, newer ones `target`; all read the texts where they are."""
    timed: Json = {"useValueForTime": True} if entry.timed else {}
    return timed | {
        "name": entry.name,
        "datasource": DATASOURCES["prometheus"],
        "enable": True,
        "hide": False,
        "iconColor": entry.colour,
        "expr": entry.expr,
        "step": entry.step,
        "target": {"refId": "Anno", "expr": entry.expr, "interval": entry.step},
        "titleFormat": entry.title,
        "textFormat": entry.text,
        "tagKeys": ",".join(entry.labels),
    }


def link(entry: Link) -> Json:
    """A link on top of a dashboard or of a panel without values. It keeps the time range and the variables."""
    return {
        "type": "link",
        "title": entry.title,
        "url": entry.url,
        "icon": "dashboard",
        "tags": [],
        "asDropdown": False,
        "keepTime": True,
        "includeVars": True,
        "targetBlank": entry.new_tab,
        "tooltip": "",
    }


def menu(tag: str) -> Json:
    """A menu of all dashboards with this tag."""
    shown = tag.replace("-", " ").capitalize()
    return link(Link(shown, "")) | {"type": "dashboards", "icon": "external link", "tags": [tag], "asDropdown": True}


@lru_cache(maxsize=100)
def row(collapsed: bool, repeat: str) -> Form:
    """The title of a section: an open one stands before its panels, a collapsed one holds them."""
    model: Json = {
        "id": 0,
        "type": "row",
        "title": "",
        "collapsed": collapsed,
        "gridPos": NOWHERE,
        **({"repeat": repeat} if repeat else {}),
        "panels": [],
    }
    return Form(model, (*PLACED, ("title",), ("panels",)))
