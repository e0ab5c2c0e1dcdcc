"""Makes of what grafanalib 0.7.1 emits the JSON that Grafana 9.4 to 13 takes as it is.

grafanalib speaks the dialect of Grafana 6 to 8: data sources by name, `refId` empty, nulls everywhere, options of
panels in places they have since left. What is written here follows the types of `@grafana/schema`, against which a
test checks it: only keys of today are let through, so that a key which Grafana would have to migrate cannot slip in.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json: TypeAlias = dict[str, object]

SCHEMA_VERSION = 37
"""The version of Grafana 9.4. Newer ones count further (42 in 13), with steps that find nothing to change here."""

PANEL_KEYS = (
    "id", "type", "title", "description", "transparent", "gridPos", "datasource", "targets", "fieldConfig", "options",
    "transformations", "links", "interval", "maxDataPoints", "timeFrom", "timeShift", "hideTimeOverride", "repeat",
    "repeatDirection", "maxPerRow",
)  # fmt: skip
ROW_KEYS = ("id", "type", "title", "collapsed", "gridPos", "repeat", "panels")
FIELD_KEYS = (
    "displayName", "unit", "decimals", "min", "max", "noValue", "color", "custom", "mappings", "thresholds", "links",
)  # fmt: skip
VARIABLE_KEYS = (
    "name", "label", "type", "datasource", "query", "regex", "refresh", "sort", "multi", "includeAll", "allValue",
    "current", "options", "hide",
)  # fmt: skip
DASHBOARD_KEYS = (
    "uid", "title", "description", "tags", "editable", "graphTooltip", "timezone", "time", "refresh", "schemaVersion",
    "version", "links", "templating", "annotations", "panels",
)  # fmt: skip
REMOVED_KINDS = frozenset({"graph", "singlestat", "table-old", "grafana-piechart-panel", "grafana-worldmap-panel"})
"""Angular panels: gone since Grafana 11."""

DEFAULT_MAX_DATA_POINTS = 100
"""What grafanalib writes when nobody asked: charts would have a hundred steps, whatever their width."""

SCALARS = frozenset({str, int, float, bool, type(None)})

MEANINGFUL_NULLS = frozenset({"value", "from", "to"})
"""The base of thresholds, and the open ends of a range of values: everywhere else a null means that nothing was
said."""


def modernise(dashboard: object) -> Json:
    """The dashboard as plain data of today's schema: a grafanalib object, or what its `to_json_data` gives.

    Raises ValueError for what cannot be made current: a panel type that was removed, a panel without a place, two
    queries or two panels with the same name for the machine.
    """
    tree = _open(dashboard)
    modern = {
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": bool(tree.get("editable", True)),
        "refresh": tree.get("refresh") or "",
        "links": _clean(tree.get("links")) or [],
        "templating": {"list": [_variable(_open(entry)) for entry in _list(_open(tree.get("templating")).get("list"))]},
        "annotations": _clean(_open(tree.get("annotations"))),
        "panels": numbered([current(panel) for panel in _list(tree.get("panels"))]),
    }
    plain = {key: _clean(tree.get(key)) for key in DASHBOARD_KEYS if key not in modern and tree.get(key) is not None}
    return _ordered(plain | modern, DASHBOARD_KEYS)


def current(panel: object) -> Json:
    """A panel or a row as plain data of today's schema; its id is 0 until it is `numbered`, unless it was given one."""
    tree = _open(panel)
    return _row(tree) if tree.get("type") == "row" else _panel(tree)


def _row(row: Json) -> Json:
    inside = [_panel(_open(panel)) for panel in _list(row.get("panels"))]
    own = row.get("id") or 0
    modern = {"id": own, "collapsed": bool(row.get("collapsed")), "gridPos": _place(row), "panels": inside}
    return _ordered(_present(row, ROW_KEYS) | modern, ROW_KEYS)


