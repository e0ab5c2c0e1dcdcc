"""Delivery of a report through the receivers of the spec: where they are, and with which secrets."""

from __future__ import annotations

import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose import secrets
from compose.fault import Trouble
from compose.report import post
from generator.receivers import inbox_smtp, inbox_url, to_inbox
from generator.runtime import NATIVE
from spec.notify import EmailReceiver, Slack, Smtp, Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compose.report.found import Report
    from spec.stack import Stack

SECONDS = 20.0
"""How long a receiver may take to answer."""
PAUSES = (0.0, 5.0, 25.0)
"""Seconds before each attempt."""
UNSAYABLE = UnicodeError
"""A mail server is told passwords of ASCII only, a web server tokens of Latin-1; the error would show the secret."""
INBOX_SENDER = "reports@inbox.invalid"


class NotSentError(Exception):
    """A receiver that did not take the report; says why, and nothing of its address, which may be a secret."""


@dataclass(frozen=True)
class Delivery:
    """What is sent under which heading. Secrets are read from `root` when they are needed, and go nowhere else."""

    stack: Stack
    root: Path
    heading: str
    report: Report

    def to(self, receivers: tuple[str, ...]) -> Iterator[str]:
        """Each receiver as it has got the report. Raises one Trouble for all that have not, after the last."""
        failed = []
        for name in receivers:
            try:
                self._try(name)
                yield name
            except (NotSentError, Trouble) as error:
                failed.append(f"{name}: {error}")
        if failed:
            raise Trouble(
                "the report did not reach\n" + "\n".join(failed),
                "the others have it; send it again when that is mended",
            )

    def _try(self, name: str) -> None:
        *first, last = PAUSES
        for pause in first:
            time.sleep(pause)
            with suppress(NotSentError):
                return self._send(name)
        time.sleep(last)
        return self._send(name)

    def _send(self, name: str) -> None:
        match self.stack.spec.notification.receivers[name]:
            case Slack(slack=slack):
                body = post.slack(self.stack, self.heading, self.report, slack.channel)
                inbox = self._inbox("slack", name)
                _post(inbox or secrets.read(self.root, slack.url), body, outside=not inbox)
            case Webhook(webhook=webhook):
                inbox = self._inbox("webhook", name)
                token = secrets.read(self.root, webhook.token) if webhook.token and not inbox else ""
                _post(inbox or webhook.url, post.webhook(self.heading, self.report, name), token, outside=not inbox)
            case EmailReceiver(email=email):
                self._mail(name, email.to)
            case other:
                raise NotSentError(f"{type(other).__name__} takes alerts and no reports")

    def _inbox(self, kind: str, name: str) -> str:
        """The address in the stack's own inbox, where everything is delivered there."""
        return inbox_url(self.stack, NATIVE, kind, name) if to_inbox(self.stack) else ""

    def _mail(self, name: str, to: tuple[str, ...]) -> None:
        server = self.stack.spec.notification.smtp
        if to_inbox(self.stack) or server is None:
            server = Smtp(
                host=inbox_smtp(self.stack, NATIVE), sender=server.sender if server else INBOX_SENDER, require_tls=False
            )
            to = (f"{name}@inbox.invalid",)
        mail = post.mail(self.heading, self.report, name, server.sender, to)
        host, _, port = server.host.rpartition(":")
        try:
            with smtplib.SMTP(host.strip("[]"), int(port), timeout=SECONDS) as session:
                if server.require_tls:
                    session.starttls(context=ssl.create_default_context())
                if server.user:
                    session.login(server.user, secrets.read(self.root, server.password) if server.password else "")
                session.send_message(mail)
        except (UNSAYABLE, OSError, smtplib.SMTPException) as error:
            raise NotSentError(f"the mail server {server.host} did not take it: {type(error).__name__}") from None


def _post(url: str, body: dict[str, Any], token: str = "", *, outside: bool) -> None:
    """Only what is outside may lie behind a proxy. The address may be a secret: no message names it."""
    import requests

    session = requests.Session()
    session.trust_env = outside
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = session.post(url, json=body, headers=headers, timeout=SECONDS, allow_redirects=False)
    except (UNSAYABLE, requests.RequestException) as error:
        raise NotSentError(f"no answer: {type(error).__name__}") from None
    if not 200 <= answer.status_code < 300:
        raise NotSentError(f"answered {answer.status_code}")
