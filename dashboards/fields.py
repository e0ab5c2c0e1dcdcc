"""Grafana's field configuration from our own values: units, thresholds, meanings, colours and columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypedDict

from dashboards import look
from spec.names import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.modern import Json
    from dashboards.parts import Column, Link, Meaning, Query, Threshold

TRANSPARENT = "transparent"
REF = re.compile("[A-Z]")
"""A column that holds the values of a query; the others hold labels."""

ABSENT = "–"  # noqa: RUF001 - a dash, as tables have it
"""In a cell whose line has no such label."""

LINE_HEADROOM = 1.05
NOT_A_NUMBER: Json = {"type": "special", "options": {"match": "nan", "result": {"text": "n/a"}}}
"""For NaN, which Prometheus answers for a share of nothing. Not for columns of a table: texts are no numbers either."""

WORST_FIRST = (*SEVERITIES, look.OBJECTIVE)


class Size(TypedDict, total=False):
    """In grid units; what is not given is the usual size of the kind."""

    width: int
    height: int


class Field(Size, total=False):
    """What every kind of panel that shows values understands.

    `unit` is one of the metric contract. `empty` is the text in place of values where an empty answer is right ("no
    alerts"); without it an empty panel is a fault, and the smoke test says so. `links` open on a click on a value.
    `interval` is the smallest step ("1m"), `time_from` a range of its own ("30d") instead of the dashboard's.
    `repeat` names a variable: one panel for each of its values.
    """

    unit: str
    decimals: int
    minimum: float
    maximum: float
    thresholds: tuple[Threshold, ...]
    meanings: tuple[Meaning, ...]
    empty: str
    links: tuple[Link, ...]
    interval: str
    time_from: str
    repeat: str


def defaults(field: Field) -> Json:
    """The part of the field configuration that holds for every value of a panel."""
    tree: Json = {
        "unit": look.grafana_unit(field.get("unit", "")),
        "color": {"mode": "thresholds"},
        "mappings": [*mappings(field.get("meanings", ())), NOT_A_NUMBER],
        "thresholds": steps(ranges(field.get("thresholds", ()))),
        "links": [link(entry) for entry in field.get("links", ())],
        "noValue": field.get("empty", ""),  # said either way: grafanalib's Stat has "none" when nothing is said
    }
    given = {"decimals": "decimals", "minimum": "min", "maximum": "max"}
    return tree | {key: value for name, key in given.items() if (value := field.get(name)) is not None}


def filled(field: Field) -> Json:
    """Meanings and thresholds in the colours of figures that are filled with them."""
    meanings = (
        entry._replace(colour=look.FILLED.get(entry.colour, entry.colour)) for entry in field.get("meanings", ())
    )
    bands = ((value, look.FILLED.get(colour, colour)) for value, colour in ranges(field.get("thresholds", ())))
    return {"mappings": [*mappings(tuple(meanings)), NOT_A_NUMBER], "thresholds": steps(tuple(bands))}


def bounded(field: Field) -> Field:
    """The same field with the bounds that its unit has by nature, for scales that must know them: 0, and 1 for a
    ratio."""
    top = {"ratio": 1.0, "percent": 100.0}.get(field.get("unit", ""))
    bounds: Field = {"minimum": 0.0} if top is None else {"minimum": 0.0, "maximum": top}
    return {**bounds, **field}


def steps(colours: tuple[tuple[float | None, str], ...]) -> Json:
    """Grafana's thresholds: each colour holds from its value upwards, the first one from below everything."""
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in colours]}


def ranges(thresholds: tuple[Threshold, ...]) -> tuple[tuple[float | None, str], ...]:
    """From where to where which colour holds: that of the worst threshold which a value in the range has passed."""
    edges = sorted({threshold.value for threshold in thresholds})
    bands = []
    for low, high in zip((None, *edges), (*edges, None), strict=True):
        passed = [
            threshold.severity
            for threshold in thresholds
            if (threshold.below and high is not None and high <= threshold.value)
            or (not threshold.below and low is not None and low >= threshold.value)
        ]
        worst = min(passed, key=WORST_FIRST.index, default="")
        bands.append((low, look.SEVERITY_COLOURS[worst] if worst else look.OK if edges else look.NEUTRAL))
    return tuple(band for position, band in enumerate(bands) if not position or band[1] != bands[position - 1][1])


