"""Alertmanager: who is told, how often, when not, and what hides what."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
import yaml

from generator import alertmanager
from generator.alertmanager import _times, config, matchers
from generator.runtime import DOCKER, RUNTIMES
from rules import inhibition
from rules.inhibition import Condition, Rule, silences
from rules.routing import reached
from spec.names import SEVERITIES
from spec.notify import Hours, When
from tests.golden.small import ENVIRONMENTS, small

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTES = 24 * 60


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_files(environment: str) -> None:
    stack = small(environment)
    files = {artefact.path: artefact.content for artefact in alertmanager.render(stack)}
    templates = files.pop("alertmanager/templates/specola.tmpl")
    assert templates.startswith(b"{{/* Rendered by specola.")
    read = {path: yaml.safe_load(content) for path, content in files.items()}
    assert read == {f"{r.name}/alertmanager/alertmanager.yml": config(stack, r) for r in RUNTIMES}


@pytest.mark.parametrize(("when", "expected"), [
    ({}, []),
    ({"severity": ["critical"]}, ['severity="critical"']),
    ({"severity": ["critical", "high"], "owner": ["sales"]}, ['severity=~"critical|high"', 'team="sales"']),
    ({"environment": ["production"], "service": ["a", "b"]}, ['service=~"a|b"', 'environment="production"']),
    ({"category": ["security"], "alert": ["DoorOpen"]}, ['category="security"', 'alertname="DoorOpen"']),
])  # fmt: skip
def test_conditions_of_routes(when: dict[str, list[str]], expected: list[str]) -> None:
    assert matchers(When.model_validate(when)) == expected


def written(start: str, end: str, days: tuple[str, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    hours = Hours.model_validate({"from": start, "to": end, "days": days})
    return [
        (part["times"][0]["start_time"], part["times"][0]["end_time"], tuple(part.get("weekdays", ())))
        for part in _times(hours, "UTC")
    ]


@pytest.mark.parametrize(("start", "end", "days", "expected"), [
    ("08:00", "17:00", (), [("08:00", "17:00", ())]),
    ("00:00", "24:00", ("saturday",), [("00:00", "24:00", ("saturday",))]),
    ("20:00", "07:00", (), [("20:00", "24:00", ()), ("00:00", "07:00", ())]),
    ("20:00", "07:00", ("friday", "sunday"), [("20:00", "24:00", ("friday", "sunday")), ("00:00", "07:00", ("saturday", "monday"))]),
    ("20:00", "00:00", ("friday",), [("20:00", "24:00", ("friday",))]),
    ("12:00", "12:00", ("monday",), [("12:00", "24:00", ("monday",)), ("00:00", "12:00", ("tuesday",))]),
])  # fmt: skip
def test_a_time_across_midnight_is_an_evening_and_a_morning(
    start: str, end: str, days: tuple[str, ...], expected: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    assert written(start, end, days) == expected


def minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize(
    ("start", "end"), [("20:00", "07:00"), ("07:00", "20:00"), ("23:59", "00:01"), ("00:00", "24:00")]
)
@pytest.mark.parametrize("days", [(), ("monday",), ("sunday",), ("friday", "saturday")])
def test_exactly_the_minutes_that_were_meant_are_silent(start: str, end: str, days: tuple[str, ...]) -> None:
    """Every half hour of a week, as the spec means it and as Alertmanager reads what was written."""
    parts = written(start, end, days)
    for day, moment in product(range(7), range(0, MINUTES, 30)):
        yesterday = DAYS[day - 1]
        first, last = minute(start), minute(end)
        whole = not days or DAYS[day] in days
        if first < last:
            meant = whole and first <= moment < last
        else:
            meant = (whole and moment >= first) or ((not days or yesterday in days) and moment < last)
        read = any(minute(a) <= moment < minute(b) and (not on or DAYS[day] in on) for a, b, on in parts)
        assert read == meant, f"{DAYS[day]} {moment // 60}:{moment % 60:02}"


LABELS = [
    {"alertname": "X", "severity": severity, "team": team, "service": service, "environment": environment, "category": category}
    for severity, (team, service), environment, category in product(
        SEVERITIES, (("sales", "shop"), ("platform", "jobs")), ENVIRONMENTS, ("", "security")
    )
]  # fmt: skip


def walk(route: dict[str, Any], labels: dict[str, str], inherited: str) -> tuple[list[str], bool]:
    """The receivers of an alert as Alertmanager finds them, and whether the route took it."""
    for matcher in route.get("matchers", []):
        label, operator, value = matcher.partition("=~") if "=~" in matcher else matcher.partition("=")
        wanted = value.strip('"').split("|") if operator == "=~" else [value.strip('"')]
        if labels.get(label, "") not in wanted:
            return [], False
    receiver = route.get("receiver", inherited)
    found: list[str] = []
    for child in route.get("routes", []):
        told, took = walk(child, labels, receiver)
        found += told
        if took and not child.get("continue"):
            break
    return found or [receiver], True


@pytest.mark.parametrize("labels", LABELS, ids=lambda labels: "-".join(filter(None, labels.values())))
def test_the_route_tree_reaches_whom_the_spec_says(labels: dict[str, str]) -> None:
    stack = small()
    told, _ = walk(alertmanager.route_tree(stack), labels, "")
    assert tuple(dict.fromkeys(told)) == reached(stack.spec.notification, labels)


def test_the_watchdog_goes_to_the_heartbeat_alone() -> None:
    assert walk(alertmanager.route_tree(small()), {"alertname": "Watchdog", "team": "platform"}, "") == (["hook"], True)


def test_a_severity_is_told_again_as_often_as_it_asks_for_unless_the_route_says() -> None:
    routes = alertmanager.route_tree(small())["routes"]
    sales = next(route for route in routes if route["receiver"] == "chat")
    calm = next(route for route in routes if "mute_time_intervals" in route)
    assert {route["matchers"][0]: route["repeat_interval"] for route in sales["routes"]} == {
        'severity="critical"': "1h", 'severity="high"': "4h",
    }  # fmt: skip
    assert (calm["repeat_interval"], calm["mute_time_intervals"]) == ("1d", ["nights", "weekends"])


def test_in_development_every_receiver_is_the_inbox() -> None:
    text = yaml.safe_dump(config(small("development"), DOCKER)["receivers"])
    assert "example.org" not in text
    assert "/run/secrets" not in text
    smtp = config(small("development"), DOCKER)["global"]
    assert (smtp["smtp_smarthost"], smtp["smtp_require_tls"]) == ("inbox:9182", False)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_template_that_a_message_uses_is_defined(environment: str) -> None:
    files = {artefact.path: artefact.content.decode() for artefact in alertmanager.render(small(environment))}
    text = files[alertmanager.TEMPLATES]
    used = re.findall(r'template "([^"]+)"', "".join(files.values()))
    assert set(used) <= set(re.findall(r'define "([^"]+)"', text))


def test_secrets_are_files() -> None:
    text = yaml.safe_dump(config(small(), DOCKER))
    for name in ("chat", "pager", "hook", "smtp"):
        assert f"/run/secrets/{name}" in text


DOWN = {"alertname": "ServiceDown", "service": "shop", "severity": "critical"}


@pytest.mark.parametrize(("source", "target", "silent"), [
    (DOWN, {"alertname": "AnswersSlow", "service": "shop", "severity": "high"}, True),
    (DOWN, {"alertname": "AnswersSlow", "service": "jobs", "severity": "high"}, False),
    (DOWN, {"alertname": "LoginsRefused", "service": "shop", "severity": "high", "category": "security"}, False),
    (DOWN, {"alertname": "LiveProbeFailed", "service": "shop", "severity": "critical"}, True),
    (DOWN, DOWN, False),
    ({**DOWN, "service": "jobs"}, {"alertname": "ShelfEmpty", "service": "shop", "severity": "low"}, True),
    ({**DOWN, "service": "jobs"}, {"alertname": "AnswersSlow", "service": "shop", "severity": "high"}, False),
    ({"alertname": "JobsBehind", "service": "jobs", "severity": "high"}, {"alertname": "QueueLong", "service": "jobs", "severity": "low"}, True),
    ({"alertname": "ErrorsHigh", "service": "shop", "severity": "critical"}, {"alertname": "ShelfSold", "service": "shop", "severity": "medium", "category": "business"}, False),
    ({"alertname": "ErrorsHigh", "service": "shop", "severity": "critical"}, {"alertname": "ManySlow", "service": "shop", "severity": "medium"}, True),
])  # fmt: skip
def test_what_hides_what(source: dict[str, str], target: dict[str, str], silent: bool) -> None:
    assert any(silences(rule, source, target) for rule in inhibition.rules(small())) == silent


def test_an_alert_that_fits_both_sides_hides_none_of_its_kind() -> None:
    rule = Rule((Condition("a", "=", "1"),), (Condition("a", "=", "1"),))
    assert not silences(rule, {"a": "1"}, {"a": "1"})


def test_conditions_are_written_so_that_alertmanager_reads_the_same() -> None:
    assert str(Condition("a", "=~", 'x\\d"y')) == 'a=~"x\\\\d\\"y"'