def _panel(panel: Json) -> Json:
    kind = str(panel.get("type"))
    if kind in REMOVED_KINDS:
        raise ValueError(f"panel {panel.get('title')!r}: the type {kind!r} was removed from Grafana")
    options, field = _open(_clean(panel.get("options"))), _open(_clean(panel.get("fieldConfig")))
    defaults = _open(field.get("defaults"))
    if kind in _MOVED:
        options, defaults = _MOVED[kind](options, defaults)
    modern = {
        "id": panel.get("id") or 0,
        "gridPos": _place(panel),
        "fieldConfig": {"defaults": _defaults(defaults), "overrides": _list(field.get("overrides"))},
        "options": _legend(options),
        **_asking(panel),
    }
    return _ordered(_present(panel, _plain_keys(panel)) | modern, PANEL_KEYS)


def _plain_keys(panel: Json) -> tuple[str, ...]:
    """The keys to take over as they are: not those which say nothing because of another's value."""
    unsaid = {"id", "gridPos", "fieldConfig", "options", "targets", "datasource"}
    if panel.get("maxDataPoints") == DEFAULT_MAX_DATA_POINTS:
        unsaid.add("maxDataPoints")
    if not panel.get("repeat"):
        unsaid.add("repeatDirection")
    return tuple(key for key in PANEL_KEYS if key not in unsaid)


def _asking(panel: Json) -> Json:
    """The queries of a panel, and its data source: of a panel that asks nothing neither."""
    targets = _list(panel.get("targets"))
    if not targets:
        return {}
    source = _source(panel.get("datasource") or _open(targets[0]).get("datasource"))
    return {"datasource": source, "targets": _targets(targets, source)}


def _defaults(defaults: Json) -> Json:
    thresholds = _open(defaults.get("thresholds"))
    steps = [_step(_open(step), position) for position, step in enumerate(_list(thresholds.get("steps")))]
    modern = {key: value for key, value in defaults.items() if key in FIELD_KEYS and value not in ("", [], {})}
    modern.pop("thresholds", None)
    if steps:
        modern["thresholds"] = {"mode": thresholds.get("mode", "absolute"), "steps": steps}
    return _ordered(modern, FIELD_KEYS)


def _step(step: Json, position: int) -> Json:
    """A threshold. The first one is the base, which holds below all others and has no value."""
    return {"color": step["color"], "value": None if position == 0 else step["value"]}


def _legend(options: Json) -> Json:
    legend = options.get("legend")
    if not isinstance(legend, dict) or "displayMode" not in legend:
        return options
    hidden = legend["displayMode"] == "hidden"
    return options | {
        "legend": {
            "calcs": [],
            **legend,
            "displayMode": "list" if hidden else legend["displayMode"],
            "showLegend": not hidden,
        }
    }


def _reduced_from_defaults(options: Json, defaults: Json) -> tuple[Json, Json]:
    """grafanalib keeps a gauge's reduction among the field's defaults."""
    reduce = {"calcs": defaults.get("calcs", ["lastNotNull"]), "fields": "", "values": bool(defaults.get("values"))}
    return {"reduceOptions": reduce} | options, defaults


def _reduced_from_field_options(options: Json, defaults: Json) -> tuple[Json, Json]:
    """grafanalib keeps a bar gauge's field configuration in `fieldOptions`, its place before Grafana 7."""
    old = _open(options.get("fieldOptions"))
    reduce = {"calcs": old.get("calcs", ["lastNotNull"]), "fields": "", "values": bool(old.get("values"))}
    kept = {
        key: value
        for key, value in options.items()
        if key not in ("fieldOptions", "showThresholdLabels", "showThresholdMarkers")
    }
    return {"reduceOptions": reduce} | kept, _open(old.get("defaults")) | defaults


def _cells(options: Json, defaults: Json) -> tuple[Json, Json]:
    """A cell's display mode became an object of its own."""
    custom = _open(defaults.get("custom"))
    mode = custom.get("displayMode", "auto")
    kept = {key: value for key, value in custom.items() if key != "displayMode"}
    return {"cellHeight": "sm", **options}, defaults | {
        "custom": {"cellOptions": {"type": mode}, "inspect": False, **kept}
    }


_MOVED: dict[str, Callable[[Json, Json], tuple[Json, Json]]] = {
    "gauge": _reduced_from_defaults,
    "bargauge": _reduced_from_field_options,
    "table": _cells,
}
"""What has moved since, by type of panel: from grafanalib's options and field defaults to today's."""


