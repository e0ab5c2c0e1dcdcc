"""How each channel's payload becomes a notification, and which messages a question finds."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from compose.inbox import messages
from compose.inbox.messages import Alert, PayloadError
from compose.inbox.page import page
from compose.inbox.query import Query, QueryError, parse
from compose.inbox.smtp import notification

DOWN = Alert("Down", "tug", "critical", "firing")
SLOW = Alert("Slow", "tug", "low", "resolved")
KEY = "firing|Down|tug|critical;resolved|Slow|tug|low"


def webhook_alert(name: str, status: str, **labels: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, "service": "tug", "severity": "high", **labels},
        "annotations": {"summary": f"{name} of tug"},
        "startsAt": "2026-01-01T12:00:00Z",
    }


def mail(headers: str, body: str = "TUG is down") -> bytes:
    return f"From: a@example.org\r\nSubject: [FIRING:1] Down\r\n{headers}\r\n{body}\r\n".encode()


@pytest.mark.parametrize(
    ("key", "alerts"),
    [
        ("", ()),
        ("firing|Down|tug|critical", (DOWN,)),
        (KEY, (DOWN, SLOW)),
        (" firing | Down | tug | critical ;", (DOWN,)),
        ("firing|Down||", (Alert("Down", "", "", "firing"),)),
        ("firing|Down;nonsense;|||;silenced|Down|tug|critical", ()),
    ],
)
def test_a_list_of_alerts_is_read_back(key: str, alerts: tuple[Alert, ...]) -> None:
    assert messages.listed(key) == alerts


@pytest.mark.parametrize("kind", ["webhook", "sms"])
def test_a_webhook(kind: str) -> None:
    payload = {
        "status": "firing",
        "alerts": [webhook_alert("Down", "firing", pod="a"), webhook_alert("Slow", "resolved")],
    }
    kept = messages.webhook("ops", payload, kind)
    assert (kept.kind, kept.receiver, kept.status) == (kind, "ops", "mixed")
    assert (kept.title, kept.text) == ("Down, Slow", "Down of tug\nSlow of tug")
    assert kept.alerts[0] == Alert(
        "Down", "tug", "high", "firing", {"alertname": "Down", "service": "tug", "severity": "high", "pod": "a"}
    )


def test_a_slack_message() -> None:
    attachment = {"callback_id": KEY, "title": "[FIRING:1] Down", "text": "TUG is down", "color": "danger"}
    kept = messages.slack("chat", {"channel": "#ops", "username": "x", "attachments": [attachment]})
    assert (kept.kind, kept.status, kept.alerts) == ("slack", "mixed", (DOWN, SLOW))
    assert (kept.title, kept.text) == ("[FIRING:1] Down", "TUG is down")


@pytest.mark.parametrize(
    ("title", "status"),
    [("[RESOLVED] Down", "resolved"), ("[FIRING:1] Down", "firing"), ("UnresolvedIncidents", "firing"), ("", "firing")],
)
def test_a_slack_message_without_a_list_tells_its_status_in_its_title(title: str, status: str) -> None:
    assert messages.slack("chat", {"attachments": [{"title": title}]}).status == status


@pytest.mark.parametrize(
    ("action", "details", "status", "alerts"),
    [
        ("trigger", {"alerts": "firing|Down|tug|critical"}, "firing", (DOWN,)),
        ("trigger", None, "firing", ()),
        ("resolve", {"alerts": 5}, "resolved", ()),
    ],
)
def test_a_pagerduty_event(action: str, details: object, status: str, alerts: tuple[Alert, ...]) -> None:
    payload = {"summary": "Down", "source": "lab", "severity": "critical", "custom_details": details}
    kept = messages.pagerduty("pager", {"routing_key": "secret-key", "event_action": action, "payload": payload})
    assert (kept.status, kept.alerts, kept.title) == (status, alerts, "Down")
    assert "secret-key" not in json.dumps(asdict(kept))


def test_a_mail() -> None:
    kept = notification(mail(f"X-Specola-Alerts: {KEY}\r\n"), "ops@example.org")
    assert (kept.kind, kept.receiver, kept.status, kept.alerts) == ("email", "ops", "mixed", (DOWN, SLOW))
    assert (kept.title, kept.text) == ("[FIRING:1] Down", "TUG is down")


@pytest.mark.parametrize(
    ("headers", "body", "receiver", "text"),
    [
        ("X-Specola-Receiver: night\r\n", "plain", "night", "plain"),
        ("Content-Type: text/html\r\n", "<style>a{}</style><p>a &lt; <b>b</b></p>", "ops", "a < b"),
        ("Content-Type: text/plain; charset=nonsense\r\n", "x", "ops", ""),
        ("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\n\r\ninner\r\n--b--", "ops", "inner"),
        ("X-Specola-Alerts: =?utf-8?q?firing|Down|tug|critical?=\r\n", "x", "ops", "x"),
        ("X-Specola-Alerts: =?utf-8?q?=FF?=\r\nTo: ,,<<>\r\n", "x", "ops", "x"),
    ],
)
def test_mails_of_many_forms(headers: str, body: str, receiver: str, text: str) -> None:
    kept = notification(mail(headers, body), "ops@example.org")
    assert (kept.receiver, kept.text) == (receiver, text)


def test_a_header_that_is_encoded_or_folded_is_understood() -> None:
    folded = notification(mail("X-Specola-Alerts: firing|Down|tug|critical;\r\n resolved|Slow|tug|low\r\n"), "a@b")
    encoded = notification(mail("X-Specola-Alerts: =?utf-8?q?firing|Down|tug|critical?=\r\n"), "a@b")
    assert (folded.alerts, encoded.alerts) == ((DOWN, SLOW), (DOWN,))


@pytest.mark.parametrize(
    ("read", "payload", "error"),
    [
        (messages.webhook, [], "the payload must be an object"),
        (messages.webhook, {"alerts": {}}, "'alerts' must be a list"),
        (messages.webhook, {"alerts": [1]}, "an alert must be an object"),
        (messages.webhook, {"alerts": [{"labels": []}]}, None),
        (messages.webhook, {"alerts": [{"labels": [1]}]}, "'labels' must be an object"),
        (messages.slack, "text", "the payload must be an object"),
        (messages.slack, {"attachments": ["x"]}, "an attachment must be an object"),
        (messages.pagerduty, {}, "'event_action' must be trigger, acknowledge or resolve"),
        (messages.pagerduty, {"event_action": "trigger", "payload": 5}, "'payload' must be an object"),
    ],
)
def test_payloads_that_a_channel_would_not_send(read: Any, payload: object, error: str | None) -> None:
    if error is None:
        assert read("ops", payload).status == "firing"
        return
    with pytest.raises(PayloadError) as caught:
        read("ops", payload)
    assert str(caught.value) == error


def test_a_flood_in_one_payload_is_cut() -> None:
    alerts = [webhook_alert("x" * 10_000, "firing", **{f"label{n}": "y" * 10_000 for n in range(99)})] * 1_000
    kept = messages.webhook("ops", {"alerts": alerts})
    assert len(kept.alerts) == 200
    assert len(json.dumps(asdict(kept))) < 3_000_000
    assert (len(kept.title), len(kept.text)) == (200, 4_000)


KEPT: list[dict[str, Any]] = [
    {"id": 1, "at": "t", **asdict(messages.webhook("ops", {"alerts": [webhook_alert("Down", "firing")]}))},
    {"id": 2, "at": "t", **asdict(messages.slack("chat", {"attachments": [{"callback_id": KEY}]}))},
    {"id": 3, "at": "t", **asdict(messages.email("ops", "", "[RESOLVED] Down", ""))},
]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, [1, 2, 3]),
        ({"receiver": ["ops"]}, [1, 3]),
        ({"kind": ["slack"]}, [2]),
        ({"alert": ["Down"]}, [1, 2]),
        ({"alert": ["Down"], "status": ["resolved"]}, []),
        ({"alert": ["Slow"], "status": ["resolved"]}, [2]),
        ({"status": ["firing"]}, [1, 2]),
        ({"status": ["resolved"]}, [2, 3]),
        ({"status": ["mixed"]}, [2]),
        ({"service": ["tug"], "after": ["1"]}, [2]),
        ({"limit": ["2"]}, [1, 2]),
        ({"limit": ["0"]}, []),
    ],
)
def test_questions(parameters: dict[str, list[str]], found: list[int]) -> None:
    assert [message["id"] for message in parse(parameters).select(KEPT)] == found


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        (
            {"alertname": ["x"]},
            "no such parameter: alertname (there are receiver, kind, alert, service, status, after, limit)",
        ),
        ({"status": ["fired"]}, "'status' must be one of firing, resolved, mixed, report"),
        ({"kind": ["fax"]}, "'kind' must be one of webhook, slack, pagerduty, email, sms, copy"),
        ({"after": ["-1"]}, "'after' must be a whole number up to 9007199254740992"),
        ({"limit": ["9" * 10_000]}, "'limit' must be a whole number up to 5000"),
    ],
)
def test_wrong_questions(parameters: dict[str, list[str]], error: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(parameters)
    assert str(caught.value) == error


def test_the_page_escapes_what_others_sent() -> None:
    odd = {"id": 1, "at": "t", **asdict(messages.email("<b>", "firing|<i>|s|x", "<script>", "&"))}
    shown = page([odd])
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert "<i>" not in shown
    assert "No notification has arrived yet" in page([])


def test_an_empty_query_finds_all() -> None:
    assert Query().select(KEPT) == KEPT
