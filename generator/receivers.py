"""Receivers of Alertmanager: from the spec's kinds to its configuration. Secrets appear as paths of files only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.runtime import host, inner_port
from spec.notify import EmailReceiver, PagerDuty, Slack, Sms, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.runtime import Runtime
    from spec.notify import Receiver
    from spec.stack import Stack

Config = dict[str, Any]
TITLE = '{{ template "specola.title" . }}'
TEXT = '{{ template "specola.text" . }}'
KEY = '{{ template "specola.key" . }}'
NOBODY = "nobody"
"""A receiver without addresses: takes the watchdog when no heartbeat receiver is named."""
SMOKE = "specola-smoke"
"""The receiver of the smoke test's alert: the inbox."""
_SLACK_COLOUR = (
    '{{ if eq .Status "resolved" }}#009e73'
    '{{ else if eq .CommonLabels.severity "critical" }}#d55e00{{ else }}#e69f00{{ end }}'
)
_PAGERDUTY_SEVERITY = (
    '{{ if eq .CommonLabels.severity "critical" }}critical'
    '{{ else if eq .CommonLabels.severity "high" }}error{{ else }}warning{{ end }}'
)


def receivers(stack: Stack, runtime: Runtime) -> list[Config]:
    """Every receiver, and the one that tells nobody."""
    told = stack.spec.notification.receivers
    unheard = [] if stack.spec.notification.heartbeat else _heartbeat(stack, runtime)
    own: list[Config] = [{"name": NOBODY, **({"webhook_configs": unheard} if unheard else {})}]
    if stack.enabled("inbox"):
        hook = {"url": inbox_url(stack, runtime, "webhook", SMOKE), "send_resolved": True}
        own.append({"name": SMOKE, "webhook_configs": [hook]})
    return [_receiver(stack, runtime, name, told[name]) for name in told] + own


def smtp(stack: Stack, runtime: Runtime) -> Config:
    """The mail server, as Alertmanager's global settings; the inbox when everything is delivered there."""
    server = stack.spec.notification.smtp
    if to_inbox(stack):
        sender = server.sender if server else "alerts@inbox.invalid"
        return {"smtp_smarthost": inbox_smtp(stack, runtime), "smtp_from": sender, "smtp_require_tls": False}
    if server is None:
        return {}
    auth = {"smtp_auth_username": server.user} if server.user else {}
    password = {"smtp_auth_password_file": runtime.secret(server.password)} if server.password else {}
    return {
        "smtp_smarthost": server.host,
        "smtp_from": server.sender,
        "smtp_require_tls": server.require_tls,
        **auth,
        **password,
    }


def to_inbox(stack: Stack) -> bool:
    """Whether every message goes to the stack's own inbox."""
    return stack.spec.notification.deliver == "inbox"


def inbox_smtp(stack: Stack, runtime: Runtime) -> str:
    """`host:port` of the inbox's mail server: the port after its HTTP port."""
    if runtime.name == "docker":
        return f"inbox:{inner_port('inbox') + 1}"
    return f"{host(stack, 'inbox')}:{stack.port('inbox') + 1}"


def inbox_url(stack: Stack, runtime: Runtime, kind: str, name: str) -> str:
    """Where the inbox takes messages of a kind for a receiver."""
    return f"http://{runtime.address(stack, 'inbox')}/{kind}/{name}"


def _receiver(stack: Stack, runtime: Runtime, name: str, receiver: Receiver) -> Config:
    key, config = _KINDS[type(receiver)](stack, runtime, name, receiver)
    made: Config = {"name": name, key: [{"send_resolved": receiver.resolved, **config}]}
    copies = _copies(stack, runtime, name, receiver)
    return made | ({"webhook_configs": [*made.get("webhook_configs", []), *copies]} if copies else {})


