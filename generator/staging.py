"""Where new contents wait beside `build/` until all of them are there."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from generator.artefact import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from generator.artefact import Artefact

MANIFEST = ".specola.json"
"""Lists what was rendered: only these files are ever removed."""
STAGING = ".staging"


class WriteError(Exception):
    """The files could not be written; `build/` is as it was."""


class Stage:
    """What has been taken so far: the paths that are wanted, and those whose contents wait to be put there."""

    def __init__(self, build: Path) -> None:
        self.build = build
        self.folder = build / STAGING
        self.place, self.staged = str(self.build), str(self.folder)
        self.wanted: set[str] = set()
        self.absent: set[str] = set()
        """The paths where nothing was."""
        self.put: list[str] = []
        self.new: dict[str, str] = {"": ""}
        """Of each folder the outermost one around it that is not in its place yet; empty when all are there."""
        self.waiting: set[str] = set()
        """The folders that were made for what waits."""
        self.made: list[Path] = []
        """The folders that had to be made for it, the innermost first."""

    def take(self, artefact: Artefact | Kept) -> None:
        path = artefact.path
        if not is_inside(path):
            raise WriteError(f"refusing to write outside build/: {path!r}")
        if path in self.wanted:
            raise ValueError(f"{path} was rendered twice")
        self.wanted.add(path)
        if isinstance(artefact, Kept):
            return
        folder = path.rpartition("/")[0]
        if self.outermost(folder):
            self.absent.add(path)
        elif self.holds(path, artefact.content):
            return
        if folder not in self.waiting:
            self.open(folder)
        self.put.append(path)
        _create(f"{self.staged}/{path}", artefact.content)

    def outermost(self, folder: str) -> str:
        """The outermost folder on the way to this one, itself included, that is not in its place yet."""
        if folder not in self.new:
            there = os.path.lexists(f"{self.place}/{folder}")
            self.new[folder] = self.outermost(folder.rpartition("/")[0]) or ("" if there else folder)
        return self.new[folder]

    def holds(self, path: str, content: bytes) -> bool:
        """Whether this content is in its place already."""
        try:
            with open(f"{self.place}/{path}", "rb") as file:  # noqa: PTH123 - for thousands of files
                return os.fstat(file.fileno()).st_size == len(content) and file.read() == content
        except (FileNotFoundError, NotADirectoryError):
            self.absent.add(path)
        except IsADirectoryError:
            pass
        return False

    def open(self, folder: str) -> None:
        """Make the folder in which contents wait that belong in this one."""
        if not self.waiting:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.made = [folder for folder in (self.build, *self.build.parents) if not folder.exists()]
            self.folder.mkdir(parents=True)
        os.makedirs(f"{self.staged}/{folder}", exist_ok=True)  # noqa: PTH103 - for thousands of folders
        self.waiting.add(folder)

    def refuse_obstacles(self, stale: Iterable[str]) -> None:
        """A symbolic link inside `build/` could lead outside of it; a folder is not replaced by a file."""
        root = self.build.resolve()
        for folder in dict.fromkeys(path.rpartition("/")[0] for path in (*self.moved(), *stale)):
            parent = (self.build / folder).resolve()
            if parent != root and root not in parent.parents:
                raise WriteError(f"{self.build / folder} leads outside of {self.build}: remove the link")
        for path in self.put:
            if path not in self.absent and (self.build / path).is_dir() and not (self.build / path).is_symlink():
                raise WriteError(f"{self.build / path} is a folder, and should be a file: remove it")

    def moved(self) -> dict[str, None]:
        """What has to be moved for all that waits: files, and folders that are new as a whole."""
        return dict.fromkeys(self.outermost(path.rpartition("/")[0]) or path for path in self.put)

    def closed(self) -> list[tuple[str, str]]:
        """Write the list of files: what to move where, the list last."""
        self.open("")
        _create(f"{self.staged}/{MANIFEST}", json.dumps(sorted(self.wanted), indent=0).encode())
        return [*self.placed(), (f"{self.staged}/{MANIFEST}", f"{self.place}/{MANIFEST}")]

    def placed(self) -> list[tuple[str, str]]:
        """What to move where. Raises OSError when a file is in the way of a folder."""
        moved = self.moved()
        for folder in {path.rpartition("/")[0] for path in moved}:
            os.makedirs(f"{self.place}/{folder}", exist_ok=True)  # noqa: PTH103 - for thousands of folders
        return [(f"{self.staged}/{path}", f"{self.place}/{path}") for path in moved]

    def discard(self) -> None:
        """As if nothing had been taken."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):  # not empty: the moves have begun
            for folder in self.made:
                folder.rmdir()


def is_inside(path: object) -> bool:
    """Whether it is a path below `build/`."""
    if not isinstance(path, str) or not path or path.startswith("/") or "\\" in path or "\0" in path:
        return False
    parts = path.split("/")
    return ".." not in parts and "" not in parts and "." not in parts


def _create(path: str, content: bytes) -> None:
    """In the fewest steps, for thousands of files. Raises OSError."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        written = os.write(file, content)
        while written < len(content):  # a disk that is nearly full takes a part, and says why at the next
            written += os.write(file, content[written:])
    finally:
        os.close(file)
