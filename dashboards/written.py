"""Dashboards as files: one line for each thing that somebody changes, the text of each form of a panel made once.

Python's own indentation would do the same in ten times the time, because it leaves the encoder that is written in C.
"""

from __future__ import annotations

import json
import re
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from dashboards.modern import Json

SlotPath: TypeAlias = tuple[str | int, ...]
GRID: SlotPath = ("gridPos",)
_PLACE = '{"h": %(h)d, "w": %(w)d, "x": %(x)d, "y": %(y)d}'
_MARK = re.compile(r'"\\u0000(\d+)\\u0000"')
_encoded = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(", ", ": ")).encode


class Form:
    """What panels have in common that differ at some paths alone, the `slots`: the text of all the rest."""

    def __init__(self, model: Json, slots: tuple[SlotPath, ...]) -> None:
        self.model = model
        self.slots = slots
        self._texts: dict[str, tuple[list[str], list[SlotPath]]] = {}

    def text(self, panel: Json, indent: str) -> str:
        """The lines of a panel of this form."""
        if indent not in self._texts:
            self._texts[indent] = self._split(indent)
        pieces, paths = self._texts[indent]
        if len(paths) != len(self.slots):  # somebody's words look like a mark
            return _lines(panel, indent)
        parts = [pieces[0]]
        for path, piece in zip(paths, pieces[1:], strict=True):
            parts += (_at(panel, path), piece)
        return "".join(parts)

    def _split(self, indent: str) -> tuple[list[str], list[SlotPath]]:
        """The texts between the slots, and the paths of the slots in the order in which they are written."""
        marked: Any = self.model
        for number, path in enumerate(self.slots):
            marked = _with(marked, path, f"\0{number}\0")
        parts = _MARK.split(_lines(marked, indent))
        return parts[::2], [self.slots[int(number)] for number in parts[1::2]]


class Cast(dict[str, object]):
    """A panel of a form."""

    __slots__ = ("form",)

    def __init__(self, panel: Json, form: Form) -> None:
        super().__init__(panel)
        self.form = form


def _with(tree: Any, path: SlotPath, value: object) -> Any:
    """A tree like this one with another value at a path."""
    if not path:
        return value
    made = tree.copy()
    made[path[0]] = _with(tree[path[0]], path[1:], value)
    return made


def but(panel: Json, **values: object) -> Json:
    """A panel like this one, of the same form if it has one, with other values under some keys, which are slots."""
    made = Cast(panel, panel.form) if isinstance(panel, Cast) else dict(panel)
    made.update(values)
    return made


def encode(dashboard: Json) -> bytes:
    """The dashboard as a file: a line for each of its keys and for each of a panel's."""
    lines = []
    for key, value in dashboard.items():
        if key == "panels" and isinstance(value, list) and value:
            panels = ",\n".join([_block(panel, "  ") for panel in value])
            lines.append(f' "panels": [\n{panels}\n ]')
        else:
            lines.append(f' "{key}": {_encoded(value)}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _block(panel: Json, indent: str) -> str:
    return panel.form.text(panel, indent) if isinstance(panel, Cast) else _lines(panel, indent)


def _lines(panel: Json, indent: str) -> str:
    lines = []
    for key, value in panel.items():
        if key in ("panels", "targets") and isinstance(value, list) and value:
            inside = [
                _block(entry, indent + "  ") if key == "panels" else f"{indent}  {_encoded(entry)}" for entry in value
            ]
            lines.append(f'{indent} "{key}": [\n' + ",\n".join(inside) + f"\n{indent} ]")
        else:
            lines.append(f'{indent} "{key}": {_text(value)}')
    return f"{indent}{{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _text(value: object) -> str:
    """JSON on one line."""
    return str(value) if type(value) is int else _encoded(value)


def _at(panel: Json, path: SlotPath) -> str:
    """The text of what is at a slot. Every panel has a place, of which the encoder would make much ado."""
    if path == GRID:
        return _PLACE % panel["gridPos"]
    return _text(reduce(getitem, path, panel) if len(path) > 1 else panel[path[0]])  # type: ignore[arg-type,index]
