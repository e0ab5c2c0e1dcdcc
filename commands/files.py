"""Files that are named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.fault import Trouble

if TYPE_CHECKING:
    from pathlib import Path

MEND = "name a place that is there, may be written to, and has room"


def write(path: Path, text: str) -> None:
    """Write a file into a folder that is there. Raises Trouble when it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Trouble(f"cannot write {path}: {error.strerror}", MEND) from error


def write_into(folder: Path, name: str, text: str) -> Path:
    """Write a file into a folder that is made where it is not there; its path. Raises Trouble when it cannot be."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"cannot write {path}: {error.strerror}", MEND) from error
    write(path, text)
    return path