def _copies(stack: Stack, runtime: Runtime, name: str, receiver: Receiver) -> list[Config]:
    """The inbox keeps who was told what and listens to the heartbeat, where the message itself goes elsewhere."""
    if to_inbox(stack) or not stack.enabled("inbox"):
        return []
    if name == stack.spec.notification.heartbeat:
        return _heartbeat(stack, runtime)
    return [{"send_resolved": receiver.resolved, "url": inbox_url(stack, runtime, "copy", name)}]


def _heartbeat(stack: Stack, runtime: Runtime) -> list[Config]:
    if not stack.enabled("inbox"):
        return []
    return [{"send_resolved": False, "url": f"http://{runtime.address(stack, 'inbox')}/heartbeat"}]


def _slack(stack: Stack, runtime: Runtime, name: str, receiver: Slack) -> tuple[str, Config]:
    url = (
        {"api_url": inbox_url(stack, runtime, "slack", name)}
        if to_inbox(stack)
        else {"api_url_file": runtime.secret(receiver.slack.url)}
    )
    look = {"color": _SLACK_COLOUR, "title": TITLE, "text": '{{ template "specola.slack" . }}', "callback_id": KEY}
    link = {"title_link": "{{ (index .Alerts 0).Annotations.dashboard_url }}", "fallback": TITLE}
    return "slack_configs", {**url, "channel": receiver.slack.channel, **look, **link}


def _email(stack: Stack, runtime: Runtime, name: str, receiver: EmailReceiver) -> tuple[str, Config]:
    return "email_configs", _mail(
        stack, name, receiver.email.to, {"html": '{{ template "specola.html" . }}', "text": TEXT}
    )


def _mail(stack: Stack, name: str, to: tuple[str, ...], body: Config) -> Config:
    address = f"{name}@inbox.invalid" if to_inbox(stack) else ", ".join(to)
    return {"to": address, "headers": {"Subject": TITLE, "X-Specola-Alerts": KEY, "X-Specola-Receiver": name}, **body}


def _hook(stack: Stack, runtime: Runtime, kind: str, name: str, url: str, token: str | None) -> Config:
    if to_inbox(stack):
        return {"url": inbox_url(stack, runtime, kind, name)}
    auth = {"http_config": {"authorization": {"credentials_file": runtime.secret(token)}}} if token else {}
    return {"url": url, **auth}


def _webhook(stack: Stack, runtime: Runtime, name: str, receiver: Webhook) -> tuple[str, Config]:
    return "webhook_configs", _hook(stack, runtime, "webhook", name, receiver.webhook.url, receiver.webhook.token)


def _sms(stack: Stack, runtime: Runtime, name: str, receiver: Sms) -> tuple[str, Config]:
    if receiver.sms.url is not None:
        return "webhook_configs", _hook(stack, runtime, "sms", name, receiver.sms.url, receiver.sms.token)
    return "email_configs", _mail(stack, name, receiver.sms.to, {"html": "", "text": '{{ template "specola.sms" . }}'})


def _pagerduty(stack: Stack, runtime: Runtime, name: str, receiver: PagerDuty) -> tuple[str, Config]:
    if to_inbox(stack):
        where: Config = {"routing_key": "inbox", "url": f"{inbox_url(stack, runtime, 'pagerduty', name)}/v2/enqueue"}
    else:
        where = {"routing_key_file": runtime.secret(receiver.pagerduty.routing_key)}
    details = {
        "alerts": KEY,
        "text": TEXT,
        "runbook": "{{ .CommonAnnotations.runbook_url }}",
        "dashboard": "{{ .CommonAnnotations.dashboard_url }}",
    }
    kind = {
        "severity": _PAGERDUTY_SEVERITY,
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.service }}",
    }
    return "pagerduty_configs", {**where, "description": TITLE, **kind, "details": details}


_KINDS: dict[type, Callable[[Stack, Runtime, str, Any], tuple[str, Config]]] = {
    Slack: _slack,
    EmailReceiver: _email,
    Webhook: _webhook,
    PagerDuty: _pagerduty,
    Sms: _sms,
}
