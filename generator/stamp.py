"""The stamp of a render: it tells, without reading the spec, that rendering again would change nothing.

It holds what the spec was read from, what the command line asked for, which program rendered, and of each service what
its files were made from and how they were left: a file that anybody wrote to since has another time of change, which
cannot be set back. Where a part of it no longer holds, what it says of the rest may still be used (`kept`).
"""

from __future__ import annotations

import json
import os
import sys
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator.write import MANIFEST
from spec.sources import FileMark, Glob, Seen, Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

STAMP = ".specola-stamp.json"
_HOME = Path(__file__).parents[1]
_PARTS = ("commands", "compose", "dashboards", "generator", "rules", "spec")
_marks = attrgetter("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")


class Made(NamedTuple):
    """The files of a service (or those of none): what they were made from, and how they were left."""

    inputs: str
    paths: tuple[str, ...]
    left: int

    def holds(self, build: str) -> bool:
        """Whether nobody touched them since."""
        try:
            return left(build, self.paths) == self.left
        except OSError:
            return False


class Stamp(NamedTuple):
    """What the last render was asked for and read, and what it made for each service.

    What is of no service stands under an empty name, the list of all files under its own.
    """

    asked: tuple[str, ...]
    program: str
    sources: Sources
    made: Mapping[str, Made]


def current(build: Path, asked: Iterable[str]) -> int | None:
    """How many files `build/` has when a render would find nothing to do; None when it has to be made. Never raises."""
    stamp = _read(build)
    if stamp is None or stamp.asked != (*asked,) or stamp.program != program() or not stamp.sources.same():
        return None
    folder = str(build)
    if not all(made.holds(folder) for made in stamp.made.values()):
        return None
    return sum(len(made.paths) for name, made in stamp.made.items() if name != MANIFEST)


def kept(build: Path, inputs: Mapping[str, str]) -> dict[str, Made]:
    """The services whose files are as they would be made again: from the same inputs, by the same program."""
    stamp = _read(build)
    if stamp is None or stamp.program != program():
        return {}
    folder = str(build)
    return {name: made for name, made in stamp.made.items() if made.inputs == inputs.get(name) and made.holds(folder)}


def record(build: Path, asked: Iterable[str], sources: Sources, made: Callable[[], Mapping[str, Made]]) -> None:
    """Note that `build/` has just been rendered. Without a stamp the next render only takes longer."""
    new = build / f"{STAMP}.new"
    try:
        listing = Made("", (MANIFEST,), left(str(build), (MANIFEST,)))
        stamp = Stamp((*asked,), program(), sources, {**made(), MANIFEST: listing})
        new.write_text(json.dumps(stamp), encoding="utf-8")
        new.replace(build / STAMP)
    except OSError:
        new.unlink(missing_ok=True)


def _read(build: Path) -> Stamp | None:
    """The stamp as it was recorded; None when there is none, or when it is of another making."""
    try:
        asked, by, (files, globs), made = json.loads((build / STAMP).read_bytes())
        sources = Sources(
            {path: Seen(seen, mark and FileMark(*mark)) for path, (seen, mark) in files.items()},
            tuple(Glob(below, glob, (*found,), mark and FileMark(*mark)) for below, glob, found, mark in globs),
        )
        services = {name: Made(inputs, (*paths,), left) for name, (inputs, paths, left) in made.items()}
        return Stamp((*asked,), by, sources, services)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def program() -> str:
    """A fingerprint of what renders: our own files, the interpreter, and the packages beside it.

    The folder of the program itself may be a project's, where `up` makes folders: only the files in it count.
    """
    from hashlib import sha256

    digest = sha256(sys.version.encode())
    beside = (path for path in sys.path if Path(path) != _HOME)
    for path in (*beside, *sorted(path for part in _PARTS for path in _sources(_HOME / part))):
        if Path(path).exists():
            digest.update(repr((path, _marks(os.lstat(path)))).encode())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (f"{place}/{name}" for name in names)


def left(build: str, paths: Iterable[str]) -> int:
    """How files were left, as a number: which they are, when each was last changed. Raises OSError when one is gone.

    Python's hash of whole numbers is the same in every process; it need only tell accidents apart.
    """
    found = map(os.lstat, [f"{build}/{path}" for path in paths])
    return hash((*chain.from_iterable(map(_marks, found)),))
