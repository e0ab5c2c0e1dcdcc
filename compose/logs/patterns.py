"""What many lines have in common: numbers, ids and names of things taken out, they say the same."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compose.logs.formats import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_PATTERNS = 5000
"""How many different ones are kept; lines of others are only counted. Nobody reads more, and memory is bounded."""
LONGEST = 200
_STEPS = tuple(
    (re.compile(expression, re.IGNORECASE), mark)
    for expression, mark in (
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
        (r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b", "<address>"),
        (r"\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b|\b[0-9a-f]{16,}\b", "<id>"),
        (r"\b(?=[a-z_-]*\d)[a-z]+(?:[-_][a-z0-9]+)*[-_](?=[a-z]*\d)[a-z0-9]+\b", "<name>"),
        (r"(?<![\w.<])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?=[a-zµ%]{0,3}\b|\D|$)", "<n>"),
        (r"\d+", "<n>"),
        (r"\s+", " "),
    )
)
"""In this order: a time is no number, and what a step has put in has no digits for the next to find."""


def pattern(message: str) -> str:
    """The first line of a message without what differs from one time to the next."""
    text = message.strip().split("\n", 1)[0][: LONGEST * 5]
    for expression, mark in _STEPS:
        text = expression.sub(mark, text)
    return visible(text.strip())[:LONGEST]


@dataclass
class Patterns:
    """How often each pattern was seen, in bounded memory. `others` counts the lines of patterns that found no room."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    others: int = 0

    def add(self, messages: Iterable[str]) -> None:
        """Count the patterns of these messages."""
        for message in messages:
            found = pattern(message)
            if found not in self.counts and len(self.counts) >= MOST_PATTERNS:
                self.others += 1
                continue
            self.counts[found] += 1
            self.examples.setdefault(found, visible(message.strip().split("\n", 1)[0])[:LONGEST])

    @property
    def lines(self) -> int:
        return self.counts.total() + self.others


@dataclass(frozen=True)
class Row:
    """A pattern, how often it was seen now and in the span before, and a line that it was made of."""

    pattern: str
    count: int
    before: int
    example: str

    @property
    def new(self) -> bool:
        return not self.before


def rows(now: Patterns, before: Mapping[str, int]) -> tuple[Row, ...]:
    """The most frequent first, those of the same count by name."""
    found = sorted(now.counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Row(text, count, before.get(text, 0), now.examples[text]) for text, count in found)
