"""Which labels and fields a query names, and what is known by these names where it does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.logql.known import carried
from generator.logql.tree import (
    Aggregate,
    Binary,
    LabelFilter,
    LabelFormat,
    LineFormat,
    Lines,
    Number,
    Parser,
    Range,
    Relabelled,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.logql.known import Carried
    from generator.logql.tree import Condition, Node, Stage
    from spec.stack import Stack

Names = frozenset[str] | None
"""What is known by name; None when it may be anything."""
EXTRACTED = "_extracted"
"""How Loki ends the name of a field that is called like a label."""
_ACTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
_FIELD = re.compile(r"(?<![\w.$)])\.([A-Za-z_]\w*)")
_FIRST = re.compile(r'(?:\["|`)?([A-Za-z_]\w*)')
_KEEPS_LABELS = ("topk", "bottomk", "approx_topk", "sort", "sort_desc")


@dataclass(frozen=True)
class Asked:
    """A name, what could be meant by it, and what it is taken for: text, number, or what it is measured in.

    `unread` says that the line has not been read yet, which is where its fields would come from; `lost`, that the name
    was known until an aggregation took it away."""

    name: str
    known: Names
    carried: Carried
    taken_for: str = "string"
    unread: bool = False
    lost: bool = False


def asked(stack: Stack, node: Node) -> Iterator[Asked]:
    """Every name behind the selectors of a query."""
    for one in walk(node):
        match one:
            case Lines():
                yield from _of_lines(stack, one)
            case Range():
                yield from _of_range(stack, one)
            case Aggregate() if one.grouping == "by":
                yield from _of_aggregate(stack, one)


def _of_aggregate(stack: Stack, node: Aggregate) -> Iterator[Asked]:
    known, has, unread = names_of(stack, node.inner), _all(stack, node), _unread(node)
    below = [names_of(stack, one) for one in walk(node.inner) if isinstance(one, Lines)]
    for name in node.labels:
        lost = any(names is None or name in names for names in below)
        yield Asked(name, known, has, unread=unread, lost=lost)


def _all(stack: Stack, node: Node) -> Carried:
    found = [carried(stack, one.matchers) for one in walk(node) if isinstance(one, Lines)]
    return found[0] if found else carried(stack, ())


def _unread(node: Node) -> bool:
    """Whether no part of a query reads its lines."""
    return not any(isinstance(stage, Parser) for one in walk(node) if isinstance(one, Lines) for stage in one.stages)


def _of_lines(stack: Stack, lines: Lines) -> Iterator[Asked]:
    has = carried(stack, lines.matchers)
    read, new_line = False, False
    for stage, known in _course(lines, has):
        match stage:
            case LabelFilter():
                yield from _conditions(stage.conditions, known, has, unread=not read)
            case LineFormat() | LabelFormat():
                yield from (Asked(name, known, has, unread=not read) for name in _taken(stage))
                new_line = new_line or isinstance(stage, LineFormat)
            case Parser():
                if stage.kind == "json" and not new_line:
                    firsts = (_FIRST.match(path) for _, path in stage.names)
                    yield from (Asked(first[1], has.fields, has) for first in firsts if first)
                read = True


def _of_range(stack: Stack, node: Range) -> Iterator[Asked]:
    has, known, unread = carried(stack, node.lines.matchers), names_of(stack, node.lines), _unread(node)
    if node.unwrap is not None:
        taken_for = node.unwrap.conversion or "number"
        yield Asked(node.unwrap.field, known, has, taken_for, unread)
        yield from _conditions(node.unwrap.conditions, known, has, unread=unread)
    yield from (Asked(name, known, has, unread=unread) for name in node.labels if node.grouping == "by")


def _conditions(conditions: Iterable[Condition], known: Names, has: Carried, *, unread: bool) -> Iterator[Asked]:
    return (Asked(one.label, known, has, one.kind, unread) for one in conditions)


def _taken(stage: LineFormat | LabelFormat) -> Iterator[str]:
    templates = (stage.template,) if isinstance(stage, LineFormat) else [text for _, text in stage.templates]
    for template in templates:
        for action in _ACTION.findall(template):
            yield from _FIELD.findall(_TEXT.sub('""', action))
    if isinstance(stage, LabelFormat):
        yield from (old for _, old in stage.renamed)


def _course(lines: Lines, has: Carried) -> Iterator[tuple[Stage, Names]]:
    """Every stage with what is known before it."""
    known: Names = has.labels
    new_line = False
    for stage in lines.stages:
        yield stage, known
        known = _after(stage, known, None if new_line else has.fields)
        new_line = new_line or isinstance(stage, LineFormat)


def _after(stage: Stage, known: Names, fields: Names) -> Names:
    match stage:
        case Parser(names=names) if names:
            new: Names = frozenset(name for name, _ in names)
        case Parser():
            new = fields if stage.kind == "json" else None
        case LabelFormat():
            new = frozenset(name for name, _ in (*stage.renamed, *stage.templates))
        case _:
            return known
    return None if known is None or new is None else known | new


def names_of(stack: Stack, node: Node) -> Names:
    """The labels of what a query gives; None when they may be any."""
    match node:
        case Lines():
            has = carried(stack, node.matchers)
            known: Names = has.labels
            new_line = False
            for stage in node.stages:
                known = _after(stage, known, None if new_line else has.fields)
                new_line = new_line or isinstance(stage, LineFormat)
            return known
        case Range() | Aggregate():
            return _grouped(node, names_of(stack, node.lines if isinstance(node, Range) else node.inner))
        case Binary():
            lhs, rhs = names_of(stack, node.lhs), names_of(stack, node.rhs)
            return None if lhs is None or rhs is None else lhs | rhs
        case Relabelled():
            inner = names_of(stack, node.inner)
            return None if inner is None else inner | {node.label}
        case Number():
            return frozenset()


def _grouped(node: Range | Aggregate, inner: Names) -> Names:
    if node.grouping == "by":
        return frozenset(node.labels)
    if not node.grouping and isinstance(node, Aggregate) and node.op not in _KEEPS_LABELS:
        return frozenset()
    return inner if inner is None or node.grouping != "without" else inner - set(node.labels)
