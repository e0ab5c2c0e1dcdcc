"""Alerts on log lines: what Loki's ruler is told to count."""

from __future__ import annotations

from typing import Any

import pytest

from rules.log_alerts import expression, log_alerting, log_groups
from rules.rule import Alerting
from spec.logs import LogAlert
from tests.golden.small import small
from tests.unit.small_stack import small_stack

BASE = {"name": "Lines", "severity": "high", "summary": "Lines"}


@pytest.mark.parametrize(("alert", "expected"), [
    ({"above": "0.5/s"}, 'sum by (service) (rate({service="shop"}[5m])) > 0.5'),
    ({"above": "6/m"}, 'sum by (service) (rate({service="shop"}[5m])) > 0.1'),
    ({"above": "1/s", "window": "10m"}, 'sum by (service) (rate({service="shop"}[10m])) > 1'),
    ({"above": "1/s", "levels": ["ERROR", "FATAL"]},
     'sum by (service) (rate({service="shop",level=~"ERROR|FATAL"}[5m])) > 1'),
    ({"above": "1/s", "category": "security"},
     'sum by (service) (rate({service="shop",category="security"}[5m])) > 1'),
    ({"above": "1/s", "contains": 'say "hi" \\ ü'},
     'sum by (service) (rate({service="shop"} |= "say \\"hi\\" \\\\ ü"[5m])) > 1'),
    ({"below": "0"}, 'sum by (service) (absent_over_time({service="shop"}[5m])) * 0'),
    ({"above": "1/m"}, 'sum by (service) (rate({service="shop"}[5m])) > 0.016666666666666666'),
    ({}, 'sum by (service) (absent_over_time({service="shop"}[5m])) * 0'),
    ({"below": "6/m"},
     'sum by (service) (rate({service="shop"}[5m])) < 0.1'
     ' or sum by (service) (absent_over_time({service="shop"}[5m])) * 0'),
])  # fmt: skip
def test_the_expression(alert: dict[str, Any], expected: str) -> None:
    assert expression("shop", LogAlert.model_validate(BASE | alert)) == expected


def test_labels_lead_to_the_owner_and_annotations_to_the_panel() -> None:
    stack = small()
    rule = next(rule for rule in log_alerting(stack, stack.by_name["shop"]) if rule.alert == "LoginsRefused")
    assert rule.labels == {"severity": "high", "service": "shop", "team": "sales", "category": "security"}
    assert rule.annotations["summary"] == "Someone tries passwords"
    assert rule.annotations["dashboard_url"].startswith("https://grafana.example.org/d/shop-alerts?viewPanel=")
    assert rule.annotations["runbook_url"] != rule.annotations["dashboard_url"]
    assert rule.origin == ("services", "shop", "logs", "alerts", 1)


@pytest.mark.parametrize(("alert", "words"), [
    ({"above": "6/m"}, "(alerts above 6/m)."),
    ({"below": "6/m"}, "(alerts below 6/m)."),
    ({"below": "0"}, "(alerts when there are none)."),
    ({}, "(alerts when there are none)."),
])  # fmt: skip
def test_the_description_says_when_it_alerts(alert: dict[str, Any], words: str) -> None:
    stack = small_stack({"alerts": [BASE | alert]})
    (rule,) = log_groups(stack)[0].rules
    assert isinstance(rule, Alerting)
    assert rule.annotations["description"] == f"Lines a second over 5m: {{{{ $value | humanize }}}} {words}"


def test_a_group_for_each_service_with_log_alerts() -> None:
    assert [(group.name, len(group.rules)) for group in log_groups(small())] == [("shop-logs", 6)]
    assert log_groups(small_stack({"alerts": []})) == ()


def test_an_alert_that_is_switched_off_is_not_there() -> None:
    off = {**BASE, "above": "1/s", "enabled": False}
    assert log_groups(small_stack({"alerts": [off]})) == ()
