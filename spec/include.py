"""Reading a spec that lies in several files: the root, the fragments of the stack that it includes, and the services.

`include:` lists globs relative to the file it stands in. A file with a top-level `service:` is a service; any other
is a fragment, whose keys become keys of the stack. Nothing outside the root's folder is read.
"""

from __future__ import annotations

import gc
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from spec import alike
from spec.locate import spell
from spec.problem import Mark, Problem
from spec.sources import FileMark, Glob, Seen, Sources, checksum, look
from spec.yaml_fault import MAX_BYTES
from spec.yaml_tree import Map, Seq, Tree, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

INCLUDE = "include"
SERVICE = "service"
SERVICES = "services"


class Read(NamedTuple):
    """A spec as one tree, the problems of its texts and includes, the files in the order of reading, what they held.

    `services` tells which of them are of one shape, and which were therefore not read; `laid_over` of which something
    is said besides.
    """

    tree: Map
    problems: tuple[Problem, ...]
    files: tuple[Path, ...]
    sources: Sources
    services: alike.Reading
    laid_over: frozenset[str] = frozenset()


def read_tree(root: Path, unread: AbstractSet[str] = frozenset(), apart: AbstractSet[str] | None = None) -> Read:
    """Read the whole spec; but for the files whose paths are in `unread`.

    The tree has the stack's keys without `include`, and under `services` the mapping of each service's file by name.
    With `apart`, it has two of each shape of services only, and those which that names.
    """
    reading = _Reading(root, unread, alike.Reading(apart))
    with without_collection():
        reading.read(root, _Request(Mark(root.name, 1, 1), "", ()))
    start = (root.name, 1, 1)
    reading.services.place = start
    reading.stack.put(SERVICES, reading.services, (*start, 1, 1))
    sources = Sources(reading.seen, tuple(reading.globs))
    return Read(reading.stack, tuple(reading.problems), tuple(reading.files.values()), sources, reading.known)


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the garbage collector: a growing tree is all kept, and looking through it takes a third of the reading."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Request(NamedTuple):
    """Who asks for a file: the place and path of the include's entry, and the files in whose includes it stands."""

    mark: Mark
    path: str
    chain: tuple[Path, ...]


