"""What can be wrong with a YAML file before it means anything: bytes, characters and syntax, in the author's terms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from spec.problem import Mark, Problem

if TYPE_CHECKING:
    import yaml

Place: TypeAlias = tuple[str, int, int]
"""File, line and column: what a `Mark` holds, without the cost of making one for every entry."""

MAX_BYTES = 5_000_000

_NOT_ALLOWED = re.compile("[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n|\r|\n")


class StopReading(Exception):  # ends the reading of one file; `parse` turns it into its problem
    """What makes the rest of a file unreadable."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def text_problem(place: Place, message: str, hint: str = "") -> Problem:
    return Problem(Mark(*place), "", message, hint, id="yaml")


def readable(source: str | bytes, file: str) -> str:
    """The source as text without characters that YAML or a reader of the file would trip over."""
    if len(source) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1_000_000} MB"
        raise StopReading(text_problem((file, 1, 1), message, "split it and include the parts"))
    try:
        text = source if isinstance(source, str) else source.decode()
    except UnicodeDecodeError as error:
        place = _place(error.object[: error.start].decode(), file)
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
        raise StopReading(text_problem(place, message, "save the file as UTF-8")) from None
    text = text.removeprefix("\ufeff")
    if found := _NOT_ALLOWED.search(text):
        message = f"the character U+{ord(found[0]):04X} is not allowed"
        hint = "remove it" if found[0] < " " else "remove it, or write it as an escape in double quotes"
        raise StopReading(text_problem(_place(text[: found.start()], file), message, hint))
    return text


def _place(before: str, file: str) -> Place:
    """The place that follows a text."""
    lines = _LINE_END.split(before)
    return (file, len(lines), len(lines[-1]) + 1)


_SYNTAX = (
    ("tab character", "a tab where spaces are expected", "indent with spaces"),
    ("cannot start any token", "a value cannot start with this character", "put the value in quotes"),
    ("mapping values are not allowed", "a ':' does not belong here", "quote a text with ': ' in it"),
    ("sequence entries are not allowed", "a '-' does not belong here", "start the list on a line of its own"),
    ("could not find expected ':'", "a key without its ':'", "write `key: value`"),
    ("did not find expected key", "neither a key nor the end of the mapping", "check the indentation and the quotes"),
    ("expected '-' indicator", "neither an item nor the end of the list", "check the indentation"),
    ("expected ',' or ']'", "a list is not closed", "check for a missing ',' or ']'"),
    ("expected ',' or '}'", "a mapping is not closed", "check for a missing ',' or '}'"),
    ("expected node content", "a value is missing", "check for a bracket or quote that is not closed"),
    ("unexpected end of stream", "a quote is not closed", "close it on the line where the text ends"),
    ("escape", "a backslash sequence that does not exist", "use single quotes, or write \\\\ for a backslash"),
    ("document start", "text after the end of the document", "one file holds one document"),
)
"""Words of libyaml's message, what they mean to the author of a spec, and what to do. The first that fits is taken."""


def syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """What the parser says, in the author's terms first, at the place where it stopped."""
    mark = error.problem_mark or error.context_mark
    place = (file, mark.line + 1, mark.column + 1) if mark else (file, 1, 1)
    said = error.problem or str(error)
    sought = "tab character" if mark and _tab_before(text, mark.line, mark.column) else said
    meaning, hint = next(((means, hint) for words, means, hint in _SYNTAX if words in sought), ("not valid YAML", ""))
    start = error.context_mark
    since = f", {error.context} since line {start.line + 1}" if start and mark and start.line != mark.line else ""
    return text_problem(place, f"{meaning}: {said}{since}", hint)


def _tab_before(text: str, line: int, column: int) -> bool:
    """Whether the indentation up to a place (both counted from 0), or the character at it, is a tab."""
    lines = _LINE_END.split(text)
    upto = lines[line][: column + 1] if line < len(lines) else ""
    return "\t" in upto and (not upto[:-1].strip() or upto[-1] == "\t")
