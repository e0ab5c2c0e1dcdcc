"""A report as each kind of receiver takes it: the words of a Slack message, of a mail, and the data of a webhook."""

from __future__ import annotations

from email.message import EmailMessage
from html import escape
from typing import TYPE_CHECKING, Any

from compose.report import forms
from compose.report.figures import stamp
from compose.report.summary import notes, period, sentences
from rules.words import grafana_url
from spec.names import overview_dashboard

if TYPE_CHECKING:
    from compose.report.found import OfService, Report
    from spec.stack import Stack

STATUS = "report"
"""In the place of firing and resolved, and of the list of alerts that a message carries: whoever takes Alertmanager's
messages, too, can tell them apart."""


def subject(heading: str, report: Report) -> str:
    """`Arxos this week: 2026-11-14 to 2026-11-21`"""
    return f"{heading}: {stamp(report.start)[:10]} to {stamp(report.end)[:10]}"


def slack(stack: Stack, heading: str, report: Report, channel: str) -> dict[str, Any]:
    """What stands at the head of each service, with a link to its overview: tables are too wide for a chat."""
    attachments = [_attachment(stack, report, one) for one in report.services]
    return {
        "channel": channel,
        "text": f"*{_said(subject(heading, report))}*\n{period(report)}",
        "attachments": attachments,
    }


def _attachment(stack: Stack, report: Report, one: OfService) -> dict[str, Any]:
    said = [f"_{_said(note)}_" for note in notes(report, one)] + [f"• {_said(text)}" for text in sentences(one)]
    link = f"{grafana_url(stack)}/d/{overview_dashboard(one.name)}"
    return {
        "callback_id": STATUS,
        "title": one.title,
        "title_link": link,
        "fallback": one.title,
        "text": "\n".join(said),
        "mrkdwn_in": ["text"],
    }


def _said(text: str) -> str:
    """Text in which Slack finds no link, no mention and no entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mail(heading: str, report: Report, receiver: str, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """The whole report, as text and as text that keeps its columns in programs which show HTML."""
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = subject(heading, report), sender, ", ".join(to)
    made["X-Specola-Receiver"], made["X-Specola-Alerts"] = receiver, STATUS
    text = forms.text(report)
    made.set_content(text, cte="quoted-printable")
    page = f'<html><body><pre style="font-family: monospace">{escape(text)}</pre></body></html>'
    made.add_alternative(page, subtype="html", cte="quoted-printable")
    return made


def webhook(heading: str, report: Report, receiver: str) -> dict[str, Any]:
    """Alertmanager's envelope without alerts, with the report as data and as Markdown."""
    return {
        "version": "4",
        "status": STATUS,
        "receiver": receiver,
        "alerts": [],
        "title": subject(heading, report),
        "text": forms.markdown(report),
        "report": forms.data(report),
    }
