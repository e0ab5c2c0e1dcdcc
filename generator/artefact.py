"""An artefact: a path below `build/` and the bytes that belong there."""

from __future__ import annotations

from typing import NamedTuple


class Artefact(NamedTuple):
    """`path` uses forward slashes and is relative to `build/`."""

    path: str
    content: bytes


class Kept(NamedTuple):
    """An artefact that is in its place already, as it would be made again; `build` is the folder it lies in."""

    path: str
    build: str

    @property
    def content(self) -> bytes:
        """Read from its place. Raises OSError."""
        with open(f"{self.build}/{self.path}", "rb") as file:  # noqa: PTH123 - for thousands of files
            return file.read()
