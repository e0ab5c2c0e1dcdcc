"""The dead man's switch: when the watchdog's heartbeat stays away, the inbox tells people itself.

Prometheus, Alertmanager or the way between them is broken then, and no alert can say so.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.request
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .store import Store

NAME = "MonitoringSilent"
SERVICE = "monitoring"
AGAIN = 3_600.0
"""Seconds after which people are told again that there is still no heartbeat."""
SEND_SECONDS = 10.0


@dataclass(frozen=True)
class Plan:
    """How long a heartbeat may stay away (seconds), and who is told then: recipients as the file describes them."""

    after: float
    title: str
    recipients: tuple[Mapping[str, Any], ...]
    folder: Path
    """What the paths of secrets are relative to."""

    @classmethod
    def read(cls, file: Path) -> Plan:
        """Raises OSError or ValueError when it cannot be understood."""
        content = json.loads(file.read_bytes())
        return cls(float(content["after_seconds"]), content["title"], tuple(content["recipients"]), file.parent)


@dataclass
class Alarm:
    """Looks at the heartbeat from time to time. `missed` is when people were last told that it is missing."""

    plan: Plan
    store: Store
    clock: Callable[[], float]
    report: Callable[[str], None]
    started: float = field(init=False)
    missed: float | None = None

    def __post_init__(self) -> None:
        self.started = self.clock()

    def look(self) -> None:
        """Tell people that the heartbeat is missing, or that it is there again, where that is news."""
        now, age = self.clock(), self.store.heartbeat_age()
        silent = min(now - self.started, now - self.started if age is None else age)
        if silent > self.plan.after:
            if self.missed is None or now - self.missed >= AGAIN:
                self.missed = now
                self._tell("firing", silent)
        elif self.missed is not None and age is not None:
            self.missed = None
            self._tell("resolved", age)

    def _tell(self, status: str, seconds: float) -> None:
        title, text = words(self.plan.title, status, seconds)
        self.report(title)
        for recipient in self.plan.recipients:
            try:
                _send(recipient, self.plan.folder, status, title, text)
            except (OSError, ValueError, smtplib.SMTPException) as error:
                self.report(f"{recipient['name']} could not be told: {type(error).__name__}: {error}")


def words(stack: str, status: str, seconds: float) -> tuple[str, str]:
    """Title and text of the message."""
    if status == "resolved":
        return f"[RESOLVED] {NAME}: {stack} sends its heartbeat again", "Alerts reach people again."
    return (
        f"[FIRING] {NAME}: no heartbeat of {stack} for {seconds / 60:.0f} minutes",
        "Prometheus, Alertmanager or the way between them is broken: until it is mended, no alert reaches anybody. "
        "`specola status` shows what runs, `specola up` starts what does not.",
    )


def _send(recipient: Mapping[str, Any], folder: Path, status: str, title: str, text: str) -> None:
    key = f"{status}|{NAME}|{SERVICE}|critical"
    match recipient["kind"]:
        case "slack":
            attachment = {"title": title, "fallback": title, "text": text, "callback_id": key}
            body: dict[str, Any] = {"channel": recipient.get("channel", ""), "attachments": [attachment]}
        case "pagerduty":
            event = {"summary": title, "source": SERVICE, "severity": "critical", "custom_details": {"alerts": key}}
            action = "resolve" if status == "resolved" else "trigger"
            body = {"event_action": action, "dedup_key": f"specola-{NAME}", "payload": event}
            body["routing_key"] = recipient.get("routing_key") or _secret(recipient, "routing_key_file", folder)
        case "email":
            _mail(recipient, folder, key, title, text)
            return
        case _:
            labels = {"alertname": NAME, "service": SERVICE, "severity": "critical"}
            alert = {"status": status, "labels": labels, "annotations": {"summary": title, "description": text}}
            body = {"version": "4", "status": status, "receiver": recipient["name"], "commonLabels": labels}
            body["alerts"] = [alert]
    _post(recipient, folder, body)


def _post(recipient: Mapping[str, Any], folder: Path, body: Mapping[str, Any]) -> None:
    url = recipient.get("url") or _secret(recipient, "url_file", folder)
    if not url.startswith(("http://", "https://")):
        raise ValueError("its address is not http or https")
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - checked above
    if "token_file" in recipient:
        request.add_header("Authorization", f"Bearer {_secret(recipient, 'token_file', folder)}")
    with urllib.request.urlopen(request, timeout=SEND_SECONDS):  # noqa: S310 - likewise
        pass


def _mail(recipient: Mapping[str, Any], folder: Path, key: str, title: str, text: str) -> None:
    server = recipient["smtp"]
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = title, server["sender"], ", ".join(recipient["to"])
    mail["X-Specola-Alerts"], mail["X-Specola-Receiver"] = key, recipient["name"]
    mail.set_content(text)
    host, _, port = server["host"].rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=SEND_SECONDS) as session:
        if server.get("require_tls"):
            session.starttls(context=ssl.create_default_context())
        if "user" in server:
            session.login(server["user"], _secret(server, "password_file", folder))
        session.send_message(mail)


def _secret(of: Mapping[str, Any], key: str, folder: Path) -> str:
    return (folder / str(of[key])).read_text(encoding="utf-8").strip()
