"""Appending to a log file with rotation, so that a full disk neither stops the program nor leaves half a line."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEPT = 3


class LogFile:
    """A file that lines are appended to. It is opened each time: folders may vanish and others may rotate it."""

    def __init__(self, path: Path, rotate_bytes: int, report: Callable[[str], None]) -> None:
        self._path, self._rotate_bytes, self._report = path, rotate_bytes, report
        self._failing = False

    def append(self, text: str) -> None:
        """Append whole lines; trouble is reported when it begins and when it is over, and the lines are lost."""
        if not text:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _append(self._path, text.encode(), self._rotate_bytes)
        except OSError as error:
            if not self._failing:
                self._report(f"{self._path}: cannot be written: {error.strerror}; its lines are dropped until it can")
            self._failing = True
            return
        if self._failing:
            self._report(f"{self._path}: can be written again")
        self._failing = False


def _append(path: Path, content: bytes, rotate_bytes: int) -> None:
    size = path.stat().st_size if path.exists() else 0
    if size and size + len(content) > rotate_bytes:
        _rotate(path)
        size = 0
    with path.open("ab", buffering=0) as file:
        try:
            written = file.write(content)
            if written != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            file.truncate(size)
            raise


def _rotate(path: Path) -> None:
    """`log` becomes `log.1`, `log.1` becomes `log.2`, and so on; the oldest is replaced."""
    for number in range(KEPT, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        newer = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
        if newer.exists():
            newer.replace(older)
