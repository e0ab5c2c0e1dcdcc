"""Receivers as Alertmanager is told of them: every kind, in earnest and into the inbox, secrets by reference only."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.receivers import NOBODY, SMOKE, receivers, smtp, to_inbox
from generator.runtime import DOCKER, NATIVE, RUNTIMES
from tests.golden.small import small
from tests.unit.small_stack import small_stack

KINDS = {
    "mail": "email_configs", "chat": "slack_configs", "pager": "pagerduty_configs", "hook": "webhook_configs",
    "sms": "webhook_configs", "sms-by-mail": "email_configs",
}  # fmt: skip


def told(environment: str, name: str, runtime: Any = NATIVE) -> dict[str, Any]:
    """The only configuration of a receiver."""
    receiver = next(one for one in receivers(small(environment), runtime) if one["name"] == name)
    (config,) = receiver[KINDS[name]]
    assert receiver.keys() == {"name", KINDS[name]}
    return dict(config)


@pytest.mark.parametrize(("name", "expected"), [
    ("mail", {"to": "ops@example.org, night@example.org"}),
    ("chat", {"channel": "#sales", "api_url_file": "../../../secrets/chat"}),
    ("pager", {"routing_key_file": "../../../secrets/pager"}),
    ("hook", {"url": "https://hooks.example.org/specola",
              "http_config": {"authorization": {"credentials_file": "../../../secrets/hook"}}}),
    ("sms", {"url": "https://sms.example.org/send"}),
    ("sms-by-mail", {"to": "night@sms.example.org", "text": '{{ template "specola.sms" . }}', "html": ""}),
])  # fmt: skip
def test_in_earnest_messages_go_where_the_spec_says(name: str, expected: dict[str, Any]) -> None:
    assert told("production", name).items() >= expected.items()


@pytest.mark.parametrize(("name", "expected"), [
    ("mail", {"to": "mail@inbox.invalid"}),
    ("chat", {"api_url": "http://127.0.0.1:9281/slack/chat"}),
    ("pager", {"url": "http://127.0.0.1:9281/pagerduty/pager/v2/enqueue", "routing_key": "inbox"}),
    ("hook", {"url": "http://127.0.0.1:9281/webhook/hook"}),
    ("sms", {"url": "http://127.0.0.1:9281/sms/sms"}),
    ("sms-by-mail", {"to": "sms-by-mail@inbox.invalid"}),
])  # fmt: skip
def test_in_development_every_message_goes_to_the_inbox_and_to_nobody_else(name: str, expected: dict[str, Any]) -> None:
    config = told("development", name)
    assert config.items() >= expected.items()
    assert "example.org" not in json.dumps({key: value for key, value in config.items() if "url" in key or key == "to"})
    assert "secrets" not in json.dumps(config)


def test_a_container_reaches_the_inbox_by_its_name() -> None:
    assert told("development", "chat", DOCKER)["api_url"] == "http://inbox:9181/slack/chat"
    assert told("production", "chat", DOCKER)["api_url_file"] == "/run/secrets/chat"


@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize("name", KINDS)
def test_the_end_is_told_unless_the_spec_says_otherwise(environment: str, name: str) -> None:
    assert told(environment, name)["send_resolved"] is (name != "hook")


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_every_message_carries_the_list_that_the_inbox_reads(runtime: Any) -> None:
    key = '{{ template "specola.key" . }}'
    assert told("development", "chat", runtime)["callback_id"] == key
    assert told("development", "pager", runtime)["details"]["alerts"] == key
    assert told("development", "mail", runtime)["headers"]["X-Specola-Alerts"] == key
    assert told("development", "sms-by-mail", runtime)["headers"]["X-Specola-Receiver"] == "sms-by-mail"


def test_somebody_takes_the_watchdog_and_the_smoke_test_without_telling_anyone() -> None:
    own = {one["name"]: one for one in receivers(small("development"), NATIVE)}
    assert own[NOBODY] == {"name": NOBODY}
    assert own[SMOKE]["webhook_configs"][0]["url"] == f"http://127.0.0.1:9281/webhook/{SMOKE}"
    assert SMOKE not in {one["name"] for one in receivers(small("production"), NATIVE)}  # it has no inbox


def test_the_mail_server() -> None:
    assert smtp(small("production"), NATIVE) == {
        "smtp_smarthost": "mail.example.org:587",
        "smtp_from": "monitoring@example.org",
        "smtp_require_tls": True,
        "smtp_auth_username": "monitoring",
        "smtp_auth_password_file": "../../../secrets/smtp",
    }
    inbox = {"smtp_from": "monitoring@example.org", "smtp_require_tls": False}
    assert smtp(small("development"), NATIVE) == {"smtp_smarthost": "127.0.0.1:9282", **inbox}
    assert smtp(small("development"), DOCKER) == {"smtp_smarthost": "inbox:9182", **inbox}
    assert to_inbox(small("development"))


# Copies for the inbox, where messages go elsewhere


def test_beside_each_channel_the_inbox_gets_a_copy() -> None:
    (mail, nobody, _) = receivers(small_stack(), NATIVE)
    assert mail["name"] == "mail"
    assert mail["webhook_configs"] == [{"send_resolved": True, "url": "http://127.0.0.1:9181/copy/mail"}]
    assert nobody["webhook_configs"] == [{"send_resolved": False, "url": "http://127.0.0.1:9181/heartbeat"}]


def test_a_heartbeat_is_heard_by_the_inbox_too() -> None:
    hook = {"resolved": False, "webhook": {"url": "https://deadman.example.org/"}}
    told = {"receivers": {"deadman": hook}, "default": "deadman", "heartbeat": "deadman"}
    (deadman, nobody, _) = receivers(small_stack(notification=told), DOCKER)
    assert [one["url"] for one in deadman["webhook_configs"]] == [
        "https://deadman.example.org/",
        "http://inbox:9181/heartbeat",
    ]
    assert nobody == {"name": NOBODY}


def test_without_an_inbox_there_are_no_copies() -> None:
    (mail, nobody) = receivers(small_stack(components={"inbox": {"enabled": False}}), NATIVE)
    assert "webhook_configs" not in mail
    assert nobody == {"name": NOBODY}
