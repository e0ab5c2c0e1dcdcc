"""A tree without its invalid parts, so that what is left can still be checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from spec.root import StackSpec
from spec.tree_path import value_at
from spec.validate import real_path
from spec.yaml_tree import Map, Seq

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str | int, ...]
_ROUNDS = 6
_KEPT_WHOLE = 3
"""Nothing above `services.NAME.KEY` (or `notification.KEY.NAME`) is cut out."""
_ELEMENT = ("services", "NAME", "KEY", "ELEMENT")
_CUT_WHOLE = ("metrics", "indicators")
"""Parts of a service whose elements are cut out whole: what refers to the rest of one would be wrong about it."""


def prune(tree: Map) -> tuple[Map, frozenset[str]]:
    """The tree without the elements that hold an error, and the names of what was cut out.

    Each round cuts a level higher where the round before did not help. The given tree is left as it is.
    """
    gone: set[str] = set()
    for _ in range(_ROUNDS):
        try:
            StackSpec.model_validate(tree)
        except ValidationError as error:
            paths = {_unit(tree, real_path(tree, detail["loc"]), detail["type"]) for detail in error.errors()}
            paths.discard(())
            if not paths:
                break
            gone |= set(_names(tree, paths))
            tree = _without(tree, paths, ())
        else:
            break
    return tree, frozenset(gone)


def _unit(tree: Any, path: Path, kind: str) -> Path:
    """The smallest part whose absence can be borne: an unknown key itself, else the nearest element around it."""
    if kind == "extra_forbidden":
        return path
    if path[0] == "services" and len(path) > len(_ELEMENT) and path[2] in _CUT_WHOLE:
        return path[: len(_ELEMENT)]
    nodes = [tree]
    for step in path:
        nodes.append(value_at(nodes[-1], (step,)))
    for length in range(len(path), 0, -1):
        parent = nodes[length - 1]
        if isinstance(parent, list) or (
            length >= _KEPT_WHOLE and isinstance(parent, dict) and isinstance(nodes[length], dict)
        ):
            return path[:length]
    return path


def _names(tree: Any, paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        node = value_at(tree, path)
        yield str(path[-1])
        if isinstance(node, dict) and isinstance(node.get("name"), str):
            yield node["name"]


def _without(node: Any, paths: set[Path], here: Path) -> Any:
    if not any(path[: len(here)] == here for path in paths):
        return node
    if isinstance(node, Map):
        kept = Map(node.place)
        for key, value in node.items():
            if (*here, key) not in paths:
                kept.put(key, _without(value, paths, (*here, key)), node.marks[key])
        return kept
    if isinstance(node, Seq):
        left = Seq(node.place)
        for index, value in enumerate(node):
            if (*here, index) not in paths:
                left.add(_without(value, paths, (*here, index)), node.marks[index])
        return left
    return node
