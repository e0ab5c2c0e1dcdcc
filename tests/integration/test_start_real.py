"""A stack that has just started, as its own objective sees it: the real promtool on the rules of the monitoring stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from compose import tools
from compose.proof.alerts import rule_file
from compose.proof.promtool import Job, run
from rules import slo
from spec.names import OWN_SERVICE
from tests.golden.small import small
from tests.integration.working_copy import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.rule import Alerting, Recording

pytestmark = pytest.mark.tools
DAY = 24 * 60


@pytest.fixture
def promtool() -> Sequence[str]:
    try:
        found = tools.locate("promtool", REPOSITORY)
    except tools.Missing as missing:
        pytest.skip(f"{missing.message}: {missing.hint}")
    return (str(found.path), *found.words)


def complaint(promtool: Sequence[str], scrapes: str, minutes: Sequence[int], firing: bool) -> str:
    """What promtool says when one of two targets answers like this, once in 15 s, and the other one always."""
    stack = small("development")
    service = stack.by_name[OWN_SERVICE]
    rules: list[Recording | Alerting] = [*slo.recordings(service, 1), *slo.alerting(stack, service)]
    asked = "count(ALERTS{alertname=~'AvailabilityBudgetBurns.*',alertstate='firing'}) > bool 0 or vector(0)"
    expected = [{"labels": "{}", "value": float(firing)}]
    test: dict[str, Any] = {
        "evaluation_interval": "1m",
        "tests": [{
            "interval": "15s",
            "input_series": [
                {"series": 'up{service="monitoring",instance="loki"}', "values": scrapes},
                {"series": 'up{service="monitoring",instance="node"}', "values": f"1x{5 * DAY}"},
            ],
            "promql_expr_test": [
                {"expr": asked, "eval_time": f"{minute}m", "exp_samples": expected} for minute in minutes
            ],
        }],
    }  # fmt: skip
    return run(promtool, [Job("start", rule_file(rules), test)])["start"]


@pytest.mark.parametrize(("what", "scrapes"), [
    ("half a minute late", f"0x1 1x{4 * DAY}"),
    ("four minutes late", f"0x15 1x{4 * DAY}"),
])  # fmt: skip
def test_a_component_that_starts_late_burns_no_budget(promtool: Sequence[str], what: str, scrapes: str) -> None:
    assert complaint(promtool, scrapes, range(60), firing=False) == "", what


def test_a_component_that_stays_away_burns_it_soon(promtool: Sequence[str]) -> None:
    assert complaint(promtool, f"0x{4 * DAY}", (9,), firing=False) == ""
    assert complaint(promtool, f"0x{4 * DAY}", (11, 30), firing=True) == ""


def test_one_scrape_that_fails_is_a_quarter_of_a_minute_and_no_page(promtool: Sequence[str]) -> None:
    assert complaint(promtool, "1x479 0 1x120", range(119, 130), firing=False) == ""


def test_three_minutes_without_a_component_page(promtool: Sequence[str]) -> None:
    assert complaint(promtool, "1x480 0x12 1x120", (124,), firing=True) == ""
