"""A report as text for a terminal, as Markdown, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from compose.columns import columns
from compose.report.summary import notes, period, sentences
from compose.report.tables import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from compose.report.found import OfService, Report
    from compose.report.tables import Table


def text(report: Report) -> str:
    """Columns that line up."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.stack} ({report.environment}): {period(report)}"
    for one in report.services:
        yield from ("", f"== {one.title} ({one.name}), {one.owner} ==")
        yield from (f"! {note}" for note in notes(report, one))
        yield from (f"* {sentence}" for sentence in sentences(one))
        for chapter in _chapters(one):
            yield ""
            yield from _chapter(chapter)


def _chapter(chapter: Table) -> Iterator[str]:
    if not chapter.rows:
        yield f"{chapter.title.upper()}  {chapter.empty}"
        return
    yield from columns(((chapter.title.upper(), *chapter.head[1:]), *chapter.rows))
    yield from (f"  {note}" for note in chapter.notes)


def markdown(report: Report) -> str:
    """As GitHub, wikis and chats show it."""
    return "\n".join(_marked(report)) + "\n"


def _marked(report: Report) -> Iterator[str]:
    yield f"# {_plain(report.stack)} ({report.environment})"
    yield from ("", f"{period(report)}")
    for one in report.services:
        yield from ("", f"## {_plain(one.title)}", "")
        yield from (f"> {note}\n" for note in notes(report, one))
        yield from (f"- {_plain(sentence)}" for sentence in sentences(one))
        for chapter in _chapters(one):
            yield from ("", f"### {chapter.title}", "")
            yield from _marked_chapter(chapter)


def _marked_chapter(chapter: Table) -> Iterator[str]:
    if not chapter.rows:
        yield chapter.empty
        return
    yield f"| {' | '.join(name.lower() for name in chapter.head)} |"
    yield f"|{'---|' * len(chapter.head)}"
    yield from (f"| {' | '.join(_plain(cell) for cell in row)} |" for row in chapter.rows)
    yield from (f"\n{_plain(note)}" for note in chapter.notes)


def _chapters(one: OfService) -> tuple[Table, ...]:
    """Nothing of a service of which nothing is known."""
    return () if one.first is None else tables(one)


def _plain(cell: str) -> str:
    """Text that Markdown takes for nothing else."""
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


def as_json(report: Report) -> str:
    """Every number as it is, in base units and seconds since the epoch; null is not known."""
    return json.dumps(data(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def data(report: Report) -> dict[str, Any]:
    """The report as plain data; where values of several kinds stand in one list, `kind` tells which."""
    services = [
        {
            **asdict(one),
            **{name: [_kind(entry) for entry in getattr(one, name)] for name in ("usage", "errors", "jobs")},
        }
        for one in report.services
    ]
    found: dict[str, Any] = _finite({**asdict(report), "services": services})
    return found


def _kind(entry: Any) -> dict[str, Any]:
    if not is_dataclass(entry) or isinstance(entry, type):
        raise TypeError(f"{entry!r} is no part of a report")
    return {"kind": type(entry).__name__.lower(), **asdict(entry)}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not isfinite(value) else value


FORMS: Mapping[str, Callable[[Report], str]] = {"text": text, "markdown": markdown, "json": as_json}
