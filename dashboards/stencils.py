"""Groups of panels that are the same everywhere but for words in their texts: made once, with marks for the words.

A service has such a group for each of its alerts. `moulds` spares making the panels; this spares saying what they say.
"""

from __future__ import annotations

import re
from functools import wraps
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from dashboards.parts import Panel

if TYPE_CHECKING:
    from collections.abc import Callable

USED = True
"""Whether they are: a test compares with panels that each say for themselves what they say."""

MARK = "\0{}\0"
_MARKED = re.compile(r"\x00(\d+)\x00")


class Text(NamedTuple):
    """A text with places for words, and which word stands where; of one without places, the text alone."""

    template: str
    words: Callable[[tuple[str, ...]], object] | None

    def said(self, words: tuple[str, ...]) -> str:
        return self.template if self.words is None else self.template % self.words(words)


def stencilled(make: Callable[..., tuple[Panel, ...]]) -> Callable[..., tuple[Panel, ...]]:
    """The same maker, which is asked once: it must do nothing with its words but put them into texts.

    Its words are given by position, and never empty. Raises TypeError where it puts one into anything but a text.
    """
    stencils: list[tuple[Panel, Text, tuple[object, ...]]] = []

    @wraps(make)
    def made(*words: str) -> tuple[Panel, ...]:
        if not USED:
            return make(*words)
        if not stencils:
            stencils.extend(map(_stencil, make(*map(MARK.format, range(len(words))))))
        return tuple(
            Panel(
                title.said(words),
                panel.width,
                panel.height,
                panel.form,
                tuple([one.said(words) if one.__class__ is Text else one for one in said]),
            )
            for panel, title, said in stencils
        )

    return made


def _stencil(panel: Panel) -> tuple[Panel, Text, tuple[object, ...]]:
    return panel, _text(panel.title), tuple(_text(one) if isinstance(one, str) else _plain(one) for one in panel.said)


def _text(marked: str) -> Text:
    found = _MARKED.split(marked)
    places = tuple(map(int, found[1::2]))
    if not places:
        return Text(marked, None)
    return Text("%s".join(piece.replace("%", "%%") for piece in found[::2]), itemgetter(*places))


def _plain(value: object) -> object:
    if r"\x00" in repr(value):
        raise TypeError(f"a word stands in {value!r}, which is no text")
    return value
