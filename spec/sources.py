"""What a spec was read from: enough to tell later, without reading it again, that it would read the same."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Glob:
    """What an entry of `include` found: below which folder, by which pattern, which paths."""

    folder: str
    pattern: str
    found: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """Each file's path with the checksum of what was read from it, and every look for files to include."""

    files: Mapping[str, str]
    globs: tuple[Glob, ...]

    def same(self) -> bool:
        """Whether every file still has that content, and every look would find the same files. Never raises."""
        try:
            return all(checksum(Path(path).read_bytes()) == known for path, known in self.files.items()) and all(
                tuple(map(str, matching(Path(glob.folder), glob.pattern))) == glob.found for glob in self.globs
            )
        except OSError:
            return False


def checksum(content: bytes) -> str:
    """A fingerprint of a file's content."""
    return sha256(content).hexdigest()


def matching(folder: Path, pattern: str) -> list[Path]:
    """The paths that a glob stands for, sorted; hidden ones only when it spells the dot. Never raises."""
    hidden = any(part.startswith(".") for part in pattern.split("/"))
    try:
        return sorted(path for path in folder.glob(pattern) if hidden or not _is_hidden(path, len(folder.parts)))
    except (ValueError, IndexError, NotImplementedError, OSError, RuntimeError):
        return []


def _is_hidden(path: Path, depth: int) -> bool:
    return any(part.startswith(".") for part in path.parts[depth:])
