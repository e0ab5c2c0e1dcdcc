"""A damaged record written out where the alert reads it, so that a query sees the damage without a rule.

Prometheus evaluates rules one step at a time and a query all steps at once. A record that is read at the present moment
is its own expression, less the series that the reader's matchers keep out.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from rules.mutation.tree import Node, everywhere, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rules.rule import Recording

_EQUAL = re.compile(r'(\w+)=("(?:[^"\\]|\\.)+")')


def inliner(records: Iterable[Recording], changed: str) -> Callable[[str], str]:
    """What writes the record `changed`, and every record that reads it, out in an expression. An expression stays as it
    is where one of them is read over time, at another time, or by other than equal labels."""
    known: dict[str, Node] = {}
    for record in records:
        tree = parse(record.expr)
        if record.record == changed or _reads(tree, known):
            if not _open(tree, known):
                return str
            known[record.record] = _labelled(_written(tree, known), record.labels)
    return lambda expr: str(_written(parse(expr), known)) if _open(parse(expr), known) else expr


def _reads(tree: Node, known: Mapping[str, Node]) -> bool:
    return any(node.name in known for node in _series(tree))


def _series(tree: Node) -> Iterator[Node]:
    return (node for node, _, _ in everywhere(tree) if node.kind == "series")


def _open(tree: Node, known: Mapping[str, Node]) -> bool:
    """Whether each of the known records may stand in its reader's place, and there is a series to choose from."""
    ranges = (node.children[0].name for node, _, _ in everywhere(tree) if node.kind == "range")
    series = tuple(_series(tree))
    read = (node for node in series if node.name in known)
    plain = all(not node.offset and all(map(_EQUAL.fullmatch, node.matchers)) for node in read)
    return bool(series) and plain and known.keys().isdisjoint(ranges)


def _written(node: Node, known: Mapping[str, Node]) -> Node:
    if node.kind == "series" and node.name in known:
        return _chosen(known[node.name], node.matchers)
    return node.over(_written(child, known) for child in node.children)


def _chosen(tree: Node, matchers: Iterable[str]) -> Node:
    """The series of a tree with these labels: a matcher as an operator."""
    for matcher in matchers:
        label, _, value = matcher.partition("=")
        only = Node("call", "vector", children=(Node("number", value="1"),))
        tree = Node("binary", "and", children=(tree, _with_label(only, label, value)), mode="on", labels=(label,))
        tree = Node("parens", children=(tree,))
    return tree


def _labelled(tree: Node, labels: Mapping[str, str]) -> Node:
    """What a rule makes of its expression: its own labels over those that are there."""
    for label, value in labels.items():
        tree = _with_label(tree, label, json.dumps(value, ensure_ascii=False))
    return Node("parens", children=(tree,))


def _with_label(tree: Node, label: str, quoted: str) -> Node:
    texts = (f'"{label}"', quoted.replace("$", "$$"), '""', '""')
    return Node("call", "label_replace", children=(tree, *(Node("text", value=text) for text in texts)))
