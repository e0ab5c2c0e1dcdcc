"""What a spec was read from: enough to tell later, without reading it again, that it would read the same."""

from __future__ import annotations

import os
from operator import attrgetter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SETTLED = 2_000_000_000
"""Nanoseconds after which a time of change is believed: a clock of files may stand still for as long, and hide a second
change behind the first."""
_WILD = frozenset("*?[")
_LONGEST_NAME = 255
"""Bytes of a name that a file can have."""
_DEEPEST = 100
"""Parts of a pattern: each is a step of a recursion."""


class FileMark(NamedTuple):
    """Which file or folder it is, and when it was last changed, in nanoseconds: nobody can set the time of change."""

    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, path: str | Path) -> FileMark:
        """Of what the path leads to. Raises OSError."""
        return cls.from_stat(os.stat(path))  # noqa: PTH116 - for thousands of files

    @classmethod
    def from_stat(cls, found: os.stat_result) -> FileMark:
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    @property
    def looked_at(self) -> tuple[int, int]:
        """What a glance compares (`generator.glance`): whatever is done to a file, it has another time of change."""
        return self.inode, self.changed

    def settled(self) -> FileMark | None:
        """The mark when it can be believed from now on; None when it is too young."""
        import time

        return self if time.time_ns() - self.changed > SETTLED else None


class Seen(NamedTuple):
    """A file as it was read: the checksum of its content, and its mark when that can be believed."""

    checksum: str
    mark: FileMark | None = None

    def now(self, path: str) -> Seen | None:
        """The same with the mark it has now, when the file still has that content. Raises OSError."""
        mark = FileMark.of(path)
        if mark == self.mark:
            return self
        with open(path, "rb") as file:  # noqa: PTH123 - for thousands of files
            return Seen(self.checksum, mark.settled()) if checksum(file.read()) == self.checksum else None


class Glob(NamedTuple):
    """What an entry of `include` found: below which folder, by which pattern, which paths.

    `mark` is that of the only folder it looks into, when there is only one and it can be believed.
    """

    folder: str
    pattern: str
    found: tuple[str, ...]
    mark: FileMark | None = None

    @property
    def looked_into(self) -> str:
        """That only folder; empty when there are others."""
        return _looked_into(self.folder, self.pattern)

    def now(self) -> Glob | None:
        """The same with the mark it has now, when it would find the same files again. Raises OSError."""
        only = self.looked_into
        mark = FileMark.of(only) if only else None
        if mark is not None and mark == self.mark:
            return self
        from pathlib import Path

        found = tuple(map(str, matching(Path(self.folder), self.pattern)))
        return self._replace(mark=mark and mark.settled()) if found == self.found else None


class Sources(NamedTuple):
    """Every file as it was read, and every look for files to include."""

    files: Mapping[str, Seen]
    globs: tuple[Glob, ...]

    def now(self) -> tuple[Sources, tuple[str, ...]] | None:
        """The same with the marks of now, and the files whose content is another, which keep theirs.

        None when a file is gone, or when a look would find others. Never raises.
        """
        try:
            files = {path: seen.now(path) for path, seen in self.files.items()}
            globs = tuple(glob.now() for glob in self.globs)
        except OSError:
            return None
        found = tuple(glob for glob in globs if glob)
        if len(found) != len(globs):
            return None
        held = {path: seen or self.files[path] for path, seen in files.items()}
        return Sources(held, found), tuple(path for path, seen in files.items() if seen is None)


def checksum(content: bytes) -> str:
    """A fingerprint of a file's content."""
    from hashlib import sha256

    return sha256(content).hexdigest()


def look(folder: Path, pattern: str) -> tuple[list[Path], Glob]:
    """The paths that a glob stands for, and what to remember of it."""
    mark = None
    if only := _looked_into(str(folder), pattern):
        try:
            mark = FileMark.of(only).settled()
        except OSError:
            mark = None
    found = matching(folder, pattern)
    return found, Glob(str(folder), pattern, tuple(map(str, found)), mark)


def _looked_into(folder: str, pattern: str) -> str:
    """The folder whose list of names decides what a glob finds; empty when it takes more than that to know."""
    above, _, name = pattern.rpartition("/")
    if _WILD & set(above) or "**" in name or not _WILD & set(name):
        return ""
    return f"{folder}/{above}" if above else folder


def matching(folder: Path, pattern: str) -> list[Path]:
    """The paths that a glob stands for, sorted; hidden ones only when it spells the dot, none when it is no pattern."""
    if not _is_pattern(PurePosixPath(pattern)):
        return []
    hidden = any(part.startswith(".") for part in pattern.split("/"))
    found = (path for path in folder.glob(pattern) if hidden or not _is_hidden(path, len(folder.parts)))
    return sorted(found, key=attrgetter("parts"))


def _is_pattern(pattern: PurePosixPath) -> bool:
    """Whether it can stand for paths below a folder: relative, of names that can be, `**` only as a whole name."""
    return not pattern.is_absolute() and 0 < len(pattern.parts) <= _DEEPEST and all(map(_is_name, pattern.parts))


def _is_name(part: str) -> bool:
    """Whether a part of a pattern can stand for names. One with wildcards may be longer than what it stands for."""
    if _WILD & set(part):
        return part == "**" or "**" not in part
    return len(part.encode(errors="surrogatepass")) <= _LONGEST_NAME


def _is_hidden(path: Path, depth: int) -> bool:
    return "/." in f"/{path}" and any(part.startswith(".") for part in path.parts[depth:])
