"""How found lines are written: as text for people, as JSON (an object a line), as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from compose.logs.moment import stamp
from spec.logs import LogFields

if TYPE_CHECKING:
    from collections.abc import Callable

    from compose.logs.entry import Entry
    from spec.logs import Logs

FORMATS = ("text", "json", "csv")
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters can move a terminal's cursor or hide text; a log line is what a stranger sent."""
_FORMULA = re.compile(r"[=+@\t\r]|-[^0-9.]")
COMMON = ("time", "service", "level", "category", "message")


class Format(Protocol):
    """Writes an export: a beginning, then each line."""

    @property
    def head(self) -> str: ...

    def text(self, entry: Entry) -> str:
        """With its newline."""


@dataclass(frozen=True)
class Shape:
    """What the fields of a service's JSON lines are called, and which of them are structured metadata."""

    fields: LogFields = field(default_factory=LogFields)
    metadata: tuple[str, ...] = ()

    @classmethod
    def of(cls, logs: Logs | None) -> Shape:
        return cls(logs.fields, logs.metadata) if logs else cls(metadata=("component",))

    def message(self, entry: Entry) -> str:
        """What the line says, without the fields around it; of text, and of JSON without a message, the whole line."""
        said = parsed(entry.line).get(self.fields.message)
        return said if isinstance(said, str) else entry.line


def parsed(line: str) -> dict[str, Any]:
    """A JSON object, or nothing."""
    if not line.startswith("{"):
        return {}
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Text:
    """Time, level, service, category, then the message and the fields of a JSON line, or the line as it is."""

    shape: Shape
    head = ""

    def text(self, entry: Entry) -> str:
        labels = entry.labels
        where = f"{labels.get('service', '-')}{'/' if 'category' in labels else ''}{labels.get('category', '')}"
        first, *more = visible(self._said(entry)).split("\n")
        rest = "".join(f"\n    {line}" for line in more)
        return f"{stamp(entry.time)} {labels.get('level', '-'):8} {where}  {first}{rest}\n"

    def _said(self, entry: Entry) -> str:
        fields, names = parsed(entry.line), self.shape.fields
        if not isinstance(fields.get(names.message), str):
            return entry.line
        shown = {names.message, names.time, names.level, names.category}
        rest = [f"{name}={_short(value)}" for name, value in fields.items() if name not in shown]
        traces = [value for value in fields.values() if isinstance(value, str) and "\n" in value]
        said = " ".join((fields[names.message], *(part for part in rest if "\n" not in part)))
        return "\n".join((said, *(trace for trace in traces if trace != fields[names.message])))


@dataclass(frozen=True)
class Json:
    """An object for each line: nothing is lost, and a file can grow without an end to mend."""

    shape: Shape
    head = ""

    def text(self, entry: Entry) -> str:
        found = {
            "time": stamp(entry.time), **entry.labels, "message": self.shape.message(entry),
            "metadata": dict(entry.metadata), "line": entry.line,
        }  # fmt: skip
        return json.dumps(found, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Csv:
    """A column for each label and each declared structured metadata, and the whole line."""

    shape: Shape

    @property
    def head(self) -> str:
        return _row([*COMMON, *self.shape.metadata, "line"])

    def text(self, entry: Entry) -> str:
        labels = (entry.labels.get(name, "") for name in COMMON[1:-1])
        metadata = (entry.metadata.get(name, "") for name in self.shape.metadata)
        cells = (*labels, self.shape.message(entry), *metadata, entry.line)
        return _row([stamp(entry.time), *map(harmless, cells)])


def visible(text: str) -> str:
    """With control characters written out."""
    return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins like a formula for one: an apostrophe makes it text."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def format_of(name: str, shape: Shape) -> Format:
    """The format with this name."""
    made: dict[str, Callable[[Shape], Format]] = {"text": Text, "json": Json, "csv": Csv}
    return made[name](shape)


def _row(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
