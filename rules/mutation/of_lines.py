"""The ways to damage a rule on log lines: LogQL that counts lines reads as PromQL, but for its filters of lines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rules.mutation.operators import Damage, Place, damages
from rules.mutation.tree import everywhere, parse, swapped
from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rules.mutation.tree import Node
    from rules.proof.case import Threshold

_LINE = "__line__"
"""The label that stands for a line's text while LogQL is read as PromQL, where streams need a name, too."""
_FILTER = re.compile(r'\} \|= ("(?:[^"\\]|\\.)*")')
_TEXT = re.compile(rf"{_LINE}(!?=)(.*)", re.DOTALL)
_SIGNS = {"=": "|=", "!=": "!="}
_NEGATIVE = re.compile(r"\w+!")
_OTHERWISE = {"rate": "count_over_time", "absent_over_time": "rate"}


def line_damages(expr: str, thresholds: Sequence[Threshold]) -> Iterator[Damage]:
    """Every damage of an alert's LogQL that Loki can still read."""
    named = expr.replace(f"({{{SERVICE}=", f"(lines{{{SERVICE}=")
    root = parse(_FILTER.sub(rf",{_LINE}=\1}}", named))
    for damage in damages(root, thresholds):
        if damage.kind != "function":
            yield replace(damage, what=_told(damage.what), expr=str(_as_logql(parse(damage.expr))))
    for node, parent, index in everywhere(root):
        if other := _OTHERWISE.get(node.name if node.kind == "call" else ""):
            damaged = _as_logql(swapped(root, node, replace(node, name=other)))
            yield Damage("function", f"{node.name} turned into {other}", str(damaged), Place(node, parent, index))


def _told(what: str) -> str:
    filters = what.replace(f"matcher {_LINE}=", "filter |= ").replace(f"{_LINE}!=", "!= ")
    return filters.replace("(lines{", "({").replace(_LINE, "line")


def _as_logql(node: Node) -> Node:
    """The tree with its selectors as Loki writes them. Without a matcher that lets in less than everything, Loki would
    refuse a selector: any service stands for it."""
    if node.kind != "series":
        return replace(node, children=tuple(map(_as_logql, node.children)))
    matchers = [one for one in node.matchers if not _TEXT.match(one)]
    if all(_NEGATIVE.match(one) for one in matchers):
        matchers.append(f'{SERVICE}=~".+"')
    filters = (found for found in map(_TEXT.match, node.matchers) if found)
    behind = "".join(f" {_SIGNS[found[1]]} {found[2]}" for found in filters)
    return replace(node, name=f"{{{','.join(matchers)}}}{behind}", matchers=())
