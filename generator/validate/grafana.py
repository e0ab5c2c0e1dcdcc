"""Grafana: what it says of the files that it is given, and where in the spec each comes from.

It has no command that looks at them, and says nothing in its interface: a file that it refuses is a line of its log. It
reads them again every few seconds, and complains each time; a wrong data source or setting ends it at its start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.grafana_sources import COMMON_FOLDER
from generator.validate.dashboards import place
from spec.names import ALERTMANAGER_UID, LOKI_UID, PROMETHEUS_UID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spec.stack import SpecPath, Stack

SOURCES = {"prometheus": PROMETHEUS_UID, "loki": LOKI_UID, "alertmanager": ALERTMANAGER_UID}
"""The component behind each data source."""
_FIELD = re.compile(r'(?P<key>[\w.]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>\S*))')
_FILE = re.compile(r"dashboards/(?P<folder>[^/]+)/(?P<uid>[^/]+)\.json$")
_FOLDER = re.compile(r"dashboards/(?P<folder>[^/]+)$")
_BAD = ("error", "warn")
_UNTOLD = ("has no database write permissions", "does not exist")
"""What follows from something else that is told, or means nothing."""


@dataclass(frozen=True)
class Complaint:
    """One line of Grafana's log about what it was given. `time` is its own, as RFC 3339; `uid` the dashboard's."""

    at: SpecPath
    text: str
    time: str = ""
    uid: str = ""


def complaints(stack: Stack, lines: Iterable[str]) -> tuple[Complaint, ...]:
    """What is refused, each once with its latest time, in the order of first mention."""
    found: dict[tuple[SpecPath, str], Complaint] = {}
    for line in lines:
        for one in _read(stack, fields(line)):
            found[one.at, one.text] = one
    return tuple(found.values())


def fields(line: str) -> Mapping[str, str]:
    """The keys and values of a line, `logger=settings t=2026-11-21T15:55:10Z level=warn msg="a text"`."""
    return {
        part["key"]: part["bare"] if part["quoted"] is None else re.sub(r"\\(.)", _plain, part["quoted"])
        for part in _FIELD.finditer(line)
    }


def unreachable(lines: Iterable[str], uid: str) -> str:
    """Why a data source did not answer the last time that Grafana asked it for somebody."""
    said = [one for one in map(fields, lines) if one.get("path", "").startswith(f"/api/datasources/proxy/uid/{uid}/")]
    return next((one["err"] for one in reversed(said) if "err" in one), "")


def _plain(match: re.Match[str]) -> str:
    return " " if match[1] in "nt" else match[1]


def _read(stack: Stack, line: Mapping[str, str]) -> Iterator[Complaint]:
    logger, message = line.get("logger", ""), line.get("msg", "")
    if line.get("level") not in _BAD or any(words in message for words in _UNTOLD):
        return
    why, time = line.get("error") or message, line.get("t", "")
    if logger == "settings" and line["level"] == "error":
        yield Complaint(("components", "grafana"), f"Grafana refuses its settings: {message}", time)
    elif logger == "provisioning":
        yield Complaint(_source(why), f"Grafana ends: {message}: {why}", time)
    elif logger == "provisioning.dashboard":
        yield _dashboard(stack, line, why, time)


def _dashboard(stack: Stack, line: Mapping[str, str], why: str, time: str) -> Complaint:
    if file := _FILE.search(line.get("file", "")):
        return Complaint(place(stack, file["uid"]), f"Grafana refuses {file[0]}: {why}", time, file["uid"])
    if uid := line.get("uid", ""):
        return Complaint(place(stack, uid), f"Grafana refuses dashboard {uid}: {why}", time, uid)
    named = _FOLDER.search(line.get("path", ""))
    folder = named["folder"] if named else line.get("name") or line.get("providers", "").strip("[]")
    title = f" {line['title']!r}" if "title" in line else ""
    return Complaint(_folder(stack, folder), f"Grafana refuses dashboards/{folder}: {why}{title}", time)


def _folder(stack: Stack, folder: str) -> SpecPath:
    """A folder of dashboards is that of an owner."""
    return ("owners", folder) if folder != COMMON_FOLDER and folder in stack.spec.owners else ("components", "grafana")


def _source(why: str) -> SpecPath:
    """The component behind the data source that is spoken of, by its password or its name."""
    found = next((component for component in SOURCES if re.search(rf"(?i)\b(?:SPECOLA_)?{component}", why)), "grafana")
    return ("components", found)
