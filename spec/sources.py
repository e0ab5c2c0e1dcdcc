"""What a spec was read from: enough to tell later, without reading it again, that it would read the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SETTLED = 2_000_000_000
"""Nanoseconds after which a time of change is believed: a clock of files may stand still for as long, and hide a second
change behind the first."""
_WILD = frozenset("*?[")


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

    def settled(self) -> FileMark | None:
        """The mark when it can be believed from now on; None when it is too young."""
        import time

        return self if time.time_ns() - self.changed > SETTLED else None


class Seen(NamedTuple):
    """A file as it was read: the checksum of its content, and its mark when that can be believed."""

    checksum: str
    mark: FileMark | None = None

    def holds(self, path: str) -> bool:
        """Whether the file still has that content. Raises OSError."""
        if self.mark is not None and FileMark.of(path) == self.mark:
            return True
        with open(path, "rb") as file:  # noqa: PTH123 - for thousands of files
            return checksum(file.read()) == self.checksum


class Glob(NamedTuple):
    """What an entry of `include` found: below which folder, by which pattern, which paths.

    `mark` is that of the only folder it looks into, when there is only one and it can be believed.
    """

    folder: str
    pattern: str
    found: tuple[str, ...]
    mark: FileMark | None = None

    def holds(self) -> bool:
        """Whether it would find the same files again. Raises OSError."""
        if self.mark is not None and FileMark.of(_looked_into(self.folder, self.pattern)) == self.mark:
            return True
        from pathlib import Path

        return tuple(map(str, matching(Path(self.folder), self.pattern))) == self.found


class Sources(NamedTuple):
    """Every file as it was read, and every look for files to include."""

    files: Mapping[str, Seen]
    globs: tuple[Glob, ...]

    def same(self) -> bool:
        """Whether every file still has that content, and every look would find the same files. Never raises."""
        try:
            return all(seen.holds(path) for path, seen in self.files.items()) and all(
                glob.holds() for glob in self.globs
            )
        except OSError:
            return False


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
    """The paths that a glob stands for, sorted; hidden ones only when it spells the dot.

    None for what is no pattern, each of which `Path.glob` refuses in a way of its own: a malformed one (ValueError,
    IndexError), an absolute one (NotImplementedError), one that is too long or too deep (OSError, RecursionError).
    """
    hidden = any(part.startswith(".") for part in pattern.split("/"))
    try:
        return sorted(path for path in folder.glob(pattern) if hidden or not _is_hidden(path, len(folder.parts)))
    except (ValueError, IndexError, NotImplementedError, OSError, RecursionError):
        return []


def _is_hidden(path: Path, depth: int) -> bool:
    return any(part.startswith(".") for part in path.parts[depth:])