def lines(thresholds: tuple[Threshold, ...]) -> tuple[tuple[float | None, str], ...]:
    """Thresholds as lines across a chart, each in its own colour whichever side of it is the bad one."""
    by_value = {entry.value: look.SEVERITY_COLOURS[entry.severity] for entry in sorted(thresholds, key=_mildest_first)}
    return ((None, TRANSPARENT), *sorted(by_value.items()))


def _mildest_first(threshold: Threshold) -> int:
    return -WORST_FIRST.index(threshold.severity)


def mappings(meanings: tuple[Meaning, ...]) -> list[Json]:
    """Texts and colours for values."""
    results = [
        ({"text": entry.text, "color": entry.colour, "index": position}, entry)
        for position, entry in enumerate(meanings)
    ]
    single = {_key(entry.value): result for result, entry in results if entry.upto is None}
    spans: list[Json] = [
        {"type": "range", "options": {"from": entry.value, "to": entry.upto, "result": result}}
        for result, entry in results
        if entry.upto is not None
    ]
    exact: list[Json] = [{"type": "value", "options": single}] if single else []
    return [*exact, *spans]


def _key(value: float | str) -> str:
    """The value as JavaScript writes it: a whole number has no decimals."""
    return f"{value:.15g}" if isinstance(value, int | float) else value


def link(entry: Link) -> Json:
    return {"title": entry.title, "url": entry.url, "targetBlank": entry.new_tab}


def coloured_series(colours: Mapping[str, str] | tuple[str, ...], queries: tuple[Query, ...]) -> list[Json]:
    """A colour for each named series; without names, and with several queries, one for each query.

    Grafana's own palette is left for the one case in which nothing is known: a single query with any number of series.
    """
    named = look.series_colours(colours) if isinstance(colours, tuple) else colours
    if named:
        return [_override("byName", name, _fixed(colour)) for name, colour in named.items()]
    if len(queries) == 1 and "{{" not in queries[0].legend:
        return [_override("byFrameRefID", queries[0].ref, _fixed(look.PALETTE[0]))]
    shades = look.series_colours(query.ref for query in queries) if len(queries) > 1 else {}
    many = {query.ref for query in queries if "{{" in query.legend}
    return [
        _override("byFrameRefID", ref, _fixed(colour, "shades" if ref in many else "fixed"))
        for ref, colour in shades.items()
    ]


def _fixed(colour: str, mode: str = "fixed") -> Json:
    return {"color": {"mode": mode, "fixedColor": colour}}


def picked(columns: tuple[Column, ...], queries: tuple[Query, ...]) -> list[Json]:
    """The transformations which leave a table's columns alone, named and in order, with one line for equal labels.

    Unwanted labels go first: they would keep lines apart (`__name__` differs between any two metrics).
    """
    names = {_field_name(entry.field, queries): entry.title for entry in columns}
    order = {name: position for position, name in enumerate(names)}
    merge: list[Json] = [{"id": "merge", "options": {}}] if len(queries) > 1 else []
    return [
        {"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
        *merge,
        {"id": "organize", "options": {"excludeByName": {}, "indexByName": order, "renameByName": names}},
    ]


def _field_name(field: str, queries: tuple[Query, ...]) -> str:
    """What Grafana calls the column: the value of query A is `Value` when A is alone, else `Value #A`."""
    if field not in {query.ref for query in queries}:
        return field
    return f"Value #{field}" if len(queries) > 1 else "Value"


def column(entry: Column) -> Json:
    """How one column of a table shows its values: in colour where a threshold is passed or a value means something."""
    properties: Json = {}
    if entry.unit:
        properties["unit"] = look.grafana_unit(entry.unit)
    if entry.decimals is not None:
        properties["decimals"] = entry.decimals
    if entry.meanings:
        properties["mappings"] = mappings(entry.meanings)
    if entry.thresholds:
        quiet = tuple(
            (value, TRANSPARENT if colour == look.OK else colour) for value, colour in ranges(entry.thresholds)
        )
        properties["thresholds"] = steps(quiet)
    if entry.thresholds or entry.meanings:
        properties["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    if entry.link:
        properties["links"] = [link(entry.link)]
    if not REF.fullmatch(entry.field):
        properties["noValue"] = ABSENT  # the panel's own text is for when there is no line at all
    if entry.width:
        properties["custom.width"] = entry.width
    return _override("byName", entry.title, properties)


def _override(matcher: str, options: str, properties: Json) -> Json:
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }
