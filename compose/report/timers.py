"""Timers of systemd that send the reports of the spec when it says.

A timer starts what was missed while the machine was off (`Persistent=`); cron would not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spec.reports import ScheduledReport

SERVICE = """\
# Made by `specola report --timers` from stack.yaml.
[Unit]
Description=Specola sends the report {name}
After=network-online.target

[Service]
Type=oneshot
WorkingDirectory={root}
ExecStart={command}
"""
TIMER = """\
# Made by `specola report --timers` from stack.yaml.
[Unit]
Description=When Specola sends the report {name}

[Timer]
OnCalendar={calendar}
Persistent=true

[Install]
WantedBy=timers.target
"""


def units(
    reports: Sequence[ScheduledReport], root: str, program: Sequence[str], options: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """File name and content: a service and a timer for each report. `program` is Specola's command."""
    for report in reports:
        words = (*program, "report", "--send", report.name, *options)
        stem = f"specola-report-{report.name}"
        service = SERVICE.format(name=report.name, root=_literal(root), command=" ".join(map(_quoted, words)))
        yield f"{stem}.service", service
        yield f"{stem}.timer", TIMER.format(name=report.name, calendar=calendar(report))


def calendar(report: ScheduledReport) -> str:
    """`Mon *-*-* 07:00:00 Europe/Rome`"""
    days = ",".join(day[:3].capitalize() for day in report.days)
    return f"{days + ' ' if days else ''}*-*-* {report.at}:00 {report.location}"


def _literal(text: str) -> str:
    """Text in which systemd finds no specifier."""
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """A word of a command line as systemd reads it."""
    if word and all(char.isalnum() or char in "/._-=+:,@" for char in word):
        return word
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_literal(text)}"'
