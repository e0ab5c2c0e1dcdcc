"""Services of one shape, such as those of many tenants: the files of most are filled in from those of the first.

Of each shape (`spec.alike`) the first two services are rendered as any other. When the files of the second are, to the
byte, those of the first with the name, the title and the ports exchanged, the others are made by the same exchange;
else none is.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from generator.artefact import Artefact
from generator.dashboard_files import told_apart
from generator.runtime import simulated_port
from spec.alike import FEWEST, Shape
from spec.load import rest_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spec.load import Loaded
    from spec.stack import Stack, Watched


def shapes(loaded: Loaded) -> dict[str, Shape]:
    """The shape of every service that has enough others like it, with all words that are exchanged in files.

    One which the rest of the spec names is like no other, and so is one with a dashboard that is called otherwise.
    """
    afar, rest, renamed = loaded.afar, rest_text(loaded.tree), " ".join(told_apart(loaded.afar))
    found = {
        service.name: Shape(loaded.shapes[service.name].key, _words(afar, service))
        for service in afar.services
        if service.name in loaded.shapes and service.name not in rest and service.name not in renamed
    }
    counts = Counter(shape.key for shape in found.values())
    return {name: shape for name, shape in found.items() if counts[shape.key] >= FEWEST}


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
    first: dict[bytes, _Pattern] = {}
    for name, artefacts in parts:
        shape = shapes.get(name)
        yield name, artefacts if shape is None else _of_shape(shape, artefacts, first)


def _of_shape(shape: Shape, artefacts: Iterable[Artefact], first: dict[bytes, _Pattern]) -> Iterator[Artefact]:
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
