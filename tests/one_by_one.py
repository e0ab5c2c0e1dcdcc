"""Panels made one by one: each maker sees the words, and nothing is remembered of the panels before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.frame import NOWHERE, PLACED
from dashboards.modern import current
from dashboards.written import Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.modern import Json
    from dashboards.panel_words import Words


def told(make: Callable[..., Json], rest: dict[str, Any], words: Words) -> Form:
    """In place of `moulds._mould`: a panel by itself."""
    said = {
        name: word
        for name, word in words._asdict().items()
        if word not in (None, ()) and name not in ("columns", "limit")
    }
    if words.limit is not None:
        rest = {**rest, "thresholds": (rest["thresholds"][0]._replace(value=words.limit),)}
    links = iter(words.columns)
    if words.columns:
        columns = (column._replace(link=column.link and next(links)) for column in rest["columns"])
        rest = {**rest, "columns": tuple(columns)}
    if "query" in make.__annotations__:
        said["query"] = said.pop("queries")[0]
    return Form(current(make(**said, **rest) | {"gridPos": NOWHERE}), PLACED)


def none_left(*_: object) -> tuple[()]:
    """In place of `panel_words.said_by`: the words are in the panel already."""
    return ()
