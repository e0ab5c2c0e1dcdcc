"""Artefacts to files below `build/`: all or nothing, only what changed, nothing left that is no longer rendered."""

from __future__ import annotations

import errno
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from generator.artefact import Artefact

MANIFEST = ".specola.json"
"""Lists what was rendered: only these files are ever removed."""
_STAGING = ".staging"


class WriteError(Exception):
    """The files could not be written; `build/` is as it was."""


@dataclass(frozen=True)
class Written:
    """What a write did, as paths relative to `build/`."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0


def write(build: Path, artefacts: Iterable[Artefact]) -> Written:
    """Make `build/` hold exactly these artefacts among the files it made itself.

    New contents are first written beside, on the same file system, and moved into place once all of them are there.
    Raises WriteError, having changed nothing; or, should a disk fail amidst the moves, saying so.
    """
    wanted = {artefact.path: artefact.content for artefact in artefacts}
    _refuse_strays(wanted)
    try:
        known = listed(build)
        changed = {path: content for path, content in wanted.items() if not _holds(f"{build}/{path}", content)}
        added = tuple(path for path in changed if not (build / path).exists())
        stale = tuple(path for path in known if path not in wanted)
        _refuse_obstacles(build, changed, stale)
        if changed or stale or known != tuple(sorted(wanted)):
            moves = _stage(build, changed, tuple(sorted(wanted)))
            _move(build, moves, stale)
    except OSError as error:
        shutil.rmtree(build / _STAGING, ignore_errors=True)
        raise WriteError(_words(error, build)) from error
    overwritten = changed.keys() - set(added)
    return Written(added, tuple(p for p in changed if p in overwritten), stale, len(wanted) - len(changed))


def _refuse_strays(wanted: Iterable[str]) -> None:
    for path in wanted:
        if not _is_inside(path):
            raise WriteError(f"refusing to write outside build/: {path!r}")


def _is_inside(path: object) -> bool:
    if not isinstance(path, str) or not path or path.startswith("/") or "\\" in path or "\0" in path:
        return False
    parts = path.split("/")
    return ".." not in parts and "" not in parts and "." not in parts


def _refuse_obstacles(build: Path, changed: Iterable[str], stale: Iterable[str]) -> None:
    """A symbolic link inside `build/` could lead outside of it; a folder is not replaced by a file."""
    root = build.resolve()
    for folder in dict.fromkeys((build / path).parent for path in (*changed, *stale)):
        parent = folder.resolve()
        if parent != root and root not in parent.parents:
            raise WriteError(f"{folder} leads outside of {build}: remove the link")
    for path in changed:
        if (build / path).is_dir() and not (build / path).is_symlink():
            raise WriteError(f"{build / path} is a folder, and should be a file: remove it")


def listed(build: Path) -> tuple[str, ...]:
    """The files of the last write; what the list cannot have said, having been changed by somebody, is passed over."""
    try:
        paths = json.loads((build / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError):
        return ()
    return tuple(path for path in paths if _is_inside(path)) if isinstance(paths, list) else ()


def _holds(path: str, content: bytes) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - for thousands of files
            return os.fstat(file.fileno()).st_size == len(content) and file.read() == content
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False


def _stage(build: Path, changed: dict[str, bytes], paths: tuple[str, ...]) -> list[tuple[str, str]]:
    """Write new contents and the manifest beside, and make their folders: what to move, and where to."""
    staging = build / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    manifest = json.dumps(paths, indent=0).encode()
    moves = []
    for number, (path, content) in enumerate((*changed.items(), (MANIFEST, manifest))):
        _create(f"{staging}/{number}", content)
        moves.append((f"{staging}/{number}", f"{build}/{path}"))
    for folder in {os.path.dirname(target) for _, target in moves}:  # noqa: PTH120 - for thousands of files
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    return moves


def _create(path: str, content: bytes) -> None:
    with open(path, "wb") as file:  # noqa: PTH123 - for thousands of files
        file.write(content)


def _move(build: Path, moves: Iterable[tuple[str, str]], stale: Iterable[str]) -> None:
    """Put what is staged into its place, the manifest last: until then it names what a later write may remove."""
    try:
        *contents, manifest = moves
        for source, target in contents:
            os.replace(source, target)  # noqa: PTH105
        for path in stale:
            _remove(build, path)
        os.replace(*manifest)  # noqa: PTH105
        (build / _STAGING).rmdir()
    except OSError as error:
        shutil.rmtree(build / _STAGING, ignore_errors=True)
        where = error.filename2 or error.filename or build
        raise WriteError(f"stopped half-way at {where}: {error.strerror}; the next render makes it whole") from error


def _remove(build: Path, path: str) -> None:
    """Remove a file (never what somebody put in its place), and the folders that are empty then."""
    file = build / path
    if file.is_symlink() or file.is_file():
        file.unlink()
    folder = file.parent
    while folder != build and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _words(error: OSError, build: Path) -> str:
    where = error.filename or build
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"no space left to write {where}; nothing was changed"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"not allowed to write {where}; nothing was changed"
        case _:
            return f"cannot write {where}: {error.strerror}"


def files(build: Path) -> Iterator[Path]:
    """The files that the last write made."""
    return (build / path for path in listed(build))