@dataclass
class _Reading:
    """What has been read so far; `files` has every file's path by its real path, without symbolic links.

    `home` is the real path of the root's folder, `depth` how many parts the folder's path has as it was given.
    """

    root: Path
    unread: AbstractSet[str]
    known: alike.Reading
    stack: Map = field(init=False)
    home: Path = field(init=False)
    depth: int = field(init=False)
    services: Map = field(default_factory=Map)
    problems: list[Problem] = field(default_factory=list)
    files: dict[Path, Path] = field(default_factory=dict)
    real_folders: dict[Path, Path] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    globs: list[Glob] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stack = Map((self.root.name, 1, 1))
        self.home = self.root.parent.resolve()
        self.depth = len(self.root.parent.parts)

    def read(self, path: Path, request: _Request) -> None:
        """Read one file, and what it includes, into the tree."""
        if str(path) in self.unread:
            return
        real, name = self.real(path), self.name(path)
        if real in request.chain:
            cycle = [self.name(self.files[file]) for file in request.chain[request.chain.index(real) :]]
            message = f"the files include each other: {' → '.join((*cycle, cycle[0]))}"
            self.note(request, message, "take one of these includes out, or narrow its glob")
        elif request.chain and self.home not in real.parents:
            self.note(request, f"{name} leads outside the folder of {self.root.name}", "copy the file into it")
        elif real not in self.files and (content := self.content(path, name, request)) is not None:
            self.files[real] = path
            if request.chain and self.known.spares(content, name):
                return
            tree, problems = parse(content, name)
            self.problems.extend(problems)
            if request.chain and SERVICE in tree:
                self.take_service(tree)
            elif request.chain and (named := _of_services(tree)):
                self.nameless(tree, named)
            else:
                self.take_fragment(tree)
                self.follow(tree, path.parent, (*request.chain, real))

    def content(self, path: Path, name: str, request: _Request) -> bytes | None:
        """The bytes of a file (of a huge one the start), or None after noting why there are none."""
        try:
            found = path.stat()
            mode = found.st_mode
            if stat.S_ISREG(mode):
                with path.open("rb", buffering=0) as file:
                    content = file.read(MAX_BYTES + 1) if found.st_size > MAX_BYTES else file.read()
                self.seen[str(path)] = Seen(checksum(content), FileMark.from_stat(found).settled())
                return content
        except OSError as error:
            self.note(request, f"cannot read {name}: {error.strerror or error}")
        else:
            folder = stat.S_ISDIR(mode)
            message = f"{name} is a folder" if folder else f"{name} is not a regular file"
            self.note(request, message, f"name files, such as {name}/*.yaml" if folder else "")
        return None

    def take_service(self, tree: Map) -> None:
        name, mark = tree[SERVICE], tree.value_mark(SERVICE)
        if not isinstance(name, str) or not name:
            self.problems.append(
                Problem(mark, SERVICE, "the name of a service is text", "put it in quotes", id="include")
            )
        elif name in self.services:
            first = self.services.key_mark(name)
            hint = "give each service a name of its own"
            self.problems.append(
                Problem(mark, SERVICE, f"service {name!r} is already given at {first}", hint, id="include")
            )
        else:
            self.known.take(name)
            self.services.put(name, tree, (*mark, *tree.place[1:]))

    def nameless(self, tree: Map, key: str) -> None:
        """Note that a file with a key of services does not say which service it is."""
        message = f"the file has {key!r} like a service, but no `{SERVICE}:`"
        hint = f"start it with `{SERVICE}: NAME`"
        self.problems.append(Problem(Mark(*tree.place), SERVICE, message, hint, id="include"))

    def take_fragment(self, tree: Map) -> None:
        for key, value in tree.items():
            mark = tree.key_mark(key)
            if key == SERVICES:
                hint = f"put each service into a file of its own that starts with `{SERVICE}: NAME`, and include it"
                self.problems.append(
                    Problem(mark, SERVICES, "services are not written in the stack", hint, id="include")
                )
            elif key in self.stack:
                message = f"{key!r} is already given at {self.stack.key_mark(key)}"
                self.problems.append(Problem(mark, spell((key,)), message, "keep it in one file", id="include"))
            elif key != INCLUDE:
                self.stack.put(key, value, tree.marks[key])

    def follow(self, tree: Map, folder: Path, chain: tuple[Path, ...]) -> None:
        """Read what a file's `include` lists."""
        includes = tree.get(INCLUDE)
        if isinstance(includes, Seq):
            for index, pattern in enumerate(includes):
                request = _Request(includes.item_mark(index), f"{INCLUDE}[{index}]", chain)
                for path in self.matches(pattern, folder, request):
                    self.read(path, request)
        elif includes is not None:
            request = _Request(tree.value_mark(INCLUDE), INCLUDE, chain)
            self.note(request, "not a list of files", "such as [services/*.yaml]")

    def matches(self, pattern: Tree, folder: Path, request: _Request) -> list[Path]:
        """The paths that a glob stands for, sorted; hidden ones only when it spells the dot."""
        if not isinstance(pattern, str) or not pattern.isprintable():
            self.note(request, "not the name or glob of files", "such as services/*.yaml")
            return []
        parts = PurePosixPath(pattern).parts
        if pattern.startswith("/") or ".." in parts:
            hint = "files stand below it, and are named relative to the file that includes them"
            self.note(request, f"{pattern!r} leads outside the folder of {self.root.name}", hint)
            return []
        found, glob = look(folder, pattern)
        self.globs.append(glob)
        if not found:
            self.note(request, f"no file matches {pattern!r}", f"it is looked for in {self.name(folder)}/")
        return found

    def real(self, path: Path) -> Path:
        """The path without symbolic links; only a link itself costs more than a look at its folder."""
        if path.is_symlink():
            try:
                return path.resolve()
            except (OSError, RuntimeError):  # links that form a circle: reading the path says so
                pass
        folder = path.parent
        if folder not in self.real_folders:
            self.real_folders[folder] = folder.resolve()
        return self.real_folders[folder] / path.name

    def name(self, path: Path) -> str:
        """The path as messages give it: relative to the root's folder, with forward slashes."""
        name = "/".join(path.parts[self.depth :]) or "."
        return name if name.isprintable() else ascii(name)[1:-1]

    def note(self, request: _Request, message: str, hint: str = "") -> None:
        self.problems.append(Problem(request.mark, request.path, message, hint, id="include"))


def _of_services(tree: Map) -> str:
    """The first key that only a service's file has."""
    from spec.root import StackSpec
    from spec.service import Service

    return next((key for key in tree if key in Service.model_fields and key not in StackSpec.model_fields), "")
