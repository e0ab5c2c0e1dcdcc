"""Groups of panels that are the same everywhere but for words in their texts: made once, with marks for the words.

A service has such a group for each of its alerts. `moulds` spares making the panels; this spares saying what they say.
"""

from __future__ import annotations

import re
from functools import wraps
from typing import TYPE_CHECKING, Any

from dashboards.frame import PLACED
from dashboards.parts import Panel
from dashboards.written import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dashboards.modern import Json

USED = True
"""Whether they are: a test compares with panels that each say for themselves what they say."""

MARK = "\0{}\0"
_MARKED = re.compile(r"\x00(\d+)\x00")
_WRITTEN = re.compile(r"%%|%s|\\u0000(\d+)\\u0000")
"""In a form's template: places for values, and marks as JSON has them."""


class Stencil(Form):
    """The form of panels that have the same words within all their texts; their values are the words."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel.model, PLACED)

    def tree(self, values: Iterable[object]) -> Json:
        number, place, *words = values
        made: Json = _filled(super().tree((number, place)), words)
        return made

    def text(self, values: Sequence[str], indent: str = "") -> str:
        number, place, *words = values
        return super().text((number, place, *[word[1:-1] for word in words]), indent)

    def _template(self, indent: str) -> tuple[str, list[int]]:
        template, order = super()._template(indent)
        own, found = iter(order), list(_WRITTEN.finditer(template))
        places = [len(PLACED) + int(one[1]) if one[1] else next(own) for one in found if one[0] != "%%"]
        return _WRITTEN.sub(lambda one: "%%" if one[0] == "%%" else "%s", template), places


def _filled(tree: Any, words: Sequence[object]) -> Any:
    """The same data with the words in place of their marks."""
    if isinstance(tree, str):
        return _MARKED.sub(lambda mark: str(words[int(mark[1])]), tree)
    if isinstance(tree, dict):
        return {key: _filled(value, words) for key, value in tree.items()}
    return [_filled(value, words) for value in tree] if isinstance(tree, list) else tree


def _pattern(text: str) -> str:
    """A text with marks as one for `str.format`."""
    return _MARKED.sub(r"{\1}", text.replace("{", "{{").replace("}", "}}"))


def stencilled(make: Callable[..., tuple[Panel, ...]]) -> Callable[..., tuple[Panel, ...]]:
    """The same maker, which is asked once: it must do nothing with its words but put them into texts.

    Its words are given by position, and never empty.
    """
    stencils: list[tuple[str, int, int, Stencil]] = []

    @wraps(make)
    def made(*words: str) -> tuple[Panel, ...]:
        if not USED:
            return make(*words)
        if not stencils:
            panels = make(*map(MARK.format, range(len(words))))
            stencils.extend((_pattern(panel.title), panel.width, panel.height, Stencil(panel)) for panel in panels)
        return tuple(
            [Panel(title.format(*words), width, height, form, words) for title, width, height, form in stencils]
        )

    return made
