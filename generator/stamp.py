"""The stamp of a render: it tells, without reading the spec, that rendering again would change nothing.

It holds what the spec was read from (by content), what the command line asked for, which program rendered, and how each
file of `build/` was left: a file that anybody wrote to since has another time of change, which cannot be set back.
"""

from __future__ import annotations

import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from generator.write import MANIFEST, listed
from spec.sources import Glob, Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STAMP = ".specola-stamp.json"
_HOME = Path(__file__).parents[1]
_PARTS = ("commands", "compose", "dashboards", "generator", "rules", "spec")


def current(build: Path, asked: Iterable[str]) -> int | None:
    """How many files `build/` has when a render would find nothing to do; None when it has to be made. Never raises."""
    try:
        stamp = json.loads((build / STAMP).read_bytes())
        sources = Sources(
            stamp["files"], tuple(Glob(folder, glob, tuple(found)) for folder, glob, found in stamp["globs"])
        )
        same = stamp["asked"] == [*asked] and stamp["program"] == program() and sources.same()
        return stamp["count"] if same and stamp["left"] == _left(build) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def record(build: Path, asked: Iterable[str], sources: Sources) -> None:
    """Note that `build/` has just been rendered. Without a stamp the next render only takes longer."""
    stamp = {
        "asked": [*asked],
        "program": program(),
        "files": dict(sources.files),
        "globs": [[glob.folder, glob.pattern, glob.found] for glob in sources.globs],
        "left": _left(build),
        "count": len(listed(build)),
    }
    new = build / f"{STAMP}.new"
    try:
        new.write_text(json.dumps(stamp), encoding="utf-8")
        new.replace(build / STAMP)
    except OSError:
        new.unlink(missing_ok=True)


def program() -> str:
    """A fingerprint of what renders: our own files, the interpreter, and the packages beside it."""
    digest = sha256(sys.version.encode())
    for path in (*sys.path, *sorted(path for part in _PARTS for path in _sources(_HOME / part))):
        if Path(path).exists():
            digest.update(_mark(path))
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (f"{place}/{name}" for name in names)


def _left(build: Path) -> str:
    digest = sha256()
    for path in (MANIFEST, *listed(build)):
        digest.update(_mark(f"{build}/{path}"))
    return digest.hexdigest()


def _mark(path: str) -> bytes:
    """Which file it is and when it was last changed: nobody can set the time of change."""
    found = os.lstat(path)
    return f"{path}\0{found.st_ino}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}\n".encode()
