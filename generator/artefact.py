"""An artefact: a path below `build/` and the bytes that belong there."""

from __future__ import annotations

from typing import NamedTuple


class Artefact(NamedTuple):
    """`path` uses forward slashes and is relative to `build/`."""

    path: str
    content: bytes


class Kept(NamedTuple):
    """An artefact that is in its place already, as it would be made again.

    `checksum` is that of its content, when Prometheus loads it (`rule_files`).
    """

    path: str
    checksum: bytes = b""
