"""Services of one shape, such as those of many tenants: the files of most are filled in from those of the first.

Two services have one shape when their parts of the spec are the same text but for the digits in their names and titles.
Of each shape the first two services are rendered as any other. When the files of the second are, to the byte, those of
the first with the name, the title and the ports exchanged, the others are made by the same exchange; else none is.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from generator.artefact import Artefact
from generator.dashboard_files import told_apart
from generator.runtime import simulated_port
from spec.names import OWN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spec.stack import Stack, Watched

FEWEST = 3
"""How many services of a shape there must be before an exchange saves anything."""
_NAME = re.compile(r"[a-z][a-z_-]*[0-9]+[a-z0-9_-]*")
_TITLE = re.compile(r"[A-Za-z][A-Za-z ]*[A-Za-z0-9 ]*")


class Shape(NamedTuple):
    """What services must have in common to be alike, and the words in which one differs from the others."""

    key: str
    words: tuple[str, ...]


def shapes(stack: Stack, texts: Mapping[str, str]) -> dict[str, Shape]:
    """The shape of every service that has enough others like it; `texts` are those of `spec.load.texts`.

    One which the rest of the spec names is like no other, and so is one with a dashboard that is called otherwise.
    """
    rest, renamed = texts[""], " ".join(told_apart(stack))
    found = {
        service.name: Shape(_key(service, texts[service.name]), _words(stack, service))
        for service in stack.services
        if service.name != OWN_SERVICE and _plain(service) and service.name not in rest and service.name not in renamed
    }
    counts = Counter(shape.key for shape in found.values())
    return {name: shape for name, shape in found.items() if counts[shape.key] >= FEWEST}


def _plain(service: Watched) -> bool:
    """Whether name and title can stand in any file as they are, and are unlikely to stand there by accident."""
    return bool(_NAME.fullmatch(service.name) and _TITLE.fullmatch(service.spec.title))


def _key(service: Watched, text: str) -> str:
    """The service's part of the spec with marks in place of its title and its name, and what of these must be equal.

    A title that holds the name must hold it in all of them: what of a file is the one and what the other is not known.
    """
    title, name = service.spec.title, service.name
    held = title.replace(name, "\0name").replace(_shown(name), "\0shown")
    stems = (re.sub("[0-9]+", "0", held), re.sub("[0-9]", "0", name))
    return "\0".join((*stems, text.replace(title, "\0title").replace(name, "\0name")))


def _words(stack: Stack, service: Watched) -> tuple[str, ...]:
    ports = (simulated_port(stack, service.name, part.name) for part in service.parts)
    return (service.spec.title, service.name, _shown(service.name), *(f'"port": {port}' for port in ports))


def _shown(name: str) -> str:
    """The name as menus of dashboards show it."""
    return name.replace("-", " ").capitalize()


def filled(
    parts: Iterable[tuple[str, Iterable[Artefact]]], shapes: Mapping[str, Shape]
) -> Iterator[tuple[str, Iterable[Artefact]]]:
    """The same artefacts of each service, in the same order, each made when it is asked for."""
    first: dict[str, _Pattern] = {}
    for name, artefacts in parts:
        shape = shapes.get(name)
        yield name, artefacts if shape is None else _of_shape(shape, artefacts, first)


def _of_shape(shape: Shape, artefacts: Iterable[Artefact], first: dict[str, _Pattern]) -> Iterator[Artefact]:
    pattern = first.get(shape.key)
    if pattern is not None and pattern.proven:
        yield from pattern.fill(shape.words)
        return
    made = tuple(artefacts)
    if pattern is None:
        first[shape.key] = _Pattern(shape.words, made)
    elif pattern.proven is None:
        pattern.proven = tuple(pattern.fill(shape.words)) == made
    yield from made


class _Pattern:
    """The files of the first service of a shape, split where its words stand: every second piece is a word."""

    def __init__(self, words: tuple[str, ...], artefacts: Iterable[Artefact]) -> None:
        self.words = words
        self.proven: bool | None = None
        """Whether the second service's files were what was filled in for them; None before it is known."""
        longest_first = sorted(set(words), key=len, reverse=True)
        split = re.compile(f"({'|'.join(map(re.escape, longest_first))})".encode()).split
        self.files = [(split(path.encode()), split(content)) for path, content in artefacts]

    def fill(self, words: tuple[str, ...]) -> Iterator[Artefact]:
        """The files with other words in place of the first service's."""
        exchange = {own.encode(): other.encode() for own, other in zip(self.words, words, strict=True)}
        for path, content in self.files:
            yield Artefact(_exchanged(path, exchange).decode(), _exchanged(content, exchange))


def _exchanged(pieces: list[bytes], exchange: Mapping[bytes, bytes]) -> bytes:
    other = pieces.copy()
    other[1::2] = map(exchange.__getitem__, pieces[1::2])
    return b"".join(other)
