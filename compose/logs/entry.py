"""What Loki keeps of a line, and a place among lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NANOSECONDS = 1_000_000_000
_CURSOR = re.compile(r"([0-9]{1,19})-([0-9]{1,9})")


@dataclass(frozen=True)
class Entry:
    """A line with its labels and its structured metadata. `time` is in nanoseconds since the epoch."""

    time: int
    labels: Mapping[str, str]
    metadata: Mapping[str, str]
    line: str

    @property
    def order(self) -> tuple[str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """What tells lines of one moment apart, and sorts them alike each time: Loki keeps no two that are equal."""
        return self.line, tuple(sorted(self.labels.items())), tuple(sorted(self.metadata.items()))


@dataclass(frozen=True)
class Cursor:
    """How far one has read: up to `time`, of whose lines `seen` were read. Its text is `TIME-SEEN`."""

    time: int
    seen: int = 0

    def __str__(self) -> str:
        return f"{self.time}-{self.seen}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Raises ValueError for anything that a cursor never prints."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise ValueError(f"not a cursor: {text!r}; take the one that the page before ended with")
        return cls(int(match[1]), int(match[2]))


@dataclass(frozen=True)
class Span:
    """From `start` up to, but without, `end`: nanoseconds since the epoch."""

    start: int
    end: int

    def earlier(self, nanoseconds: int) -> Span:
        """The span of the same length before."""
        return Span(self.start - nanoseconds, self.end - nanoseconds)

    @property
    def seconds(self) -> int:
        """At least one: the range of a query must not be empty."""
        return max(1, (self.end - self.start) // NANOSECONDS)
