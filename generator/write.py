"""Artefacts to files below `build/`: all or nothing, only what changed, nothing left that is no longer rendered."""

from __future__ import annotations

import errno
import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from generator.staging import MANIFEST, STAGING, Stage, WriteError, is_inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from generator.artefact import Artefact, Kept

__all__ = ("MANIFEST", "WriteError", "Written", "files", "listed", "replace", "write")


class Written(NamedTuple):
    """What a write did, as paths relative to `build/`."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0


def write(build: Path, artefacts: Iterable[Artefact | Kept]) -> Written:
    """Make `build/` hold exactly these artefacts among the files it made itself; what is kept it does not look at.

    New contents are first written beside, on the same file system, each as soon as it is made, and moved into place
    once all of them are there: a folder that is new as a whole. Raises WriteError, having changed nothing; or, should
    a disk fail amidst the moves, saying so.
    """
    with _staged(build) as stage:
        known = listed(build)
        for artefact in artefacts:
            stage.take(artefact)
        stale = tuple(path for path in known if path not in stage.wanted)
        stage.refuse_obstacles(stale)
        if stage.put or stale or known != tuple(sorted(stage.wanted)):
            _move(build, stage.closed(), stale)
    added = tuple(path for path in stage.put if path in stage.absent)
    changed = tuple(path for path in stage.put if path not in stage.absent)
    return Written(added, changed, stale, len(stage.wanted) - len(stage.put))


def replace(build: Path, artefacts: Iterable[Artefact]) -> tuple[str, ...]:
    """Give files that are on the list already these contents; the paths of those which had another.

    Raises WriteError like `write`.
    """
    with _staged(build) as stage:
        for artefact in artefacts:
            stage.take(artefact)
        stage.refuse_obstacles(())
        if stage.put:
            _move(build, stage.placed(), ())
    return tuple(stage.put)


@contextmanager
def _staged(build: Path) -> Iterator[Stage]:
    """Where contents wait; when anything fails, as if there had been none."""
    stage = Stage(build)
    try:
        yield stage
    except OSError as error:
        stage.discard()
        raise WriteError(_words(error, build)) from error
    except BaseException:
        stage.discard()
        raise


def listed(build: Path) -> tuple[str, ...]:
    """The files of the last write; what the list cannot have said, having been changed by somebody, is passed over."""
    try:
        paths = json.loads((build / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError):
        return ()
    return tuple(path for path in paths if is_inside(path)) if isinstance(paths, list) else ()


def _move(build: Path, moves: Iterable[tuple[str, str]], stale: Iterable[str]) -> None:
    """Put what is staged into its place, the manifest last: until then it names what a later write may remove."""
    try:
        *contents, last = moves
        for source, target in contents:
            os.replace(source, target)  # noqa: PTH105
        for path in stale:
            _remove(build, path)
        os.replace(*last)  # noqa: PTH105
        shutil.rmtree(build / STAGING)
    except OSError as error:
        shutil.rmtree(build / STAGING, ignore_errors=True)
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
