"""From a path in the tree to a place in a file, and to how that file's author would write the path."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

from spec.problem import Mark
from spec.tree_path import value_at
from spec.yaml_tree import Map, Seq, Tree

if TYPE_CHECKING:
    from spec.yaml_fault import Place

Path: TypeAlias = tuple[str | int, ...]

_BARE = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
_BARE_KEY = re.compile(_BARE)
_PART = re.compile(rf'(?P<dot>\.?)(?P<bare>{_BARE})|\[(?:(?P<index>[0-9]{{1,9}})|(?P<quoted>"(?:[^"\\]|\\.)*"))\]')


def spell(path: Path) -> str:
    """`('alerts', 1, 'for')` as `alerts[1].for`; a key with other characters in quotes: `metrics["a b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _BARE_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=not part.isprintable())}]"
    return text


def unspell(text: str) -> Path:
    """The path that `spell` writes as this text; ValueError, with the column counted from 1, when it spells none."""
    path: list[str | int] = []
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or (part["bare"] is not None and bool(part["dot"]) != bool(path)):
            raise ValueError(f"not a path at column {at + 1}: {text!r}")
        if part["bare"] is not None:
            path.append(part["bare"])
        else:
            path.append(int(part["index"]) if part["index"] else str(_unquote(part["quoted"], at)))
        at = part.end()
    return tuple(path)


def _unquote(quoted: str, at: int) -> object:
    try:
        return json.loads(quoted)
    except ValueError:
        raise ValueError(f"not a path at column {at + 1}: {quoted}") from None


def locate(tree: Tree, path: Path, *, key: bool = False) -> Mark:
    """Where the value at a path stands, or with `key` its key.

    A path that goes deeper than the tree gives the key of the deepest part that exists: there something is missing.
    """
    places = _places(tree, path)
    key_place, value_place = places[-1]
    return Mark(*(value_place if len(places) > len(path) and not key else key_place))


def in_file(tree: Tree, path: Path, *, key: bool = False) -> tuple[Mark, str]:
    """The mark of a path, and the path as it is written in the file that the mark names.

    A service's file does not say `services.tug`; an overlay calls the elements of a list by their names.
    """
    mark = locate(tree, path, key=key)
    service = _places(tree, path[:2])[2:] if path[:1] == ("services",) else []
    if service and service[0][0][0] == mark.file:
        return mark, spell(path[2:])
    return mark, spell(_by_name(tree, path, mark.file))


def around(tree: Tree, path: Path) -> Path:
    """The path itself, or the nearest part around it that the spec says, where it leaves this to a default."""
    while path and value_at(tree, path) is None:
        path = path[:-1]
    return path


def _places(tree: Tree, path: Path) -> list[tuple[Place, Place]]:
    """Key and value of the root and of every part of the path, as far as it exists; an item is its own key."""
    start = tree.place if isinstance(tree, (Map, Seq)) else ("", 1, 1)
    places = [(start, start)]
    for part in path:
        if isinstance(tree, Map) and isinstance(part, str) and part in tree:
            file, line, column, value_line, value_column = tree.marks[part]
            places.append(((file, line, column), (file, value_line, value_column)))
            tree = tree[part]
        elif isinstance(tree, Seq) and isinstance(part, int) and 0 <= part < len(tree):
            places.append((tree.marks[part], tree.marks[part]))
            tree = tree[part]
        else:
            break
    return places


def _by_name(tree: Tree, path: Path, file: str) -> Path:
    """The path with names instead of the positions of those elements which stand in another file."""
    places = _places(tree, path)
    spelled: list[str | int] = []
    for part, (place, _) in zip(path, places[1:], strict=False):
        element = None
        if isinstance(tree, Seq) and isinstance(part, int):
            tree = element = tree[part]
        elif isinstance(tree, Map) and isinstance(part, str):
            tree = tree[part]
        name = element.get("name") if isinstance(element, Map) else None
        spelled.append(name if isinstance(name, str) and place[0] != file else part)
    return (*spelled, *path[len(spelled) :])
