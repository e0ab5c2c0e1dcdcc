"""Panels are made once for each shape: those which differ only in their words have all the rest in common.

A thousand services have seventy thousand panels, and few shapes of them. grafanalib makes the first panel of a shape,
`modern` makes it current, and the others are given their own words. A maker of panels never sees words, but marks in
their place: what it makes can follow from nothing but the shape. The value of an only threshold counts as a word.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, cast

from dashboards import look, panel_words
from dashboards.frame import NOWHERE, PLACED
from dashboards.modern import Json, current
from dashboards.panel_words import marked, marked_legend, slots, taken
from dashboards.parts import Panel
from dashboards.written import Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.panel_words import Words

P = ParamSpec("P")

TOLD_APART = frozenset({str, bool})
"""Types of values of which equal ones are the same."""

MOST = 500
"""So many shapes are remembered: the panels of a stack may have little in common, and would fill the memory."""

_moulds: dict[tuple[object, ...], Form] = {}
_spelt: dict[int, tuple[object, str]] = {}
"""The `repr` of what is given again and again, such as the meanings of states, by its `id`, which is its own while it
is kept."""


def moulded(make: Callable[P, Json]) -> Callable[P, Panel]:
    """Makes panels of a maker of models, which gives what grafanalib does and is asked once for each shape.

    Raises ValueError for a panel without a description, and for one that asks nothing though its kind asks.
    """

    @wraps(make)
    def made(*_: P.args, **given: P.kwargs) -> Panel:
        rest = cast("dict[str, Any]", given)
        width, height = rest.pop("width", 0), rest.pop("height", 0)
        words = taken(rest)
        said(words.title, words.description)
        if words.queries == ():
            raise ValueError(f"panel {words.title!r} asks nothing")
        mould = _mould(make, rest, words)
        usual_width, usual_height = look.SIZES[mould.kind]
        return Panel(
            words.title, width or usual_width, height or usual_height, mould, panel_words.said_by(mould, words)
        )

    return made


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
    asked = [(marked_legend(query.legend), query[2:]) for query in words.queries or ()]
    given = [value if value.__class__ in TOLD_APART else (_spelling(value),) for value in rest.values()]
    shape = (make, tuple(rest), *given, not words.title, *asked, *[link.new_tab for link in words.links])
    found = _moulds.get(shape)
    if found is None:
        if len(_moulds) >= MOST:
            forget()
        model = current(make(**marked(make, words), **rest) | {"gridPos": NOWHERE})
        found = _moulds[shape] = Form(model, (*PLACED, *slots(model, words)))
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
