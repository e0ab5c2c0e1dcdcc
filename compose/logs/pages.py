"""Reading many lines from Loki, a page after the other: none lost, none doubled, in constant memory.

Loki answers at most so many lines at once and knows no offset: one goes on from the time where the page before ended.
Lines of one moment may lie on both sides of that. So a full page keeps back the lines of its last moment and asks for
them again; the lines of one moment are sorted by what they say, so that a place among them can be told by a number.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from compose.clients import UnreachableError
from compose.fault import Trouble
from compose.logs.entry import Cursor, Entry, Span
from generator.loki import MOST_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compose.clients import Client

Order = Literal["oldest", "newest"]
FIRST_LINES = 1000
MOST_LINES = 5000
"""More are asked for at once only where as many lines have the same time."""
PAGE_BYTES = 1_500_000
"""Pages are made so long that their lines are about this many bytes: Loki passes at most 4 MiB between its parts."""
PAUSES = (1, 2, 4, 8, 15)
"""Seconds between attempts when Loki goes away in the middle."""
SECONDS = 60.0
TOO_MUCH = ("larger than max", "ResourceExhausted", "trying to send message")


@dataclass(frozen=True)
class Page:
    """Lines in order, and where to go on; `last` when there are no more."""

    entries: tuple[Entry, ...]
    cursor: Cursor
    last: bool


class TooMuchError(Exception):
    """Loki cannot answer so many lines at once."""


@dataclass
class Reader:
    """Asks one Loki one query over a span of time. `lines` is how many it asks for next."""

    client: Client
    query: str
    span: Span
    order: Order = "oldest"
    lines: int = field(default_factory=lambda: FIRST_LINES)
    started: bool = False

    def pages(self, cursor: Cursor | None = None) -> Iterator[Page]:
        """From the cursor, or the beginning, to the end of the span."""
        while True:
            page = self._page(cursor)
            yield page
            if page.last:
                return
            cursor = page.cursor

    def _page(self, cursor: Cursor | None) -> Page:
        """Whole moments, as many as fit; when the next one alone is longer than a page, a longer page."""
        span, asked, refused = self._rest(cursor), self.lines, MOST_ENTRIES + 1
        while True:
            try:
                found = self._ask(span, asked)
            except TooMuchError as error:
                if asked == 1:
                    raise Trouble(f"Loki cannot answer: {error}") from error
                refused, asked = asked, asked // 2
                continue
            last = len(found) < asked
            whole = found if last else _without_last_moment(found)
            entries = _after(whole, cursor)
            if entries or last:
                self._learn(found)
                return Page(entries, self._reached(whole, cursor), last)
            asked = _longer(asked, refused, found[-1].time)

    def _reached(self, whole: Sequence[Entry], before: Cursor | None) -> Cursor:
        if not whole:
            return before or Cursor(self.span.start if self.order == "oldest" else self.span.end)
        moment = whole[-1].time
        return Cursor(moment, sum(entry.time == moment for entry in whole))

    def _rest(self, cursor: Cursor | None) -> Span:
        """What is left of the span; the cursor's own moment is asked for again."""
        if cursor is None:
            return self.span
        if self.order == "oldest":
            return Span(max(cursor.time, self.span.start), self.span.end)
        return Span(self.span.start, min(cursor.time + 1, self.span.end))

    def _learn(self, found: Sequence[Entry]) -> None:
        """How many lines the next page should have, so that its bytes stay bounded."""
        if found:
            mean = sum(len(entry.line) + 100 for entry in found) / len(found)
            self.lines = max(1, min(MOST_LINES, int(PAGE_BYTES / mean)))

    def _ask(self, span: Span, lines: int) -> list[Entry]:
        if span.start >= span.end:
            return []
        for pause in (*PAUSES, None):
            try:
                found = _query_range(self.client, self.query, span, lines, self.order)
            except UnreachableError:
                if pause is None or not self.started:
                    raise
                time.sleep(pause)
            else:
                self.started = True
                return found
        raise AssertionError("the last attempt raises")


def limited(reader: Reader, cursor: Cursor | None, limit: int | None, read: int = 0) -> Iterator[Page]:
    """The reader's pages up to so many lines, of which some were read before. The last one ends where the limit is."""
    for page in reader.pages(cursor):
        whole = page if limit is None else cut(page, cursor, limit - read)
        yield whole
        read, cursor = read + len(whole.entries), whole.cursor
        if read == limit:
            return


def cut(page: Page, before: Cursor | None, count: int) -> Page:
    """The first `count` lines of a page that began after `before`; the last page when it loses any."""
    if count >= len(page.entries):
        return page
    if not count:
        return Page((), before or page.cursor, True)
    moment = page.entries[count - 1].time
    seen = sum(entry.time == moment for entry in page.entries[:count])
    seen += before.seen if before is not None and before.time == moment else 0
    return Page(page.entries[:count], Cursor(moment, seen), True)


def _longer(asked: int, refused: int, moment: int) -> int:
    """More than `asked`, which was too few, and less than `refused`, which was too much."""
    longer = min(asked * 4, (asked + refused) // 2)
    if longer == asked:
        raise Trouble(f"more than {asked} lines have the same time, {moment} ns since 1970: too much for one answer")
    return longer


def _query_range(client: Client, query: str, span: Span, lines: int, order: Order) -> list[Entry]:
    """Entries in order of time, those of one moment in an order that is always the same."""
    direction = "forward" if order == "oldest" else "backward"
    answer = client.ask(
        "GET", "/loki/api/v1/query_range", timeout=SECONDS,
        params={"query": query, "start": span.start, "end": span.end, "limit": lines, "direction": direction},
        headers={"X-Loki-Response-Encoding-Flags": "categorize-labels"},
    )  # fmt: skip
    if not answer.ok:
        said = " ".join(answer.text.split())[:300]
        if any(words in said for words in TOO_MUCH):
            raise TooMuchError(said)
        if answer.status_code == 400:
            if "max entries limit" in said:
                raise Trouble(f"Loki refuses to answer {lines} lines at once", "raise its max_entries_limit_per_query")
            raise Trouble(f"Loki does not take the query: {said}", f"the query was {query}")
        raise UnreachableError(f"loki answers {answer.status_code}: {said}")
    entries = _entries(answer.json()["data"]["result"])
    entries.sort(key=lambda entry: entry.time, reverse=order == "newest")
    return [entry for _, at_once in groupby(entries, lambda entry: entry.time) for entry in _sorted(list(at_once))]


def _sorted(at_once: list[Entry]) -> list[Entry]:
    return sorted(at_once, key=lambda entry: entry.order) if len(at_once) > 1 else at_once


def _entries(streams: list[dict[str, Any]]) -> list[Entry]:
    return [
        Entry(
            int(value[0]), stream["stream"], (value[2].get("structuredMetadata") or {}) if value[2:] else {}, value[1]
        )
        for stream in streams
        for value in stream["values"]
    ]


def _without_last_moment(found: Sequence[Entry]) -> list[Entry]:
    last = found[-1].time
    return [entry for entry in found if entry.time != last]


def _after(entries: Sequence[Entry], cursor: Cursor | None) -> tuple[Entry, ...]:
    """Without those that were read before."""
    if cursor is None:
        return tuple(entries)
    skipped = 0
    while skipped < min(len(entries), cursor.seen) and entries[skipped].time == cursor.time:
        skipped += 1
    return tuple(entries[skipped:])
