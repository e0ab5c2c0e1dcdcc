"""The dead man's switch: when it tells people, whom, by which protocol, and when it says that all is well again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compose.inbox import alarm
from compose.inbox.alarm import AGAIN, Alarm, Plan, words
from compose.inbox.messages import email
from compose.inbox.store import Store
from generator.heartbeat import ALERT, plan, recipients
from generator.runtime import DOCKER, NATIVE
from spec.names import OWN_SERVICE
from tests.golden.small import small
from tests.unit.simulated import Clock

if TYPE_CHECKING:
    from pathlib import Path

    from generator.runtime import Runtime


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Who was told what, instead of telling them."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(alarm, "_send", lambda to, _folder, status, *_: told.append((to["name"], status)))
    return told


def watching(tmp_path: Path, clock: Clock) -> tuple[Store, Alarm]:
    store = Store(tmp_path / "inbox.jsonl", clock, pytest.fail)
    people = ({"name": "mail", "kind": "email"}, {"name": "chat", "kind": "slack"})
    return store, Alarm(Plan(300.0, "Shop", people, tmp_path), store, clock, lambda _: None)


def test_people_are_told_once_in_an_hour_and_when_it_is_over(tmp_path: Path, sent: list[tuple[str, str]]) -> None:
    clock = Clock()
    store, switch = watching(tmp_path, clock)
    for seconds, beat, expected in (
        (0, True, []),
        (290, False, []),
        (20, False, [("mail", "firing"), ("chat", "firing")]),
        (60, False, []),
        (AGAIN, False, [("mail", "firing"), ("chat", "firing")]),
        (10, True, [("mail", "resolved"), ("chat", "resolved")]),
        (10, False, []),
    ):
        clock.now += seconds
        if beat:
            store.beat()
        switch.look()
        assert sent == expected, seconds
        sent.clear()


def test_an_inbox_that_has_just_started_waits_for_the_first_heartbeat(
    tmp_path: Path, sent: list[tuple[str, str]]
) -> None:
    clock = Clock()
    Store(tmp_path / "inbox.jsonl", clock, pytest.fail).add(email("ops", "firing|Watchdog|monitoring|low", "", ""))
    clock.now += 86_400
    _, switch = watching(tmp_path, clock)
    switch.look()
    assert sent == []
    clock.now += 301
    switch.look()
    assert [name for name, _ in sent] == ["mail", "chat"]


def test_one_who_cannot_be_told_does_not_keep_the_others_from_being_told(tmp_path: Path) -> None:
    clock, said = Clock(), list[str]()
    store = Store(tmp_path / "inbox.jsonl", clock, pytest.fail)
    nowhere = {"name": "chat", "kind": "slack", "url": "http://127.0.0.1:9/"}
    odd = {"name": "hook", "kind": "webhook", "url": "file:///etc/passwd"}
    switch = Alarm(Plan(300.0, "Shop", (nowhere, odd), tmp_path), store, clock, said.append)
    clock.now += 400
    switch.look()
    assert said[0] == "[FIRING] MonitoringSilent: no heartbeat of Shop for 7 minutes"
    assert said[1].startswith("chat could not be told: URLError")
    assert said[2] == "hook could not be told: ValueError: its address is not http or https"


def test_the_words() -> None:
    assert words("Shop", "resolved", 3.0)[0] == "[RESOLVED] MonitoringSilent: Shop sends its heartbeat again"


def test_those_are_told_whom_a_critical_alert_of_the_stack_reaches() -> None:
    assert (alarm.NAME, alarm.SERVICE) == (ALERT, OWN_SERVICE)
    assert recipients(small("production")) == ("pager", "sms", "mail")


@pytest.mark.parametrize(("runtime", "folder"), [(NATIVE, "../../../secrets"), (DOCKER, "/run/secrets")])
def test_the_file_names_addresses_and_paths_of_secrets(runtime: Runtime, folder: str) -> None:
    content = plan(small("production"), runtime)
    pager, sms, mail = content["recipients"]
    assert content["after_seconds"] == 300
    assert pager == {
        "name": "pager",
        "kind": "pagerduty",
        "url": "https://events.pagerduty.com/v2/enqueue",
        "routing_key_file": f"{folder}/pager",
    }
    assert sms == {
        "name": "sms", "kind": "sms", "url": "https://sms.example.org/send", "token_file": f"{folder}/hook",
    }  # fmt: skip
    assert (mail["kind"], mail["to"]) == ("email", ["ops@example.org", "night@example.org"])


def test_in_development_the_inbox_tells_itself() -> None:
    told = plan(small("development"), NATIVE)["recipients"]
    assert [(one["name"], one["smtp"]["host"]) for one in told] == [("mail", "127.0.0.1:9282")]
