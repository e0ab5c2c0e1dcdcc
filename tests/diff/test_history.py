"""How often an alert would have fired: our own reading of `for` and `keep_firing_for` over the answers of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from diff.history import DAY, Unanswered, episodes, history, written_out
from diff.matched import match
from rules.groups import all_alerts
from spec.load import load
from tests.diff.case import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spec.stack import Stack

NOW = 100 * DAY


def stack(*settings: str) -> Stack:
    return load(BASE / "stack.yaml", "development", settings).stack


@pytest.mark.parametrize(
    ("moments", "lasting", "keep", "expected"),
    [
        ([], 0, 0, []),
        ([30], 0, 0, [(30, 60)]),
        ([30], 30, 0, []),
        ([30, 60], 30, 0, [(60, 90)]),
        ([30, 60, 90, 120], 60, 0, [(90, 150)]),
        ([30, 60, 120, 150, 180], 60, 0, [(180, 210)]),
        ([30, 60, 120, 150], 30, 0, [(60, 90), (150, 180)]),
        ([30, 60, 150, 180], 30, 60, [(60, 270)]),
        ([30, 60, 150], 30, 60, [(60, 240)]),
        ([30, 60, 300, 330], 30, 60, [(60, 150), (330, 420)]),
    ],
)
def test_an_alert_fires_once_its_condition_has_held(
    moments: list[float], lasting: float, keep: float, expected: list[tuple[float, float]]
) -> None:
    """Evaluations are 30 seconds apart."""
    assert episodes(moments, 30, lasting, keep) == expected


class Server:
    """Answers from a table of expressions' moments; notes what it was asked."""

    def __init__(self, answers: dict[str, list[float]]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, float, float, float]] = []

    def __call__(self, query: str, start: float, end: float, step: float) -> Mapping[str, Sequence[float]]:
        self.asked.append((query, start, end, step))
        if query not in self.answers:
            raise Unanswered("it is not in the table")
        return {"{}": [moment for moment in self.answers[query] if start <= moment <= end]}


RAW = 'max by (service) (jobs_waiting{job="jobs"})'


def test_a_changed_threshold_is_asked_before_and_after() -> None:
    base, head = stack(), stack("services.jobs.alerts.QueueLong.above=200", "services.jobs.alerts.QueueLong.for=1m")
    twice = [NOW - 3 * DAY + 30.0 * n for n in range(30)] + [NOW - 60.0, NOW - 30.0]
    server = Server({f"{RAW} > 100": twice, f"{RAW} > 200": []})
    [change] = history(base, head, match(base, head), server, NOW, 2)
    assert (change.subject, change.text) == (
        "alert jobs/QueueLong",
        "fired not at all in the last 2 days as it was, would have fired not at all",
    )
    assert [round(NOW - start) for _, start, _, _ in server.asked] == [2 * DAY - 30, DAY - 30] * 2
    [change] = history(base, head, match(base, head), server, NOW, 4)
    assert change.text == "fired once (10 min in all) in the last 4 days as it was, would have fired not at all"


def test_what_spans_midnight_is_one_and_series_count_each() -> None:
    base, head = stack(), stack("services.jobs.alerts.QueueLong=null")
    server = Server({f"{RAW} > 100": [NOW - DAY + 30.0 * n for n in range(-20, 20)]})
    [change] = history(base, head, match(base, head), server, NOW, 2)
    assert change.text == "fired once (15 min in all) in the last 2 days as it was"


def test_an_expression_is_asked_with_what_is_behind_its_recorded_series() -> None:
    rules = {rule.alert: rule for rule in all_alerts(stack()) if rule.service == "shop"}
    asked = written_out(rules["ErrorsHigh"])
    assert "service:shop" not in asked
    assert 'rate(shop_requests_total{job="shop",code="5xx"}[5m])' in asked
    assert asked.endswith(" >= 0.1")


def test_a_server_that_cannot_answer_is_no_failure() -> None:
    base, head = stack(), stack("services.jobs.alerts.QueueLong.above=200")
    [change] = history(base, head, match(base, head), Server({}), NOW, 7)
    assert change.text == "no history: it is not in the table"


def test_a_slow_evaluation_needs_fewer_points_and_a_quick_one_no_more_than_a_server_gives() -> None:
    for evaluation, points in (("30s", 2880), ("1s", 10_000), ("7s", 12_342)):
        settings = (f"defaults.evaluation={evaluation}",)
        base, head = stack(*settings), stack(*settings, "services.jobs.alerts.QueueLong.above=200")
        server = Server({f"{RAW} > 100": [], f"{RAW} > 200": []})
        assert len(list(history(base, head, match(base, head), server, NOW, 1))) == 1
        _, start, end, step = server.asked[0]
        assert round((end - start) / step) + 1 == min(points, 10_000)
