"""Notifications as values, and how each channel's payload is read.

Only what is listed here is kept of a payload, so that routing keys and tokens never reach the store.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS = ("webhook", "slack", "pagerduty", "email", "sms", "copy")
"""A `copy` says that a receiver was told, by whatever channel, without being the message itself."""
REPORT = "report"
"""In the place of a list of alerts, or of a status: the message is a report."""
STATUSES = ("firing", "resolved", "mixed", REPORT)
LONGEST_TITLE = 500
LONGEST_TEXT = 4_000
LONGEST_WORD = 200
MOST_ALERTS = 200
MOST_LABELS = 30


class PayloadError(ValueError):
    """A payload that is not what its channel sends."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a notification; `labels` are known only where the channel carries them."""

    name: str
    service: str
    severity: str
    status: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """What a channel delivered to a receiver, before it has a number and a time."""

    kind: str
    receiver: str
    status: str
    alerts: tuple[Alert, ...]
    title: str
    text: str


def webhook(receiver: str, payload: object, kind: str = "webhook") -> Notification:
    """Alertmanager's webhook payload (version 4); an SMS gateway gets the same. A report has no alerts but a title."""
    content = _object(payload, "the payload")
    alerts = tuple(_webhook_alert(item) for item in _list(content.get("alerts"), "'alerts'")[:MOST_ALERTS])
    summaries = [_annotation(item) for item in _list(content.get("alerts"), "'alerts'")]
    status = _text(content.get("status"))
    title = ", ".join(dict.fromkeys(alert.name for alert in alerts)) or _text(content.get("title")) or status
    text = "\n".join(filter(None, summaries)) or _text(content.get("text"))
    return _notification(kind, receiver, alerts, title, text, status)


def slack(receiver: str, payload: object) -> Notification:
    """A Slack message; its first attachment's `callback_id` lists the alerts."""
    content = _object(payload, "the payload")
    attachments = [_object(item, "an attachment") for item in _list(content.get("attachments"), "'attachments'")]
    first: Mapping[str, object] = attachments[0] if attachments else {}
    title = _text(first.get("title")) or _text(first.get("fallback")) or _text(content.get("text"))
    text = "\n".join(filter(None, (_text(item.get("text")) for item in (content, *attachments))))
    key = _text(first.get("callback_id"))
    return _notification("slack", receiver, listed(key), title, text, key if key == REPORT else title)


def pagerduty(receiver: str, payload: object) -> Notification:
    """A PagerDuty event (Events API v2); its custom details' `alerts` lists the alerts."""
    content = _object(payload, "the payload")
    action = _text(content.get("event_action"))
    if action not in {"trigger", "acknowledge", "resolve"}:
        raise PayloadError("'event_action' must be trigger, acknowledge or resolve")
    event = _object(content.get("payload") or {}, "'payload'")
    details = event.get("custom_details")
    alerts = listed(_text(details.get("alerts")) if isinstance(details, dict) else "")
    status = "resolved" if action == "resolve" else "firing"
    title = _text(event.get("summary")) or _text(content.get("description"))
    return _notification("pagerduty", receiver, alerts, title, _text(event.get("source")), status)


def email(receiver: str, key: str, subject: str, text: str) -> Notification:
    """An e-mail, whose header X-Specola-Alerts (`key`) lists the alerts."""
    return _notification("email", receiver, listed(key), subject, text, key if key == REPORT else subject)


def listed(key: str) -> tuple[Alert, ...]:
    """The alerts of a list `status|alertname|service|severity;…`; entries of another form are left out."""
    alerts = []
    for entry in key.split(";")[:MOST_ALERTS]:
        match [part.strip()[:LONGEST_WORD] for part in entry.split("|")]:
            case ["firing" | "resolved" as status, name, service, severity] if name:
                alerts.append(Alert(name, service, severity, status))
    return tuple(alerts)


def _notification(
    kind: str, receiver: str, alerts: tuple[Alert, ...], title: str, text: str, hint: str
) -> Notification:
    status = _status((alert.status for alert in alerts), hint)
    return Notification(kind, receiver, status, alerts, title[:LONGEST_TITLE], text[:LONGEST_TEXT])


def _status(statuses: Iterable[str], hint: str) -> str:
    """The status that all alerts share; without alerts, what the title or the payload suggests."""
    known = set(statuses)
    if len(known) > 1:
        return "mixed"
    if hint == REPORT and not known:
        return REPORT
    return known.pop() if known else "resolved" if re.search(r"(?i)\bresolved\b", hint) else "firing"


def _webhook_alert(item: object) -> Alert:
    alert = _object(item, "an alert")
    labels = {
        str(name)[:LONGEST_WORD]: _text(value)[:LONGEST_WORD]
        for name, value in list(_object(alert.get("labels") or {}, "'labels'").items())[:MOST_LABELS]
    }
    status = "resolved" if alert.get("status") == "resolved" else "firing"
    return Alert(labels.get("alertname", ""), labels.get("service", ""), labels.get("severity", ""), status, labels)


def _annotation(item: object) -> str:
    annotations = _object(_object(item, "an alert").get("annotations") or {}, "'annotations'")
    return _text(annotations.get("summary")) or _text(annotations.get("description"))


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise PayloadError(f"{what} must be an object")
    return value


def _list(value: object, what: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise PayloadError(f"{what} must be a list")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
