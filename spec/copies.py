"""Services that are not read, as they are like two that were: what they are from afar, and what the spec says of them.

All that is known of the first of the two, with the words of the second in place of its own, must be what is known of
the second. Then it is believed of the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from spec.alike import NAME, TITLE, NotAlikeError
from spec.exchange import Likeness, Words
from spec.outline import outline, outlined, tuning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.alike import Reading
    from spec.stack import Stack, Watched


class Copy(NamedTuple):
    """A service that was not read.

    `outline` and `tuning` are what `spec.outline` says of its part of the tree, `afar` is what it leaves of it.
    """

    file: str
    outline: str
    tuning: str
    afar: Watched


def copied(stack: Stack, said: Mapping[str, Any], services: Reading, positions: Mapping[str, int]) -> dict[str, Copy]:
    """Every service that was not read; `stack` and `said` have the others. Raises NotAlikeError."""
    shapes, firsts = services.shapes(), {}
    found = {}
    for name, file in services.copies.items():
        first, second = services.models(name)
        if first not in firsts:
            firsts[first] = _First(stack, said, first, shapes[first].words)
            firsts[first].prove(stack, said, second, shapes[second].words)
        found[name] = firsts[first].copy(file, shapes[name].words, positions[name])
    return found


class _First:
    """The first of a shape, from which the others are made."""

    def __init__(self, stack: Stack, said: Mapping[str, Any], name: str, words: tuple[str, ...]) -> None:
        self.words = Words(words)
        self.whole = Likeness(stack.by_name[name], self.words)
        self.afar = Likeness(outlined(stack).by_name[name], self.words)
        self.outline = Likeness(outline(said[name]), self.words)
        self.tuning = Likeness(tuning(said[name]), self.words)

    def prove(self, stack: Stack, said: Mapping[str, Any], name: str, words: tuple[str, ...]) -> None:
        """Raise NotAlikeError when a service is not what is made for its words."""
        whole = stack.by_name[name]
        named = whole.name == words[NAME] and whole.spec.title == words[TITLE]
        made = self.copy("", words, whole.position)
        same = made == Copy("", outline(said[name]), tuning(said[name]), outlined(stack).by_name[name])
        if not named or not same or replace(self.whole.with_words(words), position=whole.position) != whole:
            raise NotAlikeError

    def copy(self, file: str, words: tuple[str, ...], position: int) -> Copy:
        """The service with these words."""
        afar = replace(self.afar.with_words(words), position=position)
        return Copy(file, self.outline.with_words(words), self.tuning.with_words(words), afar)


def with_copies(afar: Stack, copies: Mapping[str, Copy]) -> Stack:
    """A stack of outlines with those of the copies in their places."""
    services = (*afar.services, *(copy.afar for copy in copies.values()))
    ordered = tuple(sorted(services, key=lambda service: service.position))
    own = {one.name: one.spec for one in ordered if one.origin[0] == "services"}
    return replace(afar, spec=afar.spec.model_copy(update={"services": own}), services=ordered)
