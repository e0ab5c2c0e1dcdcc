"""Dashboards as files: one line for each thing that somebody changes, the text of each form of a panel made once.

Python's own indentation would do the same in ten times the time, because it leaves the encoder that is written in C.
"""

from __future__ import annotations

import json
import re
from itertools import count
from json.encoder import encode_basestring
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dashboards.modern import Json

SlotPath: TypeAlias = tuple[str | int, ...]
_encoded = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(", ", ": ")).encode


class Form:
    """What JSON trees have in common that differ at some paths alone, the `slots`: the text of all the rest."""

    def __init__(self, model: Json, slots: tuple[SlotPath, ...]) -> None:
        self.model = model
        self.slots = slots
        self.kind = str(model.get("type", ""))
        """Grafana's name of what kind of panel it is; empty for a dashboard."""
        self._templates: dict[str, tuple[str, Callable[[Sequence[str]], object]]] = {}

    def tree(self, values: Iterable[object]) -> Json:
        """The tree of this form with these values at the slots."""
        tree: Json = self.model
        for path, value in zip(self.slots, values, strict=True):
            tree = replaced(tree, path, value)
        return tree

    def text(self, values: Sequence[str], indent: str = "") -> str:
        """The lines of the tree of this form with these values, of which each is its JSON."""
        known = self._templates.get(indent)
        if known is None:
            template, order = self._template(indent)
            known = self._templates[indent] = template, itemgetter(*order)
        template, ordered = known
        return template % ordered(values)

    def _template(self, indent: str) -> tuple[str, list[int]]:
        """The text with a place for each value, and which value stands where."""
        plain = _lines(self.model, indent)
        nonce = next(number for number in count() if f'"\\u0000{number}:' not in plain)
        marked: Any = self.model
        for number, path in enumerate(self.slots):
            marked = replaced(marked, path, f"\0{nonce}:{number}\0")
        found = re.split(rf'"\\u0000{nonce}:(\d+)\\u0000"', _lines(marked, indent))
        return "%s".join(piece.replace("%", "%%") for piece in found[::2]), [*map(int, found[1::2])]


def replaced(tree: Any, path: SlotPath, value: object) -> Any:
    """A tree like this one with another value at a path."""
    if not path:
        return value
    made = tree.copy()
    made[path[0]] = replaced(tree[path[0]], path[1:], value)
    return made


def encoded(value: object) -> str:
    """JSON on one line."""
    kind = value.__class__
    if kind is str:
        return encode_basestring(value)  # type: ignore[arg-type] # mypy does not follow `__class__`
    if kind is int or (kind is float and isfinite(value)):  # type: ignore[arg-type]
        return repr(value)
    return _encoded(value)


def listed(entries: Sequence[str], indent: str) -> str:
    """A list with its entries on lines of their own, which are indented already; `indent` is that of what holds it."""
    return "[\n" + ",\n".join(entries) + f"\n{indent} ]" if entries else "[]"


def _lines(tree: Any, indent: str) -> str:
    """A dashboard, a row or a panel, with a line for each key, and one for each query of a panel."""
    lines = []
    for key, value in tree.items():
        asked = key == "targets" and value
        text = listed([f"{indent}  {_encoded(query)}" for query in value], indent) if asked else encoded(value)
        lines.append(f'{indent} "{key}": {text}')
    return f"{indent}{{\n" + ",\n".join(lines) + f"\n{indent}}}"
