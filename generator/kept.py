"""Rendering anew only what an edit touches: a service's files are kept while all that they are made from is the same.

A service's files follow from its own part of the spec and from what the spec says of no service (`render.of_service`
sees nothing else), from its position, from what its dashboards are called, and from the program. The checksum of all of
these is kept in the stamp beside the files' marks: where either differs, the files are made again.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from generator.artefact import Kept
from generator.dashboard_files import told_apart
from generator.render import sealed
from generator.stamp import Made, left

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from generator.artefact import Artefact
    from spec.stack import Stack


def inputs(stack: Stack, texts: Mapping[str, str]) -> dict[str, str]:
    """A checksum, for each service, of what its files are made from."""
    common = sha256(repr((texts[""], tuple(told_apart(stack).items()))).encode())
    found = {}
    for service in stack.services:
        own = common.copy()
        own.update(f"{service.position} {texts.get(service.name)}".encode())
        found[service.name] = own.hexdigest()
    return found


class Ledger:
    """Takes kept files in place of those that would be made again, and notes which paths belong to which service."""

    def __init__(self, build: str, kept: Mapping[str, Made]) -> None:
        self.build = build
        self.kept = kept
        self.paths: dict[str, list[str]] = {}

    def through(self, parts: Iterable[tuple[str, Iterable[Artefact]]]) -> Iterator[Artefact | Kept]:
        """The artefacts of each service; of one whose files are kept, none is made."""
        for artefact in sealed(self._each(parts)):
            yield artefact
        self.paths.setdefault("", []).append(artefact.path)

    def _each(self, parts: Iterable[tuple[str, Iterable[Artefact]]]) -> Iterator[Artefact | Kept]:
        for name, artefacts in parts:
            noted = self.paths.setdefault(name, [])
            made = self.kept.get(name)
            of_it = (Kept(path, self.build) for path in made.paths) if made else artefacts
            for artefact in of_it:
                noted.append(artefact.path)
                yield artefact

    def made(self, inputs: Mapping[str, str]) -> dict[str, Made]:
        """What there is to remember of each service after the write, and under an empty name of all the rest."""
        return {
            name: self.kept.get(name) or Made(inputs.get(name, ""), tuple(paths), left(self.build, paths))
            for name, paths in self.paths.items()
        }
