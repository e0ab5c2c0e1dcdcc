"""Rendering anew only what an edit touches: a service's files are kept while all that they are made from is the same.

A service's files follow from its own part of the spec and from what the spec says of no service (`of_service` sees
nothing else), from its position, from what its dashboards are called, and from the program. The checksum of all of
these is kept in the stamp beside the files' marks: where either differs, the files are made again.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from generator import rule_files
from generator.artefact import Kept
from generator.stamp import Made, left
from generator.write import MANIFEST
from spec.load import rest_text
from spec.outline import digest, outline, tuning
from spec.yaml_tree import Map

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from generator.artefact import Artefact
    from spec.load import Loaded


class From(NamedTuple):
    """What a service's files are made from: a checksum of it all, the file of the spec it is in, and its outline."""

    inputs: str = ""
    file: str = ""
    outline: str = ""


def made_from(loaded: Loaded, titles: Mapping[str, str], positions: Mapping[str, int]) -> dict[str, From]:
    """Of each service with a position; `titles` are those of `dashboard_files.told_apart`."""
    common = sha256(repr((rest_text(loaded.tree), tuple(titles.items()))).encode())
    services = loaded.tree["services"]
    parts = services if isinstance(services, Map) else Map()
    found = {}
    for name, position in positions.items():
        part, copy, own = parts.get(name), loaded.copies.get(name), common.copy()
        file, seen, tuned = "", "", ""
        if copy:
            file, seen, tuned = copy.file, copy.outline, copy.tuning
        elif isinstance(part, Map):
            file, seen, tuned = parts.marks[name][0], outline(part), tuning(part)
        own.update(f"{position} {seen} {tuned}".encode())
        found[name] = From(own.hexdigest(), file, digest(seen) if seen else "")
    return found


class Ledger:
    """Takes kept files in place of those that would be made again, and notes which paths belong to which service."""

    def __init__(self, build: str, kept: Mapping[str, Made]) -> None:
        self.build = build
        self.kept = kept
        self.paths: dict[str, list[str]] = {}
        self.checksum = rule_files.Checksum()

    def through(self, parts: Iterable[tuple[str, Iterable[Artefact]]]) -> Iterator[Artefact | Kept]:
        """The artefacts of each service; of one whose files are kept, none is made."""
        return self.checksum.through(self._each(parts))

    def _each(self, parts: Iterable[tuple[str, Iterable[Artefact]]]) -> Iterator[Artefact | Kept]:
        for name, artefacts in parts:
            noted = self.paths.setdefault(name, [])
            made = self.kept.get(name)
            for artefact in _kept(made) if made else artefacts:
                noted.append(artefact.path)
                yield artefact

    def made(self, sources: Mapping[str, From]) -> dict[str, Made]:
        """What there is to remember of each service after the write, and of what is of none. Raises OSError."""
        files = {name: self._made(name, tuple(paths), sources.get(name, From())) for name, paths in self.paths.items()}
        return {**files, **{path: Made.listed(self.build, path) for path in (rule_files.HASH_FILE, MANIFEST)}}

    def _made(self, name: str, paths: tuple[str, ...], source: From) -> Made:
        kept = self.kept.get(name)
        return Made(
            source.inputs,
            paths,
            kept.left if kept else left(self.build, paths),
            self.checksum.joined(paths),
            source.file,
            source.outline,
        )


def _kept(made: Made) -> Iterator[Kept]:
    loaded = dict(rule_files.apart(made.paths, made.loaded))
    return (Kept(path, loaded.get(path, b"")) for path in made.paths)
