"""Reads LogQL: lines, and what is counted of them, by precedence climbing over a recursive descent.

Grammar: https://github.com/grafana/loki/blob/main/pkg/logql/syntax/syntax.y
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from generator.logql import pipeline
from generator.logql.tokens import NotLogQL, Token, Words
from generator.logql.tree import Aggregate, Binary, LabelFilter, Lines, Number, Range, Relabelled, Unwrap

if TYPE_CHECKING:
    from generator.logql.tree import Condition, Node

_OF_LINES = frozenset({"count_over_time", "bytes_over_time", "bytes_rate", "absent_over_time"})
_OF_VALUES = frozenset({
    "rate_counter", "sum_over_time", "avg_over_time", "min_over_time", "max_over_time", "stddev_over_time",
    "stdvar_over_time", "quantile_over_time", "first_over_time", "last_over_time",
})  # fmt: skip
_RANGES = {*_OF_LINES, *_OF_VALUES, "rate"}
_GROUPED = _OF_VALUES - {"rate_counter", "sum_over_time"}
"""What may have a grouping of its own. absent_over_time may be of lines and of values."""
_WITH_NUMBER = frozenset({"topk", "bottomk", "approx_topk"})
_AGGREGATES = {"sum", "avg", "count", "min", "max", "stddev", "stdvar", "sort", "sort_desc", *_WITH_NUMBER}
_SETS = ("or", "and", "unless")
_PRECEDENCE = {
    "or": 1, "and": 2, "unless": 2, "==": 3, "!=": 3, ">": 3, ">=": 3, "<": 3, "<=": 3, "+": 4, "-": 4, "*": 5, "/": 5,
    "%": 5, "^": 6,
}  # fmt: skip
_CONVERSIONS = ("bytes", "duration", "duration_seconds")


@lru_cache(maxsize=4096)
def read(text: str) -> Node:
    """The tree of an expression. Raises NotLogQL, which says at which column it stops being one."""
    words = Words(text)
    found = _expression(words, 0)
    if words.next.kind != "end":
        raise words.odd("the end")
    return found


def _expression(words: Words, above: int) -> Node:
    lhs = _operand(words)
    while (binds := _PRECEDENCE.get(words.next.text, 0) if words.next.kind in ("sign", "name") else 0) > above:
        sign = words.take()
        _matching(words)
        rhs = _expression(words, binds - 1 if sign.text == "^" else binds)
        _joined(sign, lhs, rhs)
        lhs = Binary(sign.text, lhs, rhs)
    return lhs


def _joined(sign: Token, lhs: Node, rhs: Node) -> None:
    """Raises NotLogQL where two things cannot be joined."""
    if isinstance(lhs, Lines) or isinstance(rhs, Lines):
        raise NotLogQL(f"{sign} joins numbers, and lines are none: count them, as in rate({{…}}[5m])", sign.column)
    plain = any(isinstance(side, Number) and not side.vector for side in (lhs, rhs))
    if sign.text in _SETS and plain:
        raise NotLogQL(f"{sign} joins series, not numbers: write vector(…)", sign.column)


def _matching(words: Words) -> None:
    words.skip("bool")
    if words.skip("on", "ignoring"):
        _labels(words)
        if words.skip("group_left", "group_right") and words.sees("("):
            _labels(words)


def _operand(words: Words) -> Node:
    token = words.next
    if words.sees("{"):
        return pipeline.lines(words)
    if words.skip("("):
        inner = _expression(words, 0)
        words.need(")")
        return inner
    if token.kind in ("number", "variable") or words.sees("-", "+"):
        return _number(words)
    if token.kind == "name" and words.after.text in ("(", "by", "without"):
        return _call(words)
    raise words.odd("lines {…}, a function of them or a number")


def _number(words: Words) -> Number:
    sign = words.take().text if words.sees("-", "+") else ""
    if words.next.kind not in ("number", "variable"):
        raise words.odd("a number")
    return Number(sign + words.take().text)


def _call(words: Words) -> Node:
    name = words.take()
    if name.text in _RANGES:
        return _range(words, name)
    if name.text in _AGGREGATES:
        return _aggregate(words, name)
    if name.text == "vector":
        words.need("(")
        if words.next.kind not in ("number", "variable"):
            raise words.odd("a number without a sign")
        number = Number(words.take().text, vector=True)
        words.need(")")
        return number
    if name.text == "label_replace":
        return _relabelled(words)
    raise NotLogQL(f"no function is called {name}", name.column)


def _relabelled(words: Words) -> Relabelled:
    words.need("(")
    inner = _counted(words)
    texts: list[str] = []
    for _ in range(4):
        words.need(",")
        texts.append(words.string())
    words.need(")")
    return Relabelled(inner, texts[0])


def _counted(words: Words) -> Node:
    """An expression that has numbers."""
    column = words.next.column
    inner = _expression(words, 0)
    if isinstance(inner, Lines):
        raise NotLogQL("lines are no numbers: count them, as in rate({…}[5m])", column)
    return inner


def _aggregate(words: Words, name: Token) -> Aggregate:
    grouping, labels = _grouping(words)
    words.need("(")
    parameter = words.next.kind in ("number", "variable") and words.after.text == ","
    if parameter != (name.text in _WITH_NUMBER):
        raise NotLogQL(f"{name} takes {'a number first' if not parameter else 'no number'}", words.next.column)
    if parameter:
        words.take()
        words.need(",")
    inner = _counted(words)
    words.need(")")
    if not grouping:
        grouping, labels = _grouping(words)
    if grouping and name.text.startswith("sort"):
        raise NotLogQL(f"{name} sorts, and groups nothing", name.column)
    return Aggregate(name.text, inner, grouping, labels)


def _grouping(words: Words) -> tuple[str, tuple[str, ...]]:
    if not words.sees("by", "without"):
        return "", ()
    return words.take().text, _labels(words)


def _labels(words: Words) -> tuple[str, ...]:
    words.need("(")
    found = [] if words.sees(")") else [words.name("a label", pipeline.RESERVED).text]
    while words.skip(","):
        found.append(words.name("a label", pipeline.RESERVED).text)
    words.need(")")
    return tuple(found)


def _range(words: Words, name: Token) -> Range:
    words.need("(")
    quantile = name.text == "quantile_over_time"
    if quantile != (words.next.kind in ("number", "variable")):
        raise NotLogQL(f"{name} takes {'a number first' if quantile else 'lines'}", words.next.column)
    if quantile:
        words.take()
        words.need(",")
    lines, unwrap = _ranged(words)
    words.need(")")
    if unwrap is None and name.text in _OF_VALUES:
        raise NotLogQL(f"{name} is of values, not of lines: say which, with | unwrap FIELD", name.column)
    if unwrap is not None and name.text in _OF_LINES - {"absent_over_time"}:
        raise NotLogQL(f"{name} is of lines: it takes no unwrap", name.column)
    grouping, labels = _grouping(words)
    if grouping and name.text not in _GROUPED:
        raise NotLogQL(f"{name} has no grouping of its own: write sum by (…) ({name}(…))", name.column)
    return Range(name.text, lines, unwrap, grouping, labels)


def _ranged(words: Words) -> tuple[Lines, Unwrap | None]:
    """Lines over a time, which may stand behind the selector or behind everything."""
    lines, unwrap, known = _unranged(words)
    if not known:
        known = _length(words)
    if not known:
        raise NotLogQL("over which time? A range such as [5m] is missing", words.next.column)
    more = tuple(pipeline.stages(words))
    if more and (lines.stages or unwrap):
        raise words.odd(")")
    if unwrap is None:
        unwrap = _unwrap(words)
    return Lines(lines.matchers, lines.stages + more), unwrap


def _unranged(words: Words) -> tuple[Lines, Unwrap | None, bool]:
    if not words.skip("("):
        lines = pipeline.lines(words)
        return lines, _unwrap(words), False
    lines, unwrap, known = _unranged(words)
    if not known:
        known = _length(words)
    words.need(")")
    return lines, unwrap, known


def _length(words: Words) -> bool:
    """Takes a range, if one is there, and its offset."""
    length = words.next
    if length.kind != "range":
        return False
    words.take()
    if words.skip("offset"):
        words.skip("-")
        if words.next.kind not in ("duration", "variable"):
            raise words.odd("a duration")
        words.take()
    return True


def _unwrap(words: Words) -> Unwrap | None:
    if not (words.sees("|") and words.after.text == "unwrap"):
        return None
    words.take()
    words.take()
    conversion = ""
    if words.sees(*_CONVERSIONS) and words.after.text == "(":
        conversion = words.take().text
        words.take()
    field = words.name("the field to take as a number", pipeline.RESERVED).text
    if conversion:
        words.need(")")
    conditions: list[Condition] = []
    while words.sees("|"):
        words.take()
        found: LabelFilter = pipeline.label_filter(words)
        conditions += found.conditions
    return Unwrap(field, conversion, tuple(conditions))
