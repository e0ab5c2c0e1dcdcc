"""A plain page that shows a person the latest messages."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Content security policy: no scripts, no outside content."""

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="10"><title>Inbox</title><style>
body {font: 15px/1.4 sans-serif; margin: 2em} table {border-collapse: collapse; width: 100%}
th, td {text-align: left; vertical-align: top; padding: .4em .8em; border-bottom: 1px solid #ccc}
td.text {white-space: pre-wrap} tr.firing td:first-child {border-left: 4px solid #c4162a}
tr.resolved td:first-child {border-left: 4px solid #37872d} tr.mixed td:first-child {border-left: 4px solid #fa6400}
</style></head><body><h1>Inbox</h1>
"""


def page(messages: Sequence[Mapping[str, Any]]) -> str:
    """The page with these messages, the newest on top."""
    if not messages:
        return f"{_HEAD}<p>No notification has arrived yet.</p></body></html>\n"
    columns = "".join(f"<th>{name}</th>" for name in ("Time", "Channel", "Receiver", "Status", "Alerts", "Message"))
    rows = "\n".join(_row(message) for message in reversed(messages))
    return f"{_HEAD}<table><tr>{columns}</tr>\n{rows}\n</table></body></html>\n"


def _row(message: Mapping[str, Any]) -> str:
    alerts = "\n".join(
        " ".join(filter(None, (alert["status"], alert["name"], alert["service"]))) for alert in message["alerts"]
    )
    cells = [message["at"], message["kind"], message["receiver"], message["status"]]
    plain = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
    long = "".join(
        f'<td class="text">{escape(text)}</td>' for text in (alerts, f"{message['title']}\n{message['text']}")
    )
    return f'<tr class="{escape(message["status"])}">{plain}{long}</tr>'
