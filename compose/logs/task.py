"""One request for lines, and the four ways to answer it: a page, a file, a stream, a summary."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compose.fault import Trouble
from compose.logs.entry import NANOSECONDS, Cursor, Entry, Span
from compose.logs.export import Progress, Request, export, part, unfinished
from compose.logs.formats import FORMATS, Format, Shape, format_of
from compose.logs.moment import stamp
from compose.logs.pages import Order, Reader, limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from compose.clients import Client
    from compose.logs.query import Wanted

LATE = 30 * NANOSECONDS
"""How late a followed line may come: the agent collects them for a second, and reads new files every five."""
PAUSE = 1.0


@dataclass(frozen=True)
class Task:
    """Which lines, from which Loki, in which order and shape. `limit` None means all."""

    client: Client
    wanted: Wanted
    shape: Shape
    span: Span
    order: Order = "newest"
    format: str = ""
    limit: int | None = None
    cursor: Cursor | None = None

    def reader(self) -> Reader:
        return Reader(self.client, self.wanted.logql(self.shape.metadata), self.span, self.order)

    def writer(self, fallback: str = "text") -> Format:
        return format_of(self.format or fallback, self.shape)


def searched(task: Task, skipped_pages: int, note: Callable[[str], None]) -> Iterator[str]:
    """The lines of a page; then a note says how to go on."""
    writer, size, cursor = task.writer(), task.limit, task.cursor
    if skipped_pages and size:
        found = 0
        for page in limited(task.reader(), cursor, skipped_pages * size):
            found, cursor = found + len(page.entries), page.cursor
        if found < skipped_pages * size:
            note(f"no such page: there are {found} lines in all")
            return
    if writer.head:
        yield writer.head.rstrip("\r\n")
    count = 0
    for page in limited(task.reader(), cursor, size):
        yield from (writer.text(entry).rstrip("\r\n") for entry in page.entries)
        count, cursor = count + len(page.entries), page.cursor
    if not count:
        note(f"no lines from {stamp(task.span.start)} to {stamp(task.span.end)}")
    elif count == size:
        note(f"{count} lines; the next ones: the same with --cursor {cursor}")


def exported(task: Task, target: Path, asked: str, progress: Callable[[str], None]) -> Iterator[str]:
    """Write the file; the last line says what is in it."""
    if target.exists():
        raise Trouble(f"{target} is there already", "remove it, or choose another name")
    if task.cursor is not None:
        raise Trouble("--cursor is for pages; an export goes on by itself", "run the same command again")
    request, done = unfinished(target, Request(asked, task.span, task.order, task.limit))
    task = replace(task, span=request.span)
    if done.lines:
        yield f"going on after {done.lines} lines, written before into {part(target)}"
    began, before = time.monotonic(), done.lines

    def tell(now: Progress) -> None:
        rate = (now.lines - before) / max(time.monotonic() - began, 0.001)
        progress(f"{now.lines:,} lines, {size(now.bytes)}, {rate:,.0f} lines/s, {_share(task, now)} of the time span")

    writer = task.writer(_by_name(target))
    done = export(task.reader(), target, writer, request, done, tell)
    progress("")
    yield f"{done.lines} lines, {size(done.bytes)}, in {target}"


def followed(task: Task) -> Iterator[str]:
    """Lines as they come, until nobody asks for more. Those of the last seconds are asked for again: some come late."""
    writer = task.writer()
    told: dict[tuple[object, ...], int] = {}
    since = task.span.end - LATE
    while True:
        now = time.time_ns()
        for entry in _oldest(replace(task, span=Span(since, now + NANOSECONDS), order="oldest", limit=None)):
            key = (entry.time, *entry.order)
            if key not in told:
                yield writer.text(entry).rstrip("\r\n")
            told[key] = entry.time
        since = max(since, now - LATE)
        told = {key: moment for key, moment in told.items() if moment >= since}
        time.sleep(PAUSE)


def _oldest(task: Task) -> Iterator[Entry]:
    for page in task.reader().pages():
        yield from page.entries


def summarized(task: Task, form: str) -> Iterator[str]:
    """The summary, line by line."""
    from compose.logs import report
    from compose.logs.stats import Summing

    if form == "csv":
        raise Trouble("a summary has no CSV form", "choose text or json")
    summary = Summing(task.client, task.wanted, task.shape, task.span).summary()
    if form == "json":
        return iter((report.as_json(summary, task.span),))
    return report.text(summary, task.span, task.shape.fields.duration)


def size(count: int) -> str:
    """Bytes as people read them."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= bytes_:
            return f"{count / bytes_:.1f} {unit}"
    return f"{count} B"


def _share(task: Task, progress: Progress) -> str:
    reached = Cursor.parse(progress.cursor).time - task.span.start
    share = min(1.0, max(0.0, reached / (task.span.end - task.span.start)))
    return f"{share if task.order == 'oldest' else 1 - share:.0%}"


def _by_name(target: Path) -> str:
    """The format that a file's name ends in."""
    ending = {"jsonl": "json", "ndjson": "json"}.get(target.suffix[1:], target.suffix[1:])
    return ending if ending in FORMATS else "text"