def _targets(targets: list[object], source: Json) -> list[Json]:
    given = [_open(target) for target in targets]
    refs = [str(target["refId"]) for target in given if target.get("refId")]
    if len(refs) != len(set(refs)):
        raise ValueError(f"two queries of a panel have the same ref: {', '.join(refs)}")
    letters = (ref for ref in _letters() if ref not in refs)
    return [_target(target, str(target.get("refId") or next(letters)), source) for target in given]


def _target(target: Json, ref: str, panel_source: Json) -> Json:
    source = _source(target["datasource"]) if target.get("datasource") else panel_source
    instant = bool(target.get("instant"))
    modern: Json = {"refId": ref, "datasource": source, "expr": target["expr"], "editorMode": "code"}
    if source["type"] == "loki":
        modern |= {"queryType": "instant" if instant else "range", "legendFormat": target.get("legendFormat") or ""}
    else:
        modern |= {"instant": instant, "range": not instant, "format": target.get("format") or "time_series"}
        modern["legendFormat"] = target.get("legendFormat") or "__auto"
    return modern


def _variable(variable: Json) -> Json:
    modern = _present(variable, VARIABLE_KEYS)
    current = _open(modern.get("current"))
    modern["current"] = {key: current[key] for key in ("text", "value") if current.get(key) is not None}
    if modern["type"] != "query":
        modern = {key: value for key, value in modern.items() if key not in ("datasource", "refresh", "sort", "regex")}
    elif modern.get("datasource"):
        modern["datasource"] = _source(modern["datasource"])
    return _ordered({"options": [], "hide": 0, **modern}, VARIABLE_KEYS)


def _source(source: object) -> Json:
    """A data source by type and uid; of a bare name, which is all that grafanalib asks for, both are that name."""
    if not source:
        raise ValueError("a query names no data source, neither itself nor its panel")
    return {"type": source, "uid": source} if isinstance(source, str) else _open(source)


def _place(panel: Json) -> Json:
    if not panel.get("gridPos"):
        raise ValueError(f"panel {panel.get('title')!r} has no place on the grid")
    return _ordered(_open(panel["gridPos"]), ("h", "w", "x", "y"))


def numbered(panels: list[Json]) -> list[Json]:
    """The panels, with an id put into each: rows, and panels inside of rows.

    They come from the titles, so that a link to a panel holds when another one is added above it. Of two equal titles
    the later one is numbered on. Raises ValueError for an id that was given twice.
    """
    taken: set[int] = set()
    for panel in panels:
        for each in (panel, *_list(panel.get("panels"))):
            tree = _open(each)
            tree["id"] = number(tree["id"], tree["type"], tree.get("title"), taken)
    return panels


def number(own: object, kind: object, title: object, taken: set[int]) -> int:
    """The id of a panel or a row beside those that are taken: its own, or one that comes from its kind and title."""
    if own in taken:
        raise ValueError(f"panel {title!r} has the id {own} of another one")
    free = own if isinstance(own, int) and own else 1 + crc32(f"{kind} {title}".encode()) % 999_983
    while free in taken:
        free += 1
    taken.add(free)
    return free


def _letters() -> Iterator[str]:
    """A … Z, A1 … Z1, and so on."""
    return (f"{letter}{round_ or ''}" for round_ in count() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _open(value: object) -> Json:
    """One level of grafanalib's objects as a mapping; a mapping stays what it is."""
    if isinstance(value, dict):
        return value
    return value.to_json_data() if hasattr(value, "to_json_data") else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _clean(value: object) -> object:
    """Everything below `value` as plain data, without the nulls that say nothing."""
    if type(value) in SCALARS:
        return value
    if isinstance(value, (list, tuple)):
        return [_clean(entry) for entry in value]
    return {
        key: entry if type(entry) in SCALARS else _clean(entry)
        for key, entry in _open(value).items()
        if entry is not None or key in MEANINGFUL_NULLS
    }


def _present(tree: Json, keys: tuple[str, ...]) -> Json:
    """Of `tree` what Grafana knows and what says something: an empty text, list or mapping, and `false`, do not."""
    return {key: _clean(tree[key]) for key in keys if tree.get(key)}


def _ordered(tree: Json, keys: tuple[str, ...]) -> Json:
    return {key: tree[key] for key in keys if key in tree}
