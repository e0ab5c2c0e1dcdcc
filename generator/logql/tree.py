"""A LogQL expression as values: which lines, what is read from them, what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.selector import Matcher


@dataclass(frozen=True, eq=False, slots=True)
class LineFilter:
    """`|= "words" or "others"`"""

    operator: str
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Parser:
    """`| json name="path"`: reads fields from the line, all of them, or those named with what they are read from."""

    kind: str
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Condition:
    """`label > 5ms`; `kind` says what it is compared with: string, number, duration, bytes or ip."""

    label: str
    operator: str
    value: str
    kind: str


@dataclass(frozen=True, eq=False, slots=True)
class LabelFilter:
    """`| a="b" and (c > 5 or d="e")`: all its conditions, however they are joined."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, eq=False, slots=True)
class LineFormat:
    template: str


@dataclass(frozen=True, eq=False, slots=True)
class LabelFormat:
    """`| label_format new=old, other="{{.template}}"`: the names given, and the names taken; templates are text."""

    renamed: tuple[tuple[str, str], ...]
    templates: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Chosen:
    """`| drop a, b` or `| keep a="b"`"""

    kind: str
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Decolorize:
    pass


Stage: TypeAlias = LineFilter | Parser | LabelFilter | LineFormat | LabelFormat | Chosen | Decolorize


@dataclass(frozen=True, eq=False, slots=True)
class Unwrap:
    """`| unwrap duration(field)`, and the conditions behind it."""

    field: str
    conversion: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Lines:
    """`{matchers} | stages`"""

    matchers: tuple[Matcher, ...]
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Range:
    """`rate({…} [5m])`; grouping is by, without, or nothing."""

    op: str
    lines: Lines
    unwrap: Unwrap | None = None
    grouping: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Aggregate:
    """`sum by (labels) (inner)`"""

    op: str
    inner: Node
    grouping: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Binary:
    op: str
    lhs: Node
    rhs: Node


@dataclass(frozen=True, eq=False, slots=True)
class Relabelled:
    """`label_replace(inner, "label", …)`"""

    inner: Node
    label: str


@dataclass(frozen=True, eq=False, slots=True)
class Number:
    """A number, or the vector of one."""

    text: str
    vector: bool = False


Node: TypeAlias = Lines | Range | Aggregate | Binary | Relabelled | Number


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node."""
    match node:
        case Range():
            return (node.lines,)
        case Aggregate() | Relabelled():
            return (node.inner,)
        case Binary():
            return (node.lhs, node.rhs)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """A node, and every one below it."""
    yield node
    for child in children(node):
        yield from walk(child)
