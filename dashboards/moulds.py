"""Panels are made once for each shape: those which differ only in their words have all the rest in common.

A thousand services have seventy thousand panels, and few shapes of them. grafanalib makes the first panel of a shape,
`modern` makes it current, and the others are given their own words. A maker of panels never sees words, but marks in
their place: what it makes can follow from nothing but the shape.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, cast

from dashboards import fields, frame, look
from dashboards.modern import Json, current
from dashboards.parts import Link, Panel, Query
from dashboards.written import GRID, Cast, Form, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashboards.written import SlotPath

P = ParamSpec("P")

MARK = "?"
"""What a maker sees in place of every word."""

NAMES_LABELS = "{{"
"""In a legend that is another one for each series: what a chart looks like depends on whether there are several."""

MOST = 500
"""So many shapes are remembered: the panels of a stack may have little in common, and would fill the memory."""

NOWHERE: Json = {"h": 0, "w": 0, "x": 0, "y": 0}
_moulds: dict[tuple[object, ...], Form] = {}


class Words(NamedTuple):
    """What a panel says, and what two panels of one shape may have otherwise."""

    title: str
    description: str
    queries: tuple[Query, ...] | None
    links: tuple[Link, ...] = ()
    markdown: str | None = None
    columns: tuple[Link, ...] = ()
    """The links of a table's columns."""


def moulded(make: Callable[P, Json]) -> Callable[P, Panel]:
    """Makes panels of a maker of models, which gives what grafanalib does and is asked once for each shape.

    Raises ValueError for a panel without a description, and for one that asks nothing though its kind asks.
    """

    @wraps(make)
    def made(*_: P.args, **given: P.kwargs) -> Panel:
        rest = cast("dict[str, Any]", given)
        words, width, height = _words(rest), rest.pop("width", 0), rest.pop("height", 0)
        said(words.title, words.description)
        if words.queries == ():
            raise ValueError(f"panel {words.title!r} asks nothing")
        mould = _mould(make, rest, words)
        usual_width, usual_height = look.SIZES[str(mould.model["type"])]
        return Panel(words.title, width or usual_width, height or usual_height, _filled(mould, words))

    return made


def _words(given: dict[str, Any]) -> Words:
    """Takes the words away from the arguments of a maker."""
    queries = (given.pop("query"),) if "query" in given else given.pop("queries", None)
    links, markdown = given.pop("links", ()), given.pop("markdown", None)
    columns = tuple(column.link for column in given.get("columns", ()) if column.link)
    if columns:
        given["columns"] = tuple(
            column._replace(link=column.link and _mark(column.link)) for column in given["columns"]
        )
    return Words(given.pop("title"), given.pop("description"), queries, links, markdown, columns)


def forget() -> None:
    """Make the next panel of every shape anew."""
    _moulds.clear()


def count() -> int:
    """How many shapes are remembered."""
    return len(_moulds)


def said(title: str, description: str) -> str:
    """The description. Raises ValueError when there is none."""
    if not description.strip():
        raise ValueError(f"{title!r} needs a description: what it shows, and what to do about it")
    return description


def _mould(make: Callable[..., Json], rest: dict[str, Any], words: Words) -> Form:
    """What all panels of this shape have in common. `repr` tells 1, 1.0 and True apart, which are equal."""
    asked = [(_legend(q.legend), q.ref, q.instant, q.format, q.datasource) for q in words.queries or ()]
    shape = (make.__name__, repr(rest), not words.title, *asked, *[link.new_tab for link in words.links])
    found = _moulds.get(shape)
    if found is None:
        if len(_moulds) >= MOST:
            forget()
        model = current(make(**_marked(make, words), **rest) | {"gridPos": NOWHERE})
        found = _moulds[shape] = Form(model, tuple(_slots(model, words)))
    return found


def _marked(make: Callable[..., Json], words: Words) -> dict[str, Any]:
    """The words as a maker sees them: whether there are any, and whether a legend names labels."""
    marked: dict[str, Any] = {"title": words.title and MARK, "description": MARK}
    queries = tuple(query._replace(expr=MARK, legend=_legend(query.legend)) for query in words.queries or ())
    if queries and "query" in make.__annotations__:
        marked["query"] = queries[0]
    elif queries:
        marked["queries"] = queries
    if words.links:
        marked["links"] = tuple(map(_mark, words.links))
    if words.markdown is not None:
        marked["markdown"] = MARK
    return marked


def _mark(link: Link) -> Link:
    return Link(MARK, MARK, link.new_tab)


def _legend(legend: str) -> str:
    return NAMES_LABELS if NAMES_LABELS in legend else legend and MARK


def _slots(model: Json, words: Words) -> Iterator[SlotPath]:
    """Where the id, the place and the words of a panel are."""
    yield from (("id",), GRID, ("description",))
    if words.title:
        yield ("title",)
    for position in range(len(cast("list[Json]", model.get("targets", ())))):
        yield from (("targets", position, "expr"), ("targets", position, "legendFormat"))
    yield from _column_links(model) if words.columns else ()
    if words.links:
        yield ("fieldConfig", "defaults", "links")
    if words.links and "links" in model:
        yield ("links",)
    if words.markdown is not None:
        yield ("options", "content")


def _column_links(model: dict[str, Any]) -> Iterator[SlotPath]:
    """Where the links of a table's columns are."""
    for position, override in enumerate(model["fieldConfig"]["overrides"]):
        for number, entry in enumerate(override["properties"]):
            if entry["id"] == "links":
                yield ("fieldConfig", "overrides", position, "properties", number, "value")


def _filled(mould: Form, words: Words) -> Json:
    """The panel of this shape that says these words."""
    panel, model = Cast(mould.model, mould), cast("dict[str, Any]", mould.model)
    panel["description"] = words.description
    if words.title:
        panel["title"] = words.title
    if "targets" in model:
        asked = zip(model["targets"], words.queries or (), strict=True)
        panel["targets"] = [_asking(target, query) for target, query in asked]
    if words.links:
        links = [fields.link(link) for link in words.links]
        panel["fieldConfig"] = replaced(model["fieldConfig"], ("defaults", "links"), links)
        if "links" in model:
            panel["links"] = [frame.link(link) for link in words.links]
    for path, column in zip(_column_links(model) if words.columns else (), words.columns, strict=True):
        panel["fieldConfig"] = replaced(panel["fieldConfig"], path[1:], [fields.link(column)])
    if words.markdown is not None:
        panel["options"] = {**model["options"], "content": words.markdown}
    return panel


def _asking(target: Json, query: Query) -> Json:
    return {**target, "expr": query.expr, "legendFormat": query.legend or target["legendFormat"]}
