"""Who was told what: episodes of alerts and metrics, from kept messages."""

from __future__ import annotations

from typing import Any

from compose.inbox.history import episodes, metrics


def message(at: str, receiver: str, *alerts: str) -> dict[str, Any]:
    """Alerts are `status service/name`."""
    entries = []
    for text in alerts:
        status, _, name = text.partition(" ")
        service, _, alert = name.partition("/")
        entries.append({"status": status, "service": service, "name": alert, "severity": "high"})
    return {"at": f"2026-01-01T{at}Z", "receiver": receiver, "alerts": entries}


MESSAGES = (
    message("12:00:00.000", "chat", "firing shop/Down"),
    message("12:00:02.500", "mail", "firing shop/Down", "firing tug/Slow"),
    message("12:05:00.000", "chat", "firing shop/Down"),
    message("12:10:00.000", "chat", "resolved shop/Down"),
    message("12:10:01.000", "mail", "resolved shop/Down"),
    message("13:00:00.000", "chat", "firing shop/Down"),
    message("13:00:00.000", "specola-smoke", "firing /SpecolaSmoke"),
)


def test_an_episode_lasts_from_the_first_message_to_the_one_that_it_is_over() -> None:
    assert [one.shown() for one in episodes(MESSAGES)] == [
        {
            "service": "shop", "alert": "Down", "severity": "high", "status": "resolved", "seconds": 600.0,
            "since": "2026-01-01T12:00:00Z", "until": "2026-01-01T12:10:00Z",
            "told": {"chat": "2026-01-01T12:00:00Z", "mail": "2026-01-01T12:00:02Z"},
        },
        {
            "service": "tug", "alert": "Slow", "severity": "high", "status": "firing", "seconds": None,
            "since": "2026-01-01T12:00:02Z", "until": None, "told": {"mail": "2026-01-01T12:00:02Z"},
        },
        {
            "service": "shop", "alert": "Down", "severity": "high", "status": "firing", "seconds": None,
            "since": "2026-01-01T13:00:00Z", "until": None, "told": {"chat": "2026-01-01T13:00:00Z"},
        },
    ]  # fmt: skip


def test_what_was_over_before_is_left_out() -> None:
    half_past_twelve = 1_767_270_600.0
    assert [(one.service, one.since) for one in episodes(MESSAGES, half_past_twelve)] == [
        ("tug", 1_767_268_802.5),
        ("shop", 1_767_272_400.0),
    ]


def test_metrics_say_when_each_receiver_was_told_last() -> None:
    text = metrics((*MESSAGES[:2], message("12:01:00.000", 'a"b', "firing shop/Down")), 12.5)
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        'specola_notification_timestamp_seconds{receiver="a\\"b",alert_service="shop",alert="Down",'
        'alert_severity="high",status="firing"} 1767268860.000',
        'specola_notification_timestamp_seconds{receiver="chat",alert_service="shop",alert="Down",'
        'alert_severity="high",status="firing"} 1767268800.000',
        'specola_notification_timestamp_seconds{receiver="mail",alert_service="shop",alert="Down",'
        'alert_severity="high",status="firing"} 1767268802.500',
        'specola_notification_timestamp_seconds{receiver="mail",alert_service="tug",alert="Slow",'
        'alert_severity="high",status="firing"} 1767268802.500',
        "specola_heartbeat_age_seconds 12.500",
    ]
    assert "heartbeat" not in metrics((), None)
