"""Runbook pages: what somebody who was just woken reads."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from generator import runbooks
from rules.groups import all_alerts
from rules.log_alerts import log_alerting
from rules.runbook import page
from spec.load import load
from tests.golden.small import ENVIRONMENTS, small
from tests.unit.small_stack import small_stack

ROOT = Path(__file__).parents[2]


@cache
def text(service: str, alert: str) -> str:
    stack = small()
    logs = (rule for watched in stack.services for rule in log_alerting(stack, watched))
    rule = next(r for r in (*all_alerts(stack), *logs) if (r.service, r.alert) == (service, alert))
    return page(stack, rule)


def test_a_whole_page() -> None:
    assert text("shop", "ErrorsHigh").splitlines() == [
        "# ErrorsHigh · shop",
        "",
        '**The shop fails "too many" requests**',
        "",
        "More than one request in twenty fails.",
        "",
        "| | |",
        "|---|---|",
        "| Severity | critical |",
        "| Fires | Errors above 2%, for 10m |",
        "| Team | Sales |",
        "| Tells | pager, sms, chat, sms-by-mail |",
        "| No data | silent |",
        "",
        "## First steps",
        "",
        "1. Look at the last deployment.",
        "2. Roll it back when in doubt.",
        "",
        "## Where to look",
        "",
        "- [The panel of this alert](https://grafana.example.org/d/shop-alerts?viewPanel=5601940)",
        "- [Overview of Shop](https://grafana.example.org/d/shop-overview)",
        "",
        "## Expression",
        "",
        "```promql",
        'service:shop_requests:errors_ratio5m{service="shop"} > 0.02 and on (service)'
        ' service:shop_requests:rate5m{service="shop"} >= 0.1',
        "```",
    ]


@pytest.mark.parametrize(("service", "alert", "lines"), [
    ("shop", "NobodyBuys", ("| Fires | No requests present, for 10m |",)),
    ("jobs", "JobsStopped", ("| No data | fires |", "| Fires | Heartbeat above 10m |", "Heartbeat is above 10m.")),
    ("shop", "RouteFails", ("1. Open the panel of this alert and see since when, and where.",)),
    ("shop", "QuickBudgetBurnsFast", (
        "The objective is 99% over 7d; the rest is the error budget.",
        "| Fires | the error budget burns faster than it may, over a long and a short window |",
    )),
    ("shop", "ErrorBurst", ("| Fires | more lines than 0.5/s, over 5m, for 1m |", "| No data | silent |", "```logql")),
    ("shop", "LogsSilent", ("| Fires | no lines, over 15m |", "| No data | fires |",
                            "1. Read the lines in the service's logs.")),
    ("monitoring", "Watchdog", ("| Fires | always |", "| Tells | hook |", "| Team | Platform |")),
])  # fmt: skip
def test_each_kind_of_alert_says_when_it_fires(service: str, alert: str, lines: tuple[str, ...]) -> None:
    assert set(lines) <= set(text(service, alert).splitlines())


def test_fewer_lines_than_a_threshold() -> None:
    stack = small_stack()
    silent = next(rule for rule in log_alerting(stack, stack.by_name["shop"]) if rule.alert == "LogsSilent")
    assert "| Fires | fewer lines than 1/m, over 5m |" in page(stack, silent)
    assert "| No data | fires |" in page(stack, silent)


def test_nobody_is_named_where_nobody_is_told() -> None:
    watchdog = next(rule for rule in all_alerts(small_stack()) if rule.alert == "Watchdog")
    assert "| Tells | nobody |" in page(small_stack(), watchdog)


def test_every_alert_has_a_file() -> None:
    stack = small()
    files = {artefact.path: artefact.content.decode() for artefact in runbooks.render(stack)}
    assert files["runbooks/shop/ErrorsHigh.md"] == text("shop", "ErrorsHigh")
    assert files.keys() >= {f"runbooks/{rule.service}/{rule.alert}.md" for rule in all_alerts(stack)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_of_the_five_systems_every_page_is_complete(environment: str) -> None:
    stack = load(ROOT / "stack.yaml", environment).stack
    logs = (rule for service in stack.services for rule in log_alerting(stack, service))
    for rule in (*all_alerts(stack), *logs):
        written = page(stack, rule)
        assert len(re.findall(r"^\d+\. .{10,}$", written, re.MULTILINE)) >= 1, rule.alert
        assert not re.search(r"\bNone\b|\{\{|\}\}|: ?$", written.partition("## Expression")[0], re.MULTILINE), (
            rule.alert
        )
        assert written.endswith("```\n")
