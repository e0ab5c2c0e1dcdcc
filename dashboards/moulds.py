"""Panels are made once for each shape: those which differ only in their words have all the rest in common.

A thousand services have seventy thousand panels, and few shapes of them. grafanalib makes the first panel of a shape,
`modern` makes it current, and the others are given their own words. A maker of panels never sees words, but marks in
their place: what it makes can follow from nothing but the shape. The value of an only threshold counts as a word.
"""

from __future__ import annotations

from functools import cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, cast

from dashboards import fields, frame, look
from dashboards.frame import NOWHERE, PLACED
from dashboards.modern import Json, current
from dashboards.parts import Link, Panel, Query, Threshold
from dashboards.written import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashboards.written import SlotPath

P = ParamSpec("P")

MARK = "?"
"""What a maker sees in place of every word."""

LIMIT = 0.7308
"""What a maker sees in place of the value of a panel's only threshold."""

TOLD_APART = frozenset({str, bool})
"""Types of values of which equal ones are the same."""

NAMES_LABELS = "{{"
"""In a legend that is another one for each series: what a chart looks like depends on whether there are several."""

AXIS_END: SlotPath = ("fieldConfig", "defaults", "custom", "axisSoftMax")

MOST = 500
"""So many shapes are remembered: the panels of a stack may have little in common, and would fill the memory."""

_moulds: dict[tuple[object, ...], Form] = {}
_spelt: dict[int, tuple[object, str]] = {}
"""The `repr` of what is given again and again, such as the meanings of states, by its `id`, which is its own while it
is kept."""


class Words(NamedTuple):
    """What a panel says, and what two panels of one shape may have otherwise."""

    title: str
    description: str
    queries: tuple[Query, ...] | None
    links: tuple[Link, ...] = ()
    markdown: str | None = None
    columns: tuple[Link, ...] = ()
    """The links of a table's columns."""

    limit: float | None = None
    """The value of its only threshold."""


def moulded(make: Callable[P, Json]) -> Callable[P, Panel]:
    """Makes panels of a maker of models, which gives what grafanalib does and is asked once for each shape.

    Raises ValueError for a panel without a description, and for one that asks nothing though its kind asks.
    """

    @wraps(make)
    def made(*_: P.args, **given: P.kwargs) -> Panel:
        rest = cast("dict[str, Any]", given)
        width, height = rest.pop("width", 0), rest.pop("height", 0)
        words = _words(rest)
        said(words.title, words.description)
        if words.queries == ():
            raise ValueError(f"panel {words.title!r} asks nothing")
        mould = _mould(make, rest, words)
        usual_width, usual_height = look.SIZES[mould.kind]
        return Panel(words.title, width or usual_width, height or usual_height, mould, _said(mould, words))

    return made


def _words(given: dict[str, Any]) -> Words:
    """Takes the words away from the arguments of a maker."""
    queries = (given.pop("query"),) if "query" in given else given.pop("queries", None)
    links, markdown = given.pop("links", ()), given.pop("markdown", None)
    columns: tuple[Link, ...] = ()
    if "columns" in given:
        columns = tuple(column.link for column in given["columns"] if column.link)
        given["columns"] = tuple(
            column._replace(link=column.link and _mark(column.link)) for column in given["columns"]
        )
    limit, thresholds = None, given.get("thresholds", ())
    if len(thresholds) == 1:
        limit, *rest = thresholds[0]
        given["thresholds"] = _at_mark(*rest)
    return Words(given.pop("title"), given.pop("description"), queries, links, markdown, columns, limit)


@cache
def _at_mark(severity: str, below: bool) -> tuple[Threshold]:
    return (Threshold(LIMIT, severity, below),)


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
    """What all panels of this shape have in common."""
    asked = [(_legend(query.legend), query[2:]) for query in words.queries or ()]
    given = [value if value.__class__ in TOLD_APART else (_spelling(value),) for value in rest.values()]
    shape = (make, tuple(rest), *given, not words.title, *asked, *[link.new_tab for link in words.links])
    found = _moulds.get(shape)
    if found is None:
        if len(_moulds) >= MOST:
            forget()
        model = current(make(**_marked(make, words), **rest) | {"gridPos": NOWHERE})
        found = _moulds[shape] = Form(model, (*PLACED, *_slots(model, words)))
    return found


def _spelling(value: object) -> str:
    """What tells 1, 1.0 and True apart, which are equal."""
    if not value:
        return repr(value)
    found = _spelt.get(id(value))
    if found is None:
        if len(_spelt) >= MOST:
            _spelt.clear()
        found = _spelt[id(value)] = (value, repr(value))
    return found[1]


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


def _slots(model: dict[str, Any], words: Words) -> Iterator[SlotPath]:
    """Where the words of a panel are, in the order in which `_said` gives them."""
    yield ("description",)
    if words.title:
        yield ("title",)
    for position in range(len(model.get("targets", ()))):
        yield from (("targets", position, "expr"), ("targets", position, "legendFormat"))
    yield from _column_links(model) if words.columns else ()
    if words.links:
        yield ("fieldConfig", "defaults", "links")
    if words.links and "links" in model:
        yield ("links",)
    if words.markdown is not None:
        yield ("options", "content")
    if words.limit is not None:
        yield from _limits(model)


def _column_links(model: dict[str, Any]) -> Iterator[SlotPath]:
    """Where the links of a table's columns are."""
    for position, override in enumerate(model["fieldConfig"]["overrides"]):
        for number, entry in enumerate(override["properties"]):
            if entry["id"] == "links":
                yield ("fieldConfig", "overrides", position, "properties", number, "value")


def _limits(model: dict[str, Any]) -> Iterator[SlotPath]:
    """Where the value of a threshold is: at a step, and at the end of an axis that reaches it."""
    defaults = model["fieldConfig"]["defaults"]
    for position, step in enumerate(defaults["thresholds"]["steps"]):
        if step["value"] == LIMIT:
            yield ("fieldConfig", "defaults", "thresholds", "steps", position, "value")
    if defaults.get("custom", {}).get("axisSoftMax") == LIMIT * fields.LINE_HEADROOM:
        yield AXIS_END


def _said(mould: Form, words: Words) -> tuple[object, ...]:
    """The words of a panel of this shape, in the order of the slots behind its id and its place."""
    model = cast("dict[str, Any]", mould.model)
    values: list[object] = [words.description]
    if words.title:
        values.append(words.title)
    for target, query in zip(model.get("targets", ()), words.queries or (), strict=True):
        values += (query.expr, query.legend or target["legendFormat"])
    values += [[fields.link(column)] for column in words.columns]
    if words.links:
        values.append([fields.link(link) for link in words.links])
    if words.links and "links" in model:
        values.append([frame.link(link) for link in words.links])
    if words.markdown is not None:
        values.append(words.markdown)
    if words.limit is not None:
        ends = mould.slots[-1] == AXIS_END
        values += [words.limit, words.limit * fields.LINE_HEADROOM] if ends else [words.limit]
    return tuple(values)
