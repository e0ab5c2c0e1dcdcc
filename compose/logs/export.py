"""Found lines into a file of any size: a page after the other, and after an interruption where it stopped.

The file is called `NAME.part` until it is whole. Beside it, `NAME.part.json` says what was asked for and how far it
came; the same request goes on from there, so that no line is lost or written twice.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, BinaryIO

from compose.fault import Trouble
from compose.logs.entry import Cursor, Span
from compose.logs.pages import Order, limited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compose.logs.formats import Format
    from compose.logs.pages import Reader

MEND = "free some space or mend the permissions, then run the same command again: it goes on where it stopped"


@dataclass(frozen=True)
class Progress:
    """How far an export is. `cursor` is empty before the first page."""

    lines: int = 0
    bytes: int = 0
    cursor: str = ""


@dataclass(frozen=True)
class Request:
    """What is exported. `asked` is the command's own words, by which an interrupted export is known again."""

    asked: str
    span: Span
    order: Order
    limit: int | None = None


def unfinished(target: Path, request: Request) -> tuple[Request, Progress]:
    """What an interrupted export of the same request left, with the span it had then; else the request and nothing."""
    try:
        saved = json.loads(_state(target).read_text(encoding="utf-8"))
        progress = Progress(**saved["progress"])
        span = Span(**saved["span"])
        size = part(target).stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return request, Progress()
    if saved["asked"] != request.asked or size < progress.bytes:
        return request, Progress()
    return Request(request.asked, span, request.order, request.limit), progress


def export(
    reader: Reader, target: Path, format_: Format, request: Request, start: Progress, tell: Callable[[Progress], None]
) -> Progress:
    """Write the lines; each page is told. Raises Trouble when the file cannot be written; what is written stays."""
    try:
        with part(target).open("r+b" if start.cursor else "wb") as file:
            progress = _write(reader, file, target, format_, request, start, tell)
        part(target).replace(target)
        _state(target).unlink(missing_ok=True)
    except OSError as error:
        raise Trouble(f"cannot write {error.filename or target}: {error.strerror}", MEND) from error
    return progress


def _write(
    reader: Reader, file: BinaryIO, target: Path, format_: Format, request: Request, progress: Progress,
    tell: Callable[[Progress], None],
) -> Progress:  # fmt: skip
    file.truncate(progress.bytes)
    file.seek(progress.bytes)
    if not progress.cursor:
        file.write(format_.head.encode(errors="replace"))
    cursor = Cursor.parse(progress.cursor) if progress.cursor else None
    for page in limited(reader, cursor, request.limit, progress.lines):
        file.writelines(format_.text(entry).encode(errors="replace") for entry in page.entries)
        file.flush()
        progress = Progress(progress.lines + len(page.entries), file.tell(), str(page.cursor))
        _save(target, request, progress)
        tell(progress)
    return progress


def part(target: Path) -> Path:
    """The file while it is not whole."""
    return target.with_name(f"{target.name}.part")


def _state(target: Path) -> Path:
    return target.with_name(f"{target.name}.part.json")


def _save(target: Path, request: Request, progress: Progress) -> None:
    state = {"asked": request.asked, "span": asdict(request.span), "progress": asdict(progress)}
    draft = _state(target).with_name(f"{_state(target).name}.new")
    draft.write_text(json.dumps(state), encoding="utf-8")
    draft.replace(_state(target))
