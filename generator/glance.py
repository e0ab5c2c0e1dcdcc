"""A glance at `build/`: whether all is as the last render left it, so that there is nothing to do.

Most renders change nothing. To say so takes a look at each file that was read and at each that was left, and hardly
more than the interpreter needs to start: this module imports what is loaded or built in, and no typing. What else the
stamp tells is in `generator.stamp`; here it is plain values, in the order in which they are compared.
"""

from __future__ import annotations

import marshal
import os
import sys
from operator import attrgetter
from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

BUILD = "build"
STAMP = ".specola-stamp"
HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib takes too long
_CHECK = 4
_marks = attrgetter("st_ino", "st_ctime_ns")


def unchanged(root: str, asked: tuple[str, ...]) -> int | None:
    """How many files `build/` has, when everything is as it was left; None when that takes a closer look. Never raises.

    `root` is the project's folder without symbolic links, `asked` what `Project.asked` says.
    """
    try:
        below = b"" if os.getcwd() == root else os.fsencode(f"{root}/")  # noqa: PTH109 - short paths are found faster
        was, program, spec, count, services, _ = load(f"{root}/{BUILD}/{STAMP}")
        if was != asked or not _same_program(program) or spec is None:
            return None
        names, number = spec
        if led_to(_split(names, below)) != number:
            return None
        for names, number, _ in services:
            if names and left(_split(names, below)) != number:
                return None
    except (OSError, ValueError, TypeError, EOFError):
        return None
    else:
        found: int = count
        return found


def _split(names: bytes, below: bytes) -> list[bytes]:
    """The paths of names that are relative to the project's folder."""
    return (below + names.replace(b"\0", b"\0" + below) if below else names).split(b"\0")


def _same_program(program: tuple[Any, ...]) -> bool:
    """Whether it is the one that left the stamp. In its folders no name has come or gone, so the files are all."""
    by, files, number, folders, of_folders = program
    as_left: bool = by == interpreter() and led_to(folders.split(b"\0")) == of_folders
    return as_left and left(files.split(b"\0")) == number


def interpreter() -> tuple[str, tuple[tuple[str, int], ...]]:
    """The interpreter, and the folders of its packages: installing anything there changes their marks.

    The folder of the program itself may be a project's, where `up` makes folders: only the files in it count.
    """
    return sys.version, tuple((path, _mark(path)) for path in sys.path if path.rstrip("/") != HOME)


def _mark(path: str) -> int:
    try:
        return led_to((path,))
    except OSError:
        return 0


def left(paths: Iterable[str | bytes]) -> int:
    """How files were left, as a number: which they are, when each was last changed. Raises OSError when one is gone.

    Python's hash of whole numbers is the same in every process; it need only tell accidents apart.
    """
    return hash((*map(_marks, map(os.lstat, paths)),))


def led_to(paths: Iterable[str | bytes]) -> int:
    """Like `left`, of what the paths lead to."""
    return hash((*map(_marks, map(os.stat, paths)),))


def joined(paths: Iterable[str]) -> bytes:
    """Paths in the form that is looked up fastest."""
    return os.fsencode("\0".join(paths))


def load(path: str) -> tuple[Any, ...]:
    """What was stored. Raises OSError; or ValueError, EOFError or TypeError when it is damaged."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes too long to import
        content = memoryview(file.read())
    if crc32(content[_CHECK:]) != int.from_bytes(content[:_CHECK]):
        raise ValueError(f"{path} is damaged")
    found: tuple[Any, ...] = marshal.loads(content[_CHECK:])  # noqa: S302 - it can make plain values only
    return found


def store(path: str, value: tuple[Any, ...]) -> None:
    """Put it in place of what was there, all or nothing. Raises OSError."""
    content = marshal.dumps(value)
    try:
        with open(f"{path}.new", "wb") as file:  # noqa: PTH123
            file.write(crc32(content).to_bytes(_CHECK))
            file.write(content)
        os.replace(f"{path}.new", path)  # noqa: PTH105
    except OSError:
        if os.path.exists(f"{path}.new"):  # noqa: PTH110
            os.unlink(f"{path}.new")  # noqa: PTH108
        raise
