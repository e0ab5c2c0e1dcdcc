"""Indicators on log lines: the series that Loki's ruler records, and what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from compose.smoke import logs as smoke
from dashboards.subject import subject
from generator import loki
from generator.components import COMPONENTS, flags, secrets_of
from generator.runtime import DOCKER, NATIVE, Runtime
from rules.faults import Fault, LogFault, faults
from rules.groups import all_alerts
from rules.log_alerts import log_groups
from rules.log_records import log_recordings
from spec.instances import Instance
from tests.unit.played import vector
from tests.unit.small_stack import LOGS, SHOP, small_stack
from tests.unit.smoked import world

if TYPE_CHECKING:
    from pathlib import Path

    from spec.metric import Metric
    from spec.stack import Stack

LOKI = next(one for one in COMPONENTS if one.key == "loki")
RECEIVER = "--web.enable-remote-write-receiver"


def stack(indicator: dict[str, Any] | None = None, **changes: object) -> Stack:
    return small_stack({"indicators": {"own-lines": indicator or {"rate": {}}}}, **changes)


def alerting(indicator: dict[str, Any], components: dict[str, Any] | None = None, **alert: object) -> Stack:
    """A stack with an alert on an indicator on lines."""
    logs = {**LOGS, "indicators": {"own": indicator}}
    told = {"name": "Lines", "indicator": "logs.own", "severity": "low", "summary": "Lines", **alert}
    return small_stack(services={"shop": {**SHOP, "logs": logs, "alerts": [told]}}, components=components or {})


def series(found: Stack) -> tuple[str, Metric]:
    part = next(part for part in found.by_name["shop"].parts if part.name == "logs")
    ((name, metric),) = part.metrics.items()
    return name, metric


# What is recorded


@pytest.mark.parametrize(("indicator", "record", "expression"), [
    ({"rate": {}}, "service:log_lines:own_lines_rate5m",
     'sum by (service) (rate({service="shop"}[5m])) or sum by (service) (rate({service="shop"}[5m])) * 0'),
    ({"rate": {"levels": ["ERROR"], "contains": "timed out"}, "window": "1m"}, "service:log_lines:own_lines_rate1m",
     'sum by (service) (rate({service="shop",level=~"ERROR"} |= "timed out"[1m]))'
     ' or sum by (service) (rate({service="shop"}[1m])) * 0'),
    ({"rate": {"levels": ["ERROR"], "category": "order"}, "by": ["level", "category"]},
     "service_level_category:log_lines:own_lines_rate5m",
     'sum by (service, level, category) (rate({service="shop",level=~"ERROR",category="order"}[5m]))'
     ' or sum by (service, level, category) (rate({service="shop",level=~"ERROR",category="order"}[5m])) * 0'),
    ({"quantile": {"field": "duration_ms", "category": "order"}}, "service:log_duration_seconds:own_lines_p95_5m",
     'quantile_over_time(0.95, {service="shop",category="order"} | duration_ms != "" | unwrap duration_ms'
     ' | __error__ = "" [5m]) by (service) * 0.001'),
    ({"quantile": {"field": "size", "q": 0.999}, "by": ["level"]}, "service_level:log_size:own_lines_p99_9_5m",
     'quantile_over_time(0.999, {service="shop"} | size != "" | unwrap size | __error__ = "" [5m]) by (service, level)'),
])  # fmt: skip
def test_what_the_ruler_records(indicator: dict[str, Any], record: str, expression: str) -> None:
    found = stack(indicator)
    (rule,) = log_recordings(found, found.by_name["shop"])
    assert (rule.record, rule.expr) == (record, expression)
    assert rule.origin == ("services", "shop", "logs", "indicators", "own-lines")
    assert log_groups(found)[0].rules[0] == rule


@pytest.mark.parametrize(("pace", "window"), [(1, "5m"), (5, "1m"), (120, "10s")])
def test_a_faster_pace_counts_over_a_shorter_time(pace: int, window: str) -> None:
    (rule,) = log_recordings(found := stack(pace=pace), found.by_name["shop"])
    assert rule.record == f"service:log_lines:own_lines_rate{window}"


@pytest.mark.parametrize(("indicator", "unit", "labels"), [
    ({"rate": {}}, "per second", {}),
    ({"rate": {}, "by": ["category"]}, "per second", {"category": ("order", "audit")}),
    ({"rate": {"category": "audit", "levels": ["ERROR", "FATAL"]}, "by": ["level", "category"]}, "per second",
     {"level": ("ERROR", "FATAL"), "category": ("audit",)}),
    ({"rate": {}, "by": ["level"]}, "per second", {"level": ("INFO", "WARNING", "ERROR", "FATAL")}),
    ({"quantile": {"field": "duration_ms"}}, "seconds", {}),
    ({"quantile": {"field": "took_seconds"}}, "seconds", {}),
    ({"quantile": {"field": "answer_bytes"}}, "bytes", {}),
    ({"quantile": {"field": "tries"}}, "", {}),
])  # fmt: skip
def test_the_series_has_a_contract(indicator: dict[str, Any], unit: str, labels: dict[str, tuple[str, ...]]) -> None:
    _, metric = series(stack(indicator))
    assert (metric.type, metric.unit, metric.labels) == ("gauge", unit, labels)


@pytest.mark.parametrize(("chosen", "typical"), [
    ({}, (0.5, 1.5)),
    ({"category": "order"}, (0.45, 1.35)),
    ({"category": "order", "levels": ["ERROR"]}, (0, 0)),
    ({"contains": "paid"}, None),
])  # fmt: skip
def test_an_ordinary_day_is_known_where_the_categories_tell(chosen: dict[str, Any], typical: Any) -> None:
    _, metric = series(stack({"rate": chosen}))
    assert metric.typical.between == (typical and pytest.approx(typical))


# Who takes it


def test_prometheus_takes_what_is_written_only_where_something_is() -> None:
    assert RECEIVER in flags(stack(), NATIVE, Instance("prometheus"))
    assert "prometheus-password" in secrets_of(stack(), LOKI)
    for without in (small_stack(), stack(components={"loki": {"enabled": False}})):
        assert RECEIVER not in flags(without, NATIVE, Instance("prometheus"))
        assert "prometheus-password" not in secrets_of(without, LOKI)


TLS = {"certificate": "t/c.pem", "key": "t/k.pem"}


@pytest.mark.parametrize(("runtime", "access", "client"), [
    (NATIVE, {}, {
        "url": "http://127.0.0.1:9090/api/v1/write",
        "basic_auth": {"username": "specola", "password_file": "${SPECOLA_SECRETS}/prometheus-password"}}),
    (DOCKER, {"tls": TLS}, {
        "url": "https://prometheus:9090/api/v1/write",
        "basic_auth": {"username": "specola", "password_file": "/run/secrets/prometheus-password"},
        "tls_config": {"ca_file": "/run/secrets/tls-certificate", "server_name": "localhost"}}),
    (NATIVE, {"basic_auth": False}, {"url": "http://127.0.0.1:9090/api/v1/write"}),
])  # fmt: skip
def test_the_ruler_comes_with_password_and_certificate(
    runtime: Runtime, access: dict[str, Any], client: dict[str, Any]
) -> None:
    ruler = loki.config(stack(access=access), runtime)["ruler"]
    assert ruler["remote_write"] == {"enabled": True, "clients": {"prometheus": client}}
    assert ruler["wal"] == {"dir": f"{'/loki' if runtime is DOCKER else '${SPECOLA_DATA}'}/ruler-wal"}


def test_without_indicators_on_lines_nothing_is_written() -> None:
    assert "remote_write" not in loki.config(small_stack(), NATIVE)["ruler"]


# Who looks at it


def test_an_alert_on_it_is_a_metric_alert() -> None:
    found = alerting({"rate": {"levels": ["ERROR"]}, "by": ["category"]}, above="6/m")
    rule = next(rule for rule in all_alerts(found) if rule.alert == "Lines")
    assert rule.expr == 'max by (service, category) (service_category:log_lines:own_rate5m{service="shop"}) > 0.1'


def test_without_loki_there_are_no_alerts_on_lines() -> None:
    off = alerting({"rate": {}}, components={"loki": {"enabled": False}}, above=1)
    assert "Lines" not in {rule.alert for rule in all_alerts(off)}
    assert "logs.own" not in off.by_name["shop"].indicators


@pytest.mark.parametrize(("indicator", "alert", "expected"), [
    ({"rate": {"levels": ["ERROR"], "category": "order"}}, {"above": "1/s"}, LogFault("order", 4, "ERROR")),
    ({"rate": {"contains": "paid"}}, {"above": "1/s"}, LogFault(None, 4, None, "paid")),
    ({"rate": {"category": "order"}}, {"below": "1/s"}, LogFault("order", 0)),
    ({"rate": {"levels": ["INFO"]}}, {"below": "1/s"}, LogFault(None, 1, "WARNING")),
    ({"quantile": {"field": "duration_ms", "category": "order"}}, {"above": "2s"},
     LogFault("order", 1, numbers=(("duration_ms", 3000),))),
    ({"quantile": {"field": "tries", "levels": ["ERROR"]}}, {"below": "3"},
     LogFault(None, 1, "ERROR", numbers=(("tries", 2),))),
])  # fmt: skip
def test_the_simulator_writes_lines_that_go_wrong(
    indicator: dict[str, Any], alert: dict[str, Any], expected: LogFault
) -> None:
    found = faults(alerting(indicator, **alert).by_name["shop"])
    assert Fault("Lines", logs=(expected,)) in found


# Whether it came


RECORD = "service:log_lines:own_lines_rate5m"


@pytest.mark.parametrize(("simulated", "written", "counted", "problems"), [
    (True, "shop", True, ()),
    (True, "other", True, (f"{RECORD} of shop has a value in Loki, but not in Prometheus",)),
    (False, "", True, (f"{RECORD} of shop has a value in Loki, but not in Prometheus",)),
    (True, "", False, (f"{RECORD} of shop: no such line has come",)),
    (False, "", False, ()),
])  # fmt: skip
def test_smoke_asks_prometheus_and_then_loki(
    tmp_path: Path, simulated: bool, written: str, counted: bool, problems: tuple[str, ...]
) -> None:
    found = smoke.indicators(world(
        tmp_path, stack(simulation={"enabled": simulated}),
        prometheus={"/api/v1/query": vector(*[({"__name__": RECORD, "service": written}, "1")] * bool(written))},
        loki={"/loki/api/v1/query": vector(*[({"service": "shop"}, "0")] * counted)},
    ))  # fmt: skip
    assert found.problems == problems
    assert found.detail == f"{int(written == 'shop')} of 1 indicators on log lines have a value"


def test_smoke_says_why_it_does_not_ask(tmp_path: Path) -> None:
    assert smoke.indicators(world(tmp_path, stack(), absent=("alloy",))).skipped == "needs Loki and Alloy"


@pytest.mark.parametrize(("simulated", "empty"), [(True, ""), (False, "nothing to measure")])
def test_a_real_service_may_have_written_no_such_line(simulated: bool, empty: str) -> None:
    found = stack({"quantile": {"field": "duration_ms"}}, simulation={"enabled": simulated})
    assert subject(found.by_name["shop"], "logs.own-lines").empty == empty
