"""Folders removed for good: what could not be is told, never passed over."""

from __future__ import annotations

import errno
import shutil
from typing import TYPE_CHECKING

from compose.fault import Trouble

if TYPE_CHECKING:
    from pathlib import Path

_IN_CONSEQUENCE = (errno.ENOENT, errno.ENOTEMPTY)
"""What is gone already, and what only holds something else that could not be removed."""


def remove(*folders: Path) -> None:
    """Remove all that can be removed. Raises one Trouble which names what stays, and why."""
    left: list[str] = []

    def told(_: object, path: str, raised: tuple[type[BaseException], BaseException, object]) -> None:
        error = raised[1]
        if not (isinstance(error, OSError) and error.errno in _IN_CONSEQUENCE):
            left.append(f"{path}: {getattr(error, 'strerror', None) or error}")

    for folder in folders:
        shutil.rmtree(folder, onerror=told)
    if left:
        raise Trouble(
            "the stack is ended, but data stays:\n" + "\n".join(left), "mend that, then `specola down --volumes`"
        )
