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

    def write(self, panel: Json, indent: str, parts: list[str]) -> None:
        """The lines of a panel of this form."""
        if indent not in self._texts:
            self._texts[indent] = self._split(indent)
        pieces, paths = self._texts[indent]
        if len(paths) != len(self.slots):  # somebody's words look like a mark
            _lines(panel, indent, parts)
            return
        parts.append(pieces[0])
        for path, piece in zip(paths, pieces[1:], strict=True):
            parts += (_at(panel, path), piece)

    def _split(self, indent: str) -> tuple[list[str], list[SlotPath]]:
        """The texts between the slots, and the paths of the slots in the order in which they are written."""
        marked: Any = self.model
        for number, path in enumerate(self.slots):
            marked = replaced(marked, path, f"\0{number}\0")
        parts: list[str] = []
        _lines(marked, indent, parts)
        found = _MARK.split("".join(parts))
        return found[::2], [self.slots[int(number)] for number in found[1::2]]


class Cast(dict[str, object]):
    """A panel of a form."""

    __slots__ = ("form",)

    def __init__(self, panel: Json, form: Form) -> None:
        super().__init__(panel)
        self.form = form


def replaced(tree: Any, path: SlotPath, value: object) -> Any:
    """A tree like this one with another value at a path."""
    if not path:
        return value
    made = tree.copy()
    made[path[0]] = replaced(tree[path[0]], path[1:], value)
    return made


def but(panel: Json, **values: object) -> Json:
    """A panel like this one, of the same form if it has one, with other values under some keys, which are slots."""
    made = Cast(panel, panel.form) if isinstance(panel, Cast) else dict(panel)
    made.update(values)
    return made


def encode(dashboard: Json) -> bytes:
    """The dashboard as a file: a line for each of its keys and for each of a panel's."""
    parts: list[str] = []
    _lines(dashboard, "", parts)
    return ("".join(parts) + "\n").encode()


def _lines(tree: Json, indent: str, parts: list[str]) -> None:
    """A dashboard, a row or a panel, with a line for each key; the panels and the queries below it have their own."""
    before = f"{indent}{{\n"
    for key, value in tree.items():
        parts.append(f'{before}{indent} "{key}": ')
        before = ",\n"
        if key in ("panels", "targets") and isinstance(value, list) and value:
            _entries(value, indent, parts, of_panels=key == "panels")
        else:
            parts.append(_text(value))
    parts.append(f"\n{indent}}}")


def _entries(entries: list[Json], indent: str, parts: list[str], *, of_panels: bool) -> None:
    deeper, before = indent + "  ", "[\n"
    for entry in entries:
        parts.append(before)
        before = ",\n"
        if not of_panels:
            parts.append(f"{deeper}{_encoded(entry)}")
        elif isinstance(entry, Cast):
            entry.form.write(entry, deeper, parts)
        else:
            _lines(entry, deeper, parts)
    parts.append(f"\n{indent} ]")


def _text(value: object) -> str:
    """JSON on one line."""
    return str(value) if type(value) is int else _encoded(value)


def _at(panel: Json, path: SlotPath) -> str:
    """The text of what is at a slot. Every panel has a place, of which the encoder would make much ado."""
    if path == GRID:
        return _PLACE % panel["gridPos"]
    return _text(reduce(getitem, path, panel) if len(path) > 1 else panel[path[0]])  # type: ignore[arg-type,index]
