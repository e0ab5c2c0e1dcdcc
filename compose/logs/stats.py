"""Logs summed up: lines by level and category, durations, error patterns, and what is new against the day before.

Counts and durations are computed by Loki; only lines of errors are read, a page at a time.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compose.clients import UnreachableError
from compose.fault import Trouble
from compose.logs.entry import NANOSECONDS
from compose.logs.pages import SECONDS, Reader, limited
from compose.logs.patterns import Patterns, Row, rows
from compose.logs.query import ERRORS, Wanted, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compose.clients import Client
    from compose.logs.entry import Span
    from compose.logs.formats import Shape

DAY = 86_400 * NANOSECONDS
MOST_LINES = 200_000
"""How many lines of errors are read for each span: an error storm must not make the summary take hours."""
QUANTILES = (0.5, 0.9, 0.95, 0.99)
Key = tuple[str, ...]


@dataclass(frozen=True)
class Count:
    """Lines of a service, level and category: in the span, and in the one a day before."""

    service: str
    level: str
    category: str
    lines: int
    before: int


@dataclass(frozen=True)
class Durations:
    """Of a service's category, in the unit of the field. `percentiles` are those of QUANTILES."""

    service: str
    category: str
    count: int
    minimum: float
    average: float
    maximum: float
    percentiles: tuple[float, ...]


@dataclass(frozen=True)
class Summary:
    """`errors` counts the lines that the patterns are made of; `read_all` is false when there were more."""

    counts: tuple[Count, ...]
    durations: tuple[Durations, ...]
    patterns: tuple[Row, ...]
    errors: int
    read_all: bool

    @property
    def gone(self) -> tuple[Count, ...]:
        """Kinds of lines that came the day before, and now no more."""
        return tuple(count for count in self.counts if not count.lines and count.before)


@dataclass(frozen=True)
class Summing:
    """One summary in the making."""

    client: Client
    wanted: Wanted
    shape: Shape
    span: Span

    def summary(self) -> Summary:
        """Everything about the span, compared with the span of the same length a day before, or before it if longer."""
        before = self.span.earlier(max(DAY, self.span.end - self.span.start))
        now, old = self._patterns(self.span), self._patterns(before)
        return Summary(
            tuple(self._counts(before)),
            tuple(self._durations()),
            rows(now, old.counts),
            now.lines,
            now.lines < MOST_LINES,
        )

    def _counts(self, before: Span) -> Iterator[Count]:
        by = ("service", "level", "category")
        expr = f"sum by ({', '.join(by)}) (count_over_time({self._logql(self.wanted)}[{self._window}]))"
        now, old = self._vector(expr, self.span, by), self._vector(expr, before, by)
        for key in sorted({*now, *old}):
            service, level, category = key
            yield Count(service, level, category, int(now.get(key, 0)), int(old.get(key, 0)))

    def _durations(self) -> Iterator[Durations]:
        """By service and category; the field is read from the line where it is not structured metadata."""
        name = self.shape.fields.duration
        if name is None:
            return
        read = "" if name in self.shape.metadata or not self.wanted.service else f" | json {name}={quoted(name)}"
        inner = f'{self._logql(self.wanted)}{read} | {name}!="" | unwrap {name} | __error__=""'
        by = ("service", "category")
        of: dict[str, Mapping[Key, float]] = {}
        for what in ("min", "avg", "max"):
            of[what] = self._vector(f"{what}_over_time({inner} [{self._window}]) by ({', '.join(by)})", self.span, by)
        for quantile in QUANTILES:
            expr = f"quantile_over_time({quantile}, {inner} [{self._window}]) by ({', '.join(by)})"
            of[str(quantile)] = self._vector(expr, self.span, by)
        counted = f'{self._logql(self.wanted)}{read} | {name}!=""'
        counts = self._vector(f"sum by ({', '.join(by)}) (count_over_time({counted}[{self._window}]))", self.span, by)
        for key in sorted(of["avg"]):
            service, category = key
            low, mean, high, *percentiles = (values.get(key, math.nan) for values in of.values())
            yield Durations(service, category, int(counts.get(key, 0)), low, mean, high, tuple(percentiles))

    def _patterns(self, span: Span) -> Patterns:
        levels = tuple(level for level in self.wanted.levels or ERRORS if level in ERRORS)
        found = Patterns()
        if levels:
            reader = Reader(self.client, self._logql(replace(self.wanted, levels=levels)), span, "newest")
            for page in limited(reader, None, MOST_LINES):
                found.add(self.shape.message(entry) for entry in page.entries)
        return found

    @property
    def _window(self) -> str:
        return f"{self.span.seconds}s"

    def _logql(self, wanted: Wanted) -> str:
        return wanted.logql(self.shape.metadata)

    def _vector(self, expr: str, span: Span, by: Key) -> dict[Key, float]:
        """An instant query at the end of the span, looking back over all of it."""
        # Loki looks at (start, end]; a span is [start, end).
        answer = self.client.ask(
            "GET", "/loki/api/v1/query", timeout=SECONDS, params={"query": expr, "time": span.end - 1}
        )
        if not answer.ok:
            said = " ".join(answer.text.split())[:300]
            if answer.status_code == 400:
                raise Trouble(f"Loki does not take the query: {said}", f"the query was {expr}")
            raise UnreachableError(f"loki answers {answer.status_code}: {said}")
        found: dict[Key, float] = defaultdict(float)
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        for series in result:
            found[tuple(series["metric"].get(name, "") for name in by)] += float(series["value"][1])
        return found
