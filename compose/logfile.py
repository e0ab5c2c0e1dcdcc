"""Reading a process's log file: its end, and what is added to it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 64 * 1024
PAUSE = 0.2
"""Seconds between two looks at a file that does not grow."""


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines, from the file and, where it is short because it was just rotated, from its predecessor."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        return _ending(file, path, count)


def tail(path: Path, count: int, follow: bool) -> Iterator[str]:
    """The last lines, then, with `follow`, those that are added, through rotations, until the reader stops asking."""
    file = path.open("rb")
    try:
        yield from _ending(file, path, count)
        part = b""
        while follow:
            part += file.readline()
            if part.endswith(b"\n"):
                yield _text(part)
                part = b""
            elif _rotated(file, path):
                file.close()
                file = path.open("rb")
            else:
                time.sleep(PAUSE)
    finally:
        file.close()


def _ending(file: BinaryIO, path: Path, count: int) -> list[str]:
    """The last lines of an open file, which is left at its end."""
    lines = _last(file, count)
    previous = path.with_name(f"{path.name}.1")
    if len(lines) < count and previous.exists():
        with previous.open("rb") as older:
            lines = [*_last(older, count - len(lines)), *lines]
    return lines


def _last(file: BinaryIO, count: int) -> list[str]:
    start = end = file.seek(0, 2)
    text = b""
    while start > 0 and text.count(b"\n") <= count:
        start = max(0, start - BLOCK)
        file.seek(start)
        text = file.read(end - start)
    return [_text(line) for line in text.splitlines()[-count:]] if count > 0 else []


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r\n")


def _rotated(file: BinaryIO, path: Path) -> bool:
    """Whether the path names another file by now, and this one has been read to its end."""
    mine = os.fstat(file.fileno())
    try:
        return path.stat().st_ino != mine.st_ino and file.tell() >= mine.st_size
    except FileNotFoundError:
        return False
