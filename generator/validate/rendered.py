"""From a line of a rendered file to the part of it that stands there: the first half of the way back to the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.tree_path import value_at
from spec.yaml_tree import Map, Seq, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import SpecPath
    from spec.yaml_tree import Tree


def tree_of(text: str) -> Map:
    """A rendered file as a tree with places. Renderers write valid YAML; what is not gives an empty tree."""
    tree, problems = parse(text, "rendered")
    return Map() if problems else tree


def part_at(tree: Map, line: int) -> SpecPath:
    """The path of what stands at a line, counted from 1: the last value that starts there or above."""
    best: SpecPath = ()
    for path, start in _starts(tree, ()):
        if start > line:
            break
        best = path
    return best


def part_with(text: str, words: str) -> SpecPath:
    """The path of the first value that is these words, else of the first line that holds them; () when none does."""
    tree = tree_of(text)
    exact = next((path for path, _ in _starts(tree, ()) if str(value_at(tree, path)) == words), None)
    if exact is not None:
        return exact
    lines = enumerate(text.splitlines(), 1)
    found = next((number for number, line in lines if words and words in line), 0)
    return part_at(tree, found) if found else ()


def _starts(tree: Tree, path: SpecPath) -> Iterator[tuple[SpecPath, int]]:
    """Every key and item with the line on which it starts, in the order of the text."""
    if isinstance(tree, Map):
        for key, value in tree.items():
            yield (*path, key), tree.key_mark(key).line
            yield from _starts(value, (*path, key))
    elif isinstance(tree, Seq):
        for index, value in enumerate(tree):
            yield (*path, index), tree.item_mark(index).line
            yield from _starts(value, (*path, index))
