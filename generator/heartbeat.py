"""Whom the inbox tells when the heartbeat of the watchdog stays away: whom a critical alert of the stack reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.receivers import inbox_smtp, inbox_url, to_inbox
from generator.runtime import RUNTIMES, Runtime
from generator.text import to_json
from rules.routing import reached
from spec.names import ENVIRONMENT, OWN_SERVICE, SERVICE, SEVERITY, TEAM
from spec.notify import EmailReceiver, PagerDuty, Slack, Sms, Webhook

if TYPE_CHECKING:
    from spec.notify import Receiver
    from spec.stack import Stack

ALERT = "MonitoringSilent"
FILE = "inbox/alarm.json"


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`inbox/alarm.json` for each runtime."""
    if not stack.enabled("inbox"):
        return ()
    return tuple(Artefact(f"{runtime.folder}/{FILE}", to_json(plan(stack, runtime))) for runtime in RUNTIMES)


def plan(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """The file as data; secrets by their paths."""
    given = stack.spec.notification
    return {
        "after_seconds": given.heartbeat_within.seconds,
        "title": stack.spec.title,
        "recipients": [_recipient(stack, runtime, name, given.receivers[name]) for name in recipients(stack)],
    }


def recipients(stack: Stack) -> tuple[str, ...]:
    """The receivers that a critical alert on the stack itself reaches."""
    labels = {
        "alertname": ALERT,
        SERVICE: OWN_SERVICE,
        TEAM: stack.spec.owner,
        SEVERITY: "critical",
        ENVIRONMENT: stack.spec.environment,
    }
    return reached(stack.spec.notification, labels)


def _recipient(stack: Stack, runtime: Runtime, name: str, receiver: Receiver) -> dict[str, Any]:
    one: dict[str, Any] = {"name": name}
    match receiver:
        case Slack(slack=slack):
            one |= {"kind": "slack", "channel": slack.channel}
            return one | _address(stack, runtime, "slack", name, {"url_file": runtime.secret(slack.url)})
        case PagerDuty(pagerduty=pagerduty):
            url = "https://events.pagerduty.com/v2/enqueue"
            real = {"url": url, "routing_key_file": runtime.secret(pagerduty.routing_key)}
            return one | {"kind": "pagerduty"} | _address(stack, runtime, "pagerduty", name, real)
        case Webhook(webhook=webhook):
            return one | {"kind": "webhook"} | _hook(stack, runtime, "webhook", name, webhook.url, webhook.token)
        case Sms(sms=sms) if sms.url is not None:
            return one | {"kind": "sms"} | _hook(stack, runtime, "sms", name, sms.url, sms.token)
        case Sms(sms=sms):
            return one | _mail(stack, runtime, name, sms.to)
        case EmailReceiver(email=email):
            return one | _mail(stack, runtime, name, email.to)


def _hook(stack: Stack, runtime: Runtime, kind: str, name: str, url: str, token: str | None) -> dict[str, Any]:
    real = {"url": url, **({"token_file": runtime.secret(token)} if token else {})}
    return _address(stack, runtime, kind, name, real)


def _address(stack: Stack, runtime: Runtime, kind: str, name: str, real: dict[str, Any]) -> dict[str, Any]:
    if not to_inbox(stack):
        return real
    key = {"routing_key": "inbox"} if kind == "pagerduty" else {}
    return {"url": inbox_url(stack, runtime, kind, name), **key}


def _mail(stack: Stack, runtime: Runtime, name: str, to: tuple[str, ...]) -> dict[str, Any]:
    server = stack.spec.notification.smtp
    sender = server.sender if server else "alerts@inbox.invalid"
    if to_inbox(stack) or server is None:
        smtp: dict[str, Any] = {"host": inbox_smtp(stack, runtime), "sender": sender}
        return {"kind": "email", "to": [f"{name}@inbox.invalid"], "smtp": smtp}
    smtp = {"host": server.host, "sender": sender, "require_tls": server.require_tls}
    smtp |= {"user": server.user} if server.user else {}
    smtp |= {"password_file": runtime.secret(server.password)} if server.password else {}
    return {"kind": "email", "to": list(to), "smtp": smtp}
