"""Following a path into a tree of mappings and lists."""

from __future__ import annotations

from typing import Any


def has(tree: Any, step: str | int) -> bool:
    """Whether a tree has an entry or item of this name or position."""
    if isinstance(tree, dict):
        return step in tree
    return isinstance(tree, list) and isinstance(step, int) and 0 <= step < len(tree)


def value_at(tree: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path, or None where the tree has none."""
    for step in path:
        if not has(tree, step):
            return None
        tree = tree[step]
    return tree
