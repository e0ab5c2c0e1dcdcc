"""PromQL as a tree that can be changed and written again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import is_
from typing import TYPE_CHECKING, Any, Literal

from spec.expr import number
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import timedelta

Kind = Literal["number", "text", "series", "range", "call", "aggregate", "binary", "parens", "minus", "subquery"]


@dataclass(frozen=True)
class Node:
    """A part of an expression.

    `name`: of a metric, function, aggregation or operator; `value`: of a number or text; `matchers`: of series;
    `span`: of a range; `offset` of series; `labels` and `mode` (by, without, on, ignoring, bool): of aggregations and
    operators.
    """

    kind: Kind
    name: str = ""
    value: str = ""
    children: tuple[Node, ...] = ()
    matchers: tuple[str, ...] = ()
    span: Duration | None = None
    offset: Duration | None = None
    mode: str = ""
    labels: tuple[str, ...] = ()
    boolean: bool = False

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        """Written once: a damaged tree has most of its nodes from the sound one."""
        return _WRITE[self.kind](self)

    def child(self, index: int, new: Node) -> Node:
        """The same with one child replaced."""
        return self.over((*self.children[:index], new, *self.children[index + 1 :]))

    def over(self, children: Iterable[Node]) -> Node:
        """The same with other children; itself when they are its own."""
        others = tuple(children)
        same = len(others) == len(self.children) and all(map(is_, others, self.children))
        return self if same else replace(self, children=others)


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """The tree of an expression that promtool accepts. Raises ValueError for one that is not understood."""
    import promql_parser

    return _read(promql_parser.parse(text))


def everywhere(node: Node) -> Iterator[tuple[Node, Node | None, int]]:
    """Every node with its parent and its place there, from the root down."""
    yield from _below(node, None, 0)


def _below(node: Node, parent: Node | None, index: int) -> Iterator[tuple[Node, Node | None, int]]:
    yield node, parent, index
    for place, child in enumerate(node.children):
        yield from _below(child, node, place)


def swapped(root: Node, old: Node, new: Node) -> Node:
    """The tree with one node (that very object) replaced."""
    if root is old:
        return new
    return root.over(swapped(child, old, new) for child in root.children)


def _read(tree: Any) -> Node:
    reader = _READ.get(type(tree).__name__)
    if reader is None:
        raise ValueError(f"cannot take apart {tree}")
    return reader(tree)


def _duration(delta: timedelta | None) -> Duration | None:
    return None if not delta else Duration(round(delta.total_seconds() * 1000))


def _series(tree: Any) -> Node:
    operators = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
    found = tuple(
        f"{m.name}{operators[str(m.op).rpartition('.')[2]]}{_quoted(m.value)}" for m in tree.matchers.matchers
    )
    return Node("series", tree.name or "", matchers=found, offset=_duration(tree.offset))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _exact(value: float) -> str:
    """A number as it is usually written, or with all its digits where that would be another number."""
    usual = number(value)
    return usual if float(usual) == value else repr(value)


def _range(tree: Any) -> Node:
    return Node("range", children=(_series(tree.vector_selector),), span=_duration(tree.range))


def _aggregate(tree: Any) -> Node:
    inner = (_read(tree.param), _read(tree.expr)) if tree.param is not None else (_read(tree.expr),)
    if tree.modifier is None:
        return Node("aggregate", str(tree.op), children=inner)
    mode = str(tree.modifier.type).rpartition(".")[2].lower()
    return Node("aggregate", str(tree.op), children=inner, mode=mode, labels=tuple(tree.modifier.labels))


def _binary(tree: Any) -> Node:
    both, modifier = (_read(tree.lhs), _read(tree.rhs)), tree.modifier
    if modifier is None:
        return Node("binary", str(tree.op), children=both)
    if modifier.group_labels:
        raise ValueError(f"group modifiers are not taken apart: {tree}")
    matching = modifier.matching
    mode = "" if matching is None else "on" if str(matching.type).endswith("Include") else "ignoring"
    labels = tuple(matching.labels) if matching is not None else ()
    return Node("binary", str(tree.op), children=both, mode=mode, labels=labels, boolean=modifier.return_bool)


_READ: dict[str, Callable[[Any], Node]] = {
    "NumberLiteral": lambda tree: Node("number", value=_exact(tree.val)),
    "StringLiteral": lambda tree: Node("text", value=_quoted(tree.val)),
    "VectorSelector": _series,
    "MatrixSelector": _range,
    "Call": lambda tree: Node("call", tree.func.name, children=tuple(_read(arg) for arg in tree.args)),
    "AggregateExpr": _aggregate,
    "BinaryExpr": _binary,
    "ParenExpr": lambda tree: Node("parens", children=(_read(tree.expr),)),
    "UnaryExpr": lambda tree: Node("minus", children=(_read(tree.expr),)),
}


def _write_series(node: Node) -> str:
    inner = ",".join(node.matchers)
    offset = f" offset {node.offset}" if node.offset else ""
    return f"{node.name}{{{inner}}}{offset}" if inner else f"{node.name}{offset}"


def _write_range(node: Node) -> str:
    series = node.children[0]
    offset = f" offset {series.offset}" if series.offset else ""
    return f"{replace(series, offset=None)}[{node.span}]{offset}"


def _write_aggregate(node: Node) -> str:
    how = f" {node.mode} ({', '.join(node.labels)})" if node.mode else ""
    return f"{node.name}{how} ({', '.join(map(str, node.children))})"


def _write_binary(node: Node) -> str:
    how = (" bool" if node.boolean else "") + (f" {node.mode} ({', '.join(node.labels)})" if node.mode else "")
    return f"{node.children[0]} {node.name}{how} {node.children[1]}"


_WRITE: dict[Kind, Callable[[Node], str]] = {
    "number": lambda node: node.value,
    "text": lambda node: node.value,
    "series": _write_series,
    "range": _write_range,
    "call": lambda node: f"{node.name}({', '.join(map(str, node.children))})",
    "aggregate": _write_aggregate,
    "binary": _write_binary,
    "parens": lambda node: f"({node.children[0]})",
    "minus": lambda node: f"-{node.children[0]}",
}
