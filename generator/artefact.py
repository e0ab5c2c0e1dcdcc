"""An artefact: a path below `build/` and the bytes that belong there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Artefact:
    """`path` uses forward slashes and is relative to `build/`."""

    path: str
    content: bytes
