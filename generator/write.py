"""Artefacts to files below `build/`: all or nothing, only what changed, and nothing left behind that is no longer rendered."""

from __future__ import annotations

import errno
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    """Make `build/` hold exactly these artefacts among the files it made itself. Raises WriteError, having changed nothing.

    New contents are first written beside, on the same file system, and moved into place only when all of them are there.
    """
    wanted = {artefact.path: artefact.content for artefact in artefacts}
    _refuse_strays(wanted)
    try:
        known = _manifest(build)
        changed = {path: content for path, content in wanted.items() if not _holds(build / path, content)}
        added = tuple(path for path in changed if not (build / path).exists())
        _refuse_links(build, changed)
        stale = tuple(path for path in known if path not in wanted)
        if changed or stale or known != tuple(sorted(wanted)):
            _put(build, changed, stale, tuple(sorted(wanted)))
    except OSError as error:
        shutil.rmtree(build / _STAGING, ignore_errors=True)
        raise WriteError(_words(error, build)) from error
    return Written(added, tuple(path for path in changed if path not in added), stale, len(wanted) - len(changed))


def _refuse_strays(wanted: Iterable[str]) -> None:
    for path in wanted:
        parts = path.split("/")
        if not path or path.startswith("/") or ".." in parts or "" in parts or "\\" in path or "\0" in path:
            raise WriteError(f"refusing to write outside build/: {path!r}")


def _refuse_links(build: Path, changed: Iterable[str]) -> None:
    """A symbolic link inside `build/` could lead outside of it."""
    root = build.resolve()
    for path in changed:
        parent = (build / path).parent.resolve()
        if parent != root and root not in parent.parents:
            raise WriteError(f"{build / path} leads outside of {build}: remove the link")


def _manifest(build: Path) -> tuple[str, ...]:
    try:
        listed = json.loads((build / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return ()
    return tuple(path for path in listed if isinstance(path, str) and ".." not in path.split("/") and not path.startswith("/"))


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except (FileNotFoundError, NotADirectoryError):
        return False


def _put(build: Path, changed: dict[str, bytes], stale: Iterable[str], listed: tuple[str, ...]) -> None:
    staging = build / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    names = {path: staging / str(index) for index, path in enumerate(changed)}
    for path, name in names.items():
        name.write_bytes(changed[path])
    manifest = staging / "manifest"
    manifest.write_text(json.dumps(listed, indent=0), encoding="utf-8")
    for folder in {(build / path).parent for path in names}:
        folder.mkdir(parents=True, exist_ok=True)
    for path, name in names.items():
        os.replace(name, build / path)  # noqa: PTH105 - one system call, for thousands of files
    for path in stale:
        (build / path).unlink(missing_ok=True)
        _remove_empty((build / path).parent, build)
    manifest.replace(build / MANIFEST)
    staging.rmdir()


def _remove_empty(folder: Path, build: Path) -> None:
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
    return (build / path for path in _manifest(build))
