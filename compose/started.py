"""What a component was started with, as a line of hashes: the same line is nothing to do, a different one says why.

`command=1f… files=9a… secrets=07… program=c4…` is kept with the process or the container; a part that a component
does not have is left out.
"""

from __future__ import annotations


def started(**parts: str) -> str:
    """The line; each part is the hash of what it is named for."""
    return " ".join(f"{name}={digest}" for name, digest in parts.items() if digest)


def changed(before: str, after: str) -> str:
    """Which parts differ, in words, or what can be said when another version wrote the line."""
    old, new = _parts(before), _parts(after)
    names = [name for name in (*new, *(name for name in old if name not in new)) if old.get(name) != new.get(name)]
    return f"its {_joined(names)} changed" if old and new else "its start configuration changed"


def _joined(names: list[str]) -> str:
    *most, last = names or ["start configuration"]
    return f"{', '.join(most)} and {last}" if most else last


def _parts(line: str) -> dict[str, str]:
    return {name: digest for name, found, digest in (part.partition("=") for part in line.split()) if found}
