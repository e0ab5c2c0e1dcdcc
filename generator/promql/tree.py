"""A PromQL expression as values: a small tree of our own over the parser's, without parentheses.

The parser gives no positions, and a new object for every look at a part of its tree: here each node is one object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from spec.selector import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AN_HOUR = "1h"
"""Stands for Grafana's variables of time (`$__rate_interval`): long enough for every window."""
_TIME_VARIABLE = re.compile(r"\$\{?__[a-z]\w*\}?")
_SET_OPERATORS = ("and", "or", "unless")
GROWTH = frozenset({"rate", "irate", "increase"})
"""Functions that say how much a counter grew."""
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")


@dataclass(frozen=True, eq=False, slots=True)
class Series:
    """`metric{matchers}`, with a range in seconds when it is a range vector; `moved` by an offset or to a moment."""

    metric: str
    matchers: tuple[Matcher, ...]
    range: float | None = None
    moved: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Subquery:
    """`(…)[range:step]`"""

    inner: Node
    range: float


@dataclass(frozen=True, eq=False, slots=True)
class Number:
    value: float


@dataclass(frozen=True, eq=False, slots=True)
class Text:
    value: str


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Aggregate:
    """`sum by (labels) (inner)`; `grouping` is by, without, or nothing."""

    op: str
    grouping: str
    labels: tuple[str, ...]
    inner: Node
    param: Node | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Binary:
    """`lhs op rhs`; `matching` is on, ignoring or nothing, `many` is left or right with group_left or group_right."""

    op: str
    lhs: Node
    rhs: Node
    matching: str = ""
    labels: tuple[str, ...] = ()
    many: str = ""
    include: tuple[str, ...] = ()
    as_bool: bool = False

    @property
    def is_set(self) -> bool:
        return self.op in _SET_OPERATORS

    @property
    def compares(self) -> bool:
        return self.op in COMPARISONS


@dataclass(frozen=True, eq=False, slots=True)
class Negative:
    inner: Node


Node: TypeAlias = Series | Subquery | Number | Text | Call | Aggregate | Binary | Negative


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node."""
    match node:
        case Call():
            return node.args
        case Binary():
            return (node.lhs, node.rhs)
        case Aggregate():
            return (node.inner,) if node.param is None else (node.param, node.inner)
        case Subquery() | Negative():
            return (node.inner,)
        case _:
            return ()


def walk(node: Node, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every node with the nodes around it, the nearest last."""
    yield node, above
    for child in children(node):
        yield from walk(child, (*above, node))


@lru_cache(maxsize=65536)
def read(text: str) -> Node | None:
    """The tree of an expression, in which variables of Grafana may stand; None when it is no PromQL."""
    import promql_parser

    try:
        return _node(promql_parser.parse(_TIME_VARIABLE.sub(AN_HOUR, text)))
    except ValueError:
        return None


def _node(tree: Any) -> Node:
    kind = type(tree).__name__
    if kind not in _READERS:
        raise ValueError(f"unknown kind of expression: {kind}")
    return _READERS[kind](tree)


_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def _series(tree: Any, range_: float | None) -> Series:
    matchers = tuple(
        Matcher(one.name, _OPERATORS[str(one.op).rpartition(".")[2]], one.value)  # type: ignore[arg-type]  # of the four
        for one in tree.matchers.matchers
    )
    named = next((one.value for one in matchers if one.label == "__name__" and one.operator == "="), "")
    rest = tuple(one for one in matchers if one.label != "__name__")
    moved = " ".join(str(one) for one in (tree.offset, tree.at) if one is not None)
    return Series(str(tree.name or named), rest, range_, moved)


def _aggregate(tree: Any) -> Aggregate:
    modifier = tree.modifier
    grouping = "" if modifier is None else ("by" if str(modifier.type).endswith("By") else "without")
    labels = () if modifier is None else tuple(modifier.labels)
    param = None if tree.param is None else _node(tree.param)
    return Aggregate(str(tree.op), grouping, labels, _node(tree.expr), param)


def _binary(tree: Any) -> Binary:
    op, lhs, rhs, modifier = str(tree.op), _node(tree.lhs), _node(tree.rhs), tree.modifier
    if modifier is None:
        return Binary(op, lhs, rhs)
    matching, labels = "", ()
    if modifier.matching is not None:
        matching = "on" if str(modifier.matching.type).endswith("Include") else "ignoring"
        labels = tuple(modifier.matching.labels)
    card = str(modifier.card).rpartition(".")[2]
    many = {"ManyToOne": "left", "OneToMany": "right"}.get(card, "")
    return Binary(op, lhs, rhs, matching, labels, many, tuple(modifier.group_labels or ()), bool(modifier.return_bool))


_READERS: dict[str, Callable[[Any], Node]] = {
    "ParenExpr": lambda tree: _node(tree.expr),
    "VectorSelector": lambda tree: _series(tree, None),
    "MatrixSelector": lambda tree: _series(tree.vector_selector, tree.range.total_seconds()),
    "NumberLiteral": lambda tree: Number(float(tree.val)),
    "StringLiteral": lambda tree: Text(str(tree.val)),
    "Call": lambda tree: Call(tree.func.name, tuple(map(_node, tree.args))),
    "SubqueryExpr": lambda tree: Subquery(_node(tree.expr), tree.range.total_seconds()),
    "UnaryExpr": lambda tree: Negative(_node(tree.expr)),
    "AggregateExpr": _aggregate,
    "BinaryExpr": _binary,
}
