"""The ways to damage an expression: each gives what was damaged, in words, and the damaged expression."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from rules.mutation.tree import Node, everywhere, swapped
from spec.expr import number
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rules.proof.case import Threshold

_TURNED = {">": "<", "<": ">", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
_SHARPER = {">": ">=", "<": "<="}
_ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*"}
_AGGREGATIONS = {"sum": "max", "max": "min", "min": "max", "avg": "max"}
_FUNCTIONS = {
    "rate": "irate", "increase": "rate", "avg_over_time": "max_over_time", "stdvar_over_time": "avg_over_time",
    "predict_linear": "", "histogram_quantile": "", "label_replace": "", "time": "",
}  # fmt: skip
_MATCHER = re.compile(r"^([a-zA-Z_]\w*)(=~|!~|!=|=)(.*)$", re.DOTALL)
_NEGATED = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


@dataclass(frozen=True)
class Place:
    """A node of an expression, with its parent and its place there."""

    node: Node
    parent: Node | None
    index: int


@dataclass(frozen=True)
class Damage:
    """What was done to an expression. `kind` names the operator of damage."""

    kind: str
    what: str
    expr: str
    at: Place


def damages(root: Node, thresholds: Sequence[Threshold]) -> Iterator[Damage]:
    """Every damage of every part of an expression, but for parts that are multiplied by nothing."""
    dead = _dead(root)
    for node, parent, index in everywhere(root):
        if any(node is part for part in dead):
            continue
        place = Place(node, parent, index)
        for kind, operator in _OPERATORS:
            for what, new in operator(place, thresholds):
                yield Damage(kind, what, str(swapped(root, node, new)), place)
    for what, new in _matchers(root):
        yield Damage("matcher", what, str(new), Place(root, None, 0))


def _dead(root: Node) -> list[Node]:
    """`X * 0` is nothing with the labels of X: no damage of X short of removing it can be seen, but for how long
    something must be absent."""
    found: list[Node] = []
    for node, _, _ in everywhere(root):
        if node.kind == "binary" and node.name == "*" and node.children[1].value == "0":
            found += [
                part for part, parent, _ in everywhere(node) if parent is None or parent.name != "absent_over_time"
            ]
    return found


def _comparison(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    node = place.node
    if node.kind == "binary" and node.name in _TURNED and not node.boolean:
        turned = _TURNED[node.name]
        yield f"{node.name} turned into {turned}", replace(node, name=turned)


def _boundary(place: Place, thresholds: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    """`>` against `>=` matters where the tests meet the threshold exactly."""
    node = place.node
    if node.kind == "binary" and node.name in _SHARPER:
        met = [t for t in thresholds if t.exact and _is(t, node.children[1])]
        if met or (node.children[1].value == "0" and _divides(place)):
            sharper = _SHARPER[node.name]
            yield f"{node.name} turned into {sharper}", replace(node, name=sharper)


def _threshold(place: Place, thresholds: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    node, parent = place.node, place.parent
    if node.kind != "number" or parent is None or parent.name not in _TURNED:
        return
    for threshold in thresholds:
        if _is(threshold, node):
            for way, value in (("lower", threshold.lower), ("higher", threshold.higher)):
                yield f"threshold {node.value} made {way}, {number(value)}", replace(node, value=number(value))
            return


def _is(threshold: Threshold, node: Node) -> bool:
    return node.kind == "number" and number(threshold.value) == number(float(node.value))


def _dropped(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    """A guard, a fallback, or what they belong to."""
    node = place.node
    if node.kind == "binary" and node.name in ("and", "or", "unless"):
        left, right = node.children
        yield f"`{node.name} {_short(right)}` dropped", left
        yield f"`{_short(left)} {node.name}` dropped", right


def _guard(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    """`X > 0` under a fraction bar keeps an empty whole from being divided by."""
    node = place.node
    if node.kind == "binary" and node.name == ">" and node.children[1].value == "0" and _divides(place):
        yield "guard > 0 dropped", node.children[0]


def _divides(place: Place) -> bool:
    return place.parent is not None and place.parent.kind == "parens"


def _arithmetic(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    node = place.node
    if node.kind != "binary" or node.name not in _ARITHMETIC:
        return
    left, right = node.children
    if node.name in "/-" and str(left) != str(right):
        yield f"operands of {node.name} exchanged", replace(node, children=(right, left))
    other = _ARITHMETIC[node.name]
    yield f"{node.name} turned into {other}", replace(node, name=other)


def _window(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    node = place.node
    if node.kind == "range" and node.span is not None:
        for way, span in (("halved", node.span.ms // 2), ("doubled", node.span.ms * 2)):
            yield f"window {node.span} {way}", replace(node, span=Duration(span))


def _matchers(root: Node) -> Iterator[tuple[str, Node]]:
    """Each matcher, wherever it stands in the expression: one alone is often implied by its twin."""
    found = dict.fromkeys(text for node, _, _ in everywhere(root) for text in node.matchers)
    for text in found:
        match = _MATCHER.match(text)
        if match is not None:
            negated = f"{match[1]}{_NEGATED[match[2]]}{match[3]}"
            yield f"matcher {text} dropped", _without(root, text, ())
            yield f"matcher {text} turned into {negated}", _without(root, text, (negated,))


def _without(node: Node, text: str, instead: tuple[str, ...]) -> Node:
    """The tree with one matcher replaced everywhere."""
    matchers = tuple(new for old in node.matchers for new in (instead if old == text else (old,)))
    return replace(node, matchers=matchers, children=tuple(_without(child, text, instead) for child in node.children))


def _aggregation(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    node = place.node
    if node.kind != "aggregate" or node.name not in _AGGREGATIONS:
        return
    other = _AGGREGATIONS[node.name]
    yield f"{node.name} turned into {other}", replace(node, name=other)


def _label(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    node = place.node
    for at, label in enumerate(node.labels):
        yield (
            f"label {label} dropped from {node.mode}",
            replace(node, labels=(*node.labels[:at], *node.labels[at + 1 :])),
        )


def _function(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    node = place.node
    if node.kind != "call":
        return
    if _FUNCTIONS.get(node.name):
        yield f"{node.name} turned into {_FUNCTIONS[node.name]}", replace(node, name=_FUNCTIONS[node.name])
    elif node.name not in _FUNCTIONS and len(node.children) == 1:
        yield f"{node.name}() dropped", node.children[0]


def _offset(place: Place, _: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    node = place.node
    if node.kind == "series" and node.offset:
        yield f"offset {node.offset} dropped", replace(node, offset=None)
        longer = Duration(node.offset.ms * 11 // 10)
        yield f"offset {node.offset} made longer", replace(node, offset=longer)


def _number(place: Place, thresholds: Sequence[Threshold]) -> Iterator[tuple[str, Node]]:
    """Numbers other than thresholds: quantiles, times ahead, factors."""
    node, parent = place.node, place.parent
    if node.kind != "number" or float(node.value) == 0 or parent is None or parent.name in _TURNED:
        return
    value = float(node.value)
    other = 1 - (1 - value) * 2 if parent.name == "histogram_quantile" and value > 0.5 else value * 1.1
    yield f"number {node.value} made {number(other)}", replace(node, value=number(other))


def _short(node: Node) -> str:
    text = str(node)
    return text if len(text) < 60 else f"{text[:57]}…"


_Operator: TypeAlias = "Callable[[Place, Sequence[Threshold]], Iterator[tuple[str, Node]]]"
_OPERATORS: tuple[tuple[str, _Operator], ...] = (
    ("comparison", _comparison),
    ("boundary", _boundary),
    ("threshold", _threshold),
    ("clause", _dropped),
    ("guard", _guard),
    ("arithmetic", _arithmetic),
    ("window", _window),
    ("aggregation", _aggregation),
    ("label", _label),
    ("function", _function),
    ("offset", _offset),
    ("number", _number),
)
