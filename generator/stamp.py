"""The stamp of a render: it tells, without reading the spec, that rendering again would change nothing.

It holds what the spec was read from, what the command line asked for, which program rendered, and of each service what
its files were made from and how they were left: a file that anybody wrote to since has another time of change, which
cannot be set back. `glance` compares it in the fewest steps; here is the closer look, at contents where marks differ.
Where a part of it no longer holds, what it says of the rest may still be used (`kept`).
"""

from __future__ import annotations

import marshal
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from generator import glance
from generator.glance import BUILD, STAMP, interpreter, joined, led_to
from generator.write import MANIFEST
from spec.sources import FileMark, Glob, Seen, Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

_PARTS = ("commands", "compose", "dashboards", "generator", "rules", "spec")


class Made(NamedTuple):
    """The files of a service (or those of none): what they were made from, and how they were left.

    `loaded` has the checksums of those which Prometheus loads, one after the other. `file` is that of the spec which
    holds the service and nothing else, `outline` what is seen of it from afar (`spec.outline`).
    """

    inputs: str
    paths: tuple[str, ...]
    left: int
    loaded: bytes = b""
    file: str = ""
    outline: str = ""

    def holds(self, build: str) -> bool:
        """Whether nobody touched them since."""
        try:
            return left(build, self.paths) == self.left
        except OSError:
            return False

    @classmethod
    def listed(cls, build: str, path: str) -> Made:
        """A file of all services that stands for itself. Raises OSError."""
        return cls("", (path,), left(build, (path,)))


class Program(NamedTuple):
    """What renders: the interpreter with its packages, and our own files, by how they were left.

    The folders tell a glance that no file has come; but what a folder has besides them is of no importance.
    """

    interpreter: tuple[str, tuple[tuple[str, int], ...]]
    files: bytes
    of_files: int
    folders: bytes
    of_folders: int

    def renders_like(self, other: Program) -> bool:
        """Whether it is the same program."""
        return self[:3] == other[:3]


class Stamp(NamedTuple):
    """What the last render was asked for and read, and what it made for each service, in their order.

    What is of no service stands under an empty name, the files that speak of all others under their own. `titles` are
    those of `dashboard_files.told_apart`.
    """

    asked: tuple[str, ...]
    program: Program
    sources: Sources
    made: Mapping[str, Made]
    titles: Mapping[str, str]

    @property
    def files(self) -> int:
        """How many files there are."""
        return sum(len(made.paths) for name, made in self.made.items() if name != MANIFEST)

    def holds(self, build: Path) -> bool:
        """Whether nobody touched what is in `build/`."""
        folder = str(build)
        return all(made.holds(folder) for made in self.made.values())


class Look(NamedTuple):
    """The stamp with the marks of now, and the files of the spec that do not hold what they held."""

    stamp: Stamp
    changed: tuple[str, ...]
    remarked: bool
    """Whether marks are others than those in the stamp."""


def look(build: Path, asked: Iterable[str]) -> Look | None:
    """What the last render left, when this one asks the same of the same program, in the same files. Never raises."""
    stamp = _read(build)
    if stamp is None or stamp.asked != (*asked,):
        return None
    by = program()
    if not stamp.program.renders_like(by) or (now := stamp.sources.now()) is None:
        return None
    sources, changed = now
    return Look(stamp._replace(program=by, sources=sources), changed, (by, sources) != (stamp.program, stamp.sources))


def current(build: Path, look: Look) -> int | None:
    """How many files `build/` has when a render would find nothing to do; None when it has to be made. Never raises.

    Where only marks have changed, or can be believed by now, the stamp gets the new ones, for the next glance.
    """
    if look.changed or not look.stamp.holds(build):
        return None
    if look.remarked:
        write(build, look.stamp)
    return look.stamp.files


def kept(build: Path, inputs: Mapping[str, str]) -> dict[str, Made]:
    """The services whose files are as they would be made again: from the same inputs, by the same program."""
    stamp = _read(build)
    if stamp is None or not stamp.program.renders_like(program()):
        return {}
    folder = str(build)
    return {name: made for name, made in stamp.made.items() if made.inputs == inputs.get(name) and made.holds(folder)}


def record(
    build: Path,
    asked: Iterable[str],
    sources: Sources,
    titles: Mapping[str, str],
    made: Callable[[], Mapping[str, Made]],
) -> None:
    """Note that `build/` has just been rendered. Without a stamp the next render only takes longer."""
    with suppress(OSError):
        write(build, Stamp((*asked,), program(), sources, made(), titles))


def write(build: Path, stamp: Stamp) -> None:
    """As `glance.unchanged` reads it."""
    services = tuple(
        (joined(f"{BUILD}/{path}" for path in made.paths), made.left, (name, *made[3:], made.inputs))
        for name, made in stamp.made.items()
    )
    believed = _believed(stamp.sources, stamp.asked[0])
    files = tuple((path, *seen) for path, seen in stamp.sources.files.items())
    rest = marshal.dumps(_plain((files, stamp.sources.globs, tuple(stamp.titles.items()))))
    with suppress(OSError):
        glance.store(str(build / STAMP), (stamp.asked, tuple(stamp.program), believed, stamp.files, services, rest))


def _plain(value: Any) -> Any:
    """Tuples of our own as ordinary ones: others cannot be written."""
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _believed(sources: Sources, root: str) -> tuple[bytes, int] | None:
    """What a glance can look at in place of reading the spec: names below the root, and what they led to.

    None when there is a file or a look for files that only its content tells.
    """
    marks = {path: seen.mark for path, seen in sources.files.items()}
    marks |= {glob.looked_into or "": glob.mark for glob in sources.globs}
    known = tuple(mark.looked_at for mark in marks.values() if mark is not None)
    if len(known) != len(marks) or not all(path.startswith(f"{root}/") for path in marks):
        return None
    return joined(path[len(root) + 1 :] for path in marks), hash(known)


def _read(build: Path) -> Stamp | None:
    """The stamp as it was recorded; None when there is none, or when it is of another making."""
    try:
        asked, by, _, _, services, rest = glance.load(str(build / STAMP))
        files, globs, titles = marshal.loads(rest)  # noqa: S302 - it can make plain values only
        read = Sources(
            {path: Seen(seen, mark and FileMark(*mark)) for path, seen, mark in files},
            tuple(Glob(below, glob, found, mark and FileMark(*mark)) for below, glob, found, mark in globs),
        )
        made = {name: Made(inputs, _paths(names), left, *more) for names, left, (name, *more, inputs) in services}
        return Stamp(asked, Program(*by), read, made, dict(titles))
    except (OSError, ValueError, TypeError, EOFError):
        return None


def _paths(names: bytes) -> tuple[str, ...]:
    """The paths below `build/` of names below the project's folder."""
    return tuple(os.fsdecode(names).removeprefix(f"{BUILD}/").split(f"\0{BUILD}/")) if names else ()


def program() -> Program:
    """What renders now."""
    found = [entry for part in _PARTS for entry in _sources(f"{glance.HOME}/{part}")]
    folders = sorted(folder for folder, _ in found)
    files = sorted(f"{folder}/{name}" for folder, names in found for name in names)
    return Program(interpreter(), joined(files), glance.left(files), joined(folders), led_to(folders))


def _sources(folder: str) -> Iterator[tuple[str, list[str]]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield place, names


def left(build: str, paths: Iterable[str]) -> int:
    """How files below `build` were left. Raises OSError when one is gone."""
    return glance.left(f"{build}/{path}" for path in paths)
