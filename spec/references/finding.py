"""What a look at references finds, in the model's terms; `check` turns it into a problem at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]
"""Where, what, and what to do."""
_SHOWN = 12
"""How many of the known names a hint lists."""


def unknown(what: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    """Message and hint for a name that does not exist."""
    names = sorted(set(known))
    best = nearest(name, names)
    if best:
        return f"unknown {what} {name!r}", f"did you mean {best}?"
    listed = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    return f"unknown {what} {name!r}", f"known: {listed}" if names else "none is defined"
