"""What a panel says, apart from its shape: taken from the arguments of a maker, marked for it, and where it stands."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from dashboards import fields, frame
from dashboards.parts import Link, Query, Threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashboards.modern import Json
    from dashboards.written import Form, SlotPath

MARK = "?"
"""What a maker sees in place of every word."""

LIMIT = 0.7308
"""What a maker sees in place of the value of a panel's only threshold."""

NAMES_LABELS = "{{"
"""In a legend that is another one for each series: what a chart looks like depends on whether there are several."""

AXIS_END: SlotPath = ("fieldConfig", "defaults", "custom", "axisSoftMax")


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


def taken(given: dict[str, Any]) -> Words:
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


def marked(make: Callable[..., Json], words: Words) -> dict[str, Any]:
    """The words as a maker sees them: whether there are any, and whether a legend names labels."""
    seen: dict[str, Any] = {"title": words.title and MARK, "description": MARK}
    queries = tuple(query._replace(expr=MARK, legend=marked_legend(query.legend)) for query in words.queries or ())
    if queries and "query" in make.__annotations__:
        seen["query"] = queries[0]
    elif queries:
        seen["queries"] = queries
    if words.links:
        seen["links"] = tuple(map(_mark, words.links))
    if words.markdown is not None:
        seen["markdown"] = MARK
    return seen


def _mark(link: Link) -> Link:
    return Link(MARK, MARK, link.new_tab)


def marked_legend(legend: str) -> str:
    """A legend as a maker sees it."""
    return NAMES_LABELS if NAMES_LABELS in legend else legend and MARK


def slots(model: dict[str, Any], words: Words) -> Iterator[SlotPath]:
    """Where the words of a panel are, in the order in which `said_by` gives them."""
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


def said_by(mould: Form, words: Words) -> tuple[object, ...]:
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
