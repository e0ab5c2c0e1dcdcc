"""Whom an alert tells, computed as Alertmanager would; and that the real amtool agrees."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from compose import tools
from generator import alertmanager
from generator.receivers import NOBODY
from rules.groups import all_alerts
from rules.routing import reached, takes, waits
from spec.names import ENVIRONMENT, WATCHDOG
from spec.notify import Notification, When
from tests.golden.small import ENVIRONMENTS, small
from tests.integration.working_copy import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from spec.stack import Stack

LABELS = {
    "alertname": "ErrorsHigh",
    "service": "shop",
    "team": "sales",
    "severity": "critical",
    "environment": "production",
}


@pytest.mark.parametrize(("when", "expected"), [
    ({}, True),
    ({"severity": ["critical"]}, True),
    ({"severity": ["high", "critical"]}, True),
    ({"severity": ["low"]}, False),
    ({"owner": ["sales"], "service": ["shop"], "environment": ["production"]}, True),
    ({"owner": ["sales"], "service": ["jobs"]}, False),
    ({"alert": ["ErrorsHigh"]}, True),
    ({"category": ["security"]}, False),
])  # fmt: skip
def test_a_condition_takes_an_alert_when_every_list_holds_its_value(when: dict[str, object], expected: bool) -> None:
    assert takes(When.model_validate(when), LABELS) is expected


@pytest.mark.parametrize(("change", "expected"), [
    ({}, ("pager", "sms", "chat", "sms-by-mail")),
    ({"environment": "development"}, ("chat", "sms-by-mail")),
    ({"severity": "high"}, ("chat", "sms-by-mail")),
    ({"severity": "low"}, ("chat",)),
    ({"category": "security", "severity": "low", "alertname": "LoginsRefused"}, ("chat", "hook")),
    ({"team": "platform", "severity": "low"}, ("mail",)),
    ({"team": "nobody", "severity": "low"}, ("mail",)),
    ({"alertname": WATCHDOG}, ("hook",)),
])  # fmt: skip
def test_every_matching_route_delivers_and_the_default_takes_the_rest(
    change: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert reached(small().spec.notification, LABELS | change) == expected


def test_a_receiver_of_two_routes_is_told_once() -> None:
    told = Notification.model_validate({
        "default": "mail",
        "receivers": {"mail": {"email": {"to": ["a@example.org"]}}, "chat": {"webhook": {"url": "http://chat/"}}},
        "routes": [{"name": "one", "to": ["chat", "mail"]}, {"name": "two", "to": ["mail", "chat"]}],
    })  # fmt: skip
    assert reached(told, LABELS) == ("chat", "mail")


def test_without_a_heartbeat_receiver_nobody_hears_the_watchdog() -> None:
    told = small().spec.notification.model_copy(update={"heartbeat": None})
    assert reached(told, {"alertname": WATCHDOG}) == ()


@pytest.mark.parametrize(("change", "seconds"), [
    ({}, 10),
    ({"severity": "high"}, 30),
    ({"team": "nobody"}, 10),
    ({"team": "nobody", "severity": "low"}, 30),
])  # fmt: skip
def test_the_first_message_waits_as_the_quickest_route_says(change: dict[str, str], seconds: float) -> None:
    assert waits(small().spec.notification, LABELS | change) == seconds


def _amtool() -> str:
    try:
        return str(tools.locate("amtool", REPOSITORY).path)
    except tools.Missing as missing:
        pytest.skip(f"{missing.message}: {missing.hint}")


@pytest.mark.tools
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_amtool_agrees_for_every_alert(environment: str, tmp_path: Path) -> None:
    stack = small(environment)
    config = _configuration(stack, tmp_path)
    for rule in all_alerts(stack):
        labels = {**rule.labels, "alertname": rule.alert, ENVIRONMENT: stack.spec.environment}
        words = [f"{name}={value}" for name, value in labels.items()]
        done = subprocess.run(
            [_amtool(), "config", "routes", "test", f"--config.file={config}", *words],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        said = tuple(re.split(r"[,\s]+", done.stdout.strip()))
        expected = reached(stack.spec.notification, labels) or (NOBODY,)
        assert set(said) == set(expected), rule.alert


def _configuration(stack: Stack, folder: Path) -> Path:
    files = {artefact.path: artefact.content for artefact in alertmanager.render(stack)}
    path = folder / "alertmanager.yml"
    path.write_bytes(files["native/alertmanager/alertmanager.yml"])
    return path
