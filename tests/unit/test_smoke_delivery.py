"""What the checks of delivery and of logs call a problem, on a stack that is played."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from compose.smoke import delivery, logs
from compose.smoke.check import World
from spec.names import SMOKE_ALERT
from tests.unit.played import changing, played
from tests.unit.small_stack import small_stack
from tests.unit.smoked import impatient, world

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


# Delivery


def message(status: str, run: str, name: str = SMOKE_ALERT) -> dict[str, Any]:
    return {"alerts": [{"name": name, "status": status, "labels": {"run": run}}]}


@pytest.mark.parametrize(("active", "problems"), [
    ([{"labels": {}}], ()),
    ([], ("Alertmanager has not received the watchdog from Prometheus",)),
])  # fmt: skip
def test_the_watchdog(tmp_path: Path, active: list[object], problems: tuple[str, ...]) -> None:
    found = delivery.watchdog(world(tmp_path, alertmanager={"/api/v2/alerts": active}))
    assert found.problems == problems


def delivered(tmp_path: Path, *statuses: str, other: bool = False) -> tuple[tuple[str, ...], list[Any]]:
    """The check's problems when the inbox gets these, and what Alertmanager was sent."""
    sent: list[Any] = []

    def alerts(body: Any) -> None:
        sent.extend(body)

    def messages(status: str, **_: object) -> list[Any]:
        run = sent[0]["labels"]["run"]
        return [message(status, "another run" if other else run)] if status in statuses else []

    there = world(tmp_path, alertmanager={"/api/v2/alerts": alerts}, inbox={"/messages": messages})
    return delivery.delivery(there).problems, sent


def test_a_test_alert_is_sent_and_ended_whatever_happens(tmp_path: Path) -> None:
    problems, sent = delivered(tmp_path, "firing", "resolved")
    assert problems == ()
    assert [alert["labels"]["alertname"] for alert in sent] == [SMOKE_ALERT, SMOKE_ALERT]
    assert sent[0]["labels"] == sent[1]["labels"]
    assert sent[0]["startsAt"] < sent[1]["endsAt"] < sent[0]["endsAt"]


@pytest.mark.parametrize(("statuses", "other", "problem"), [
    ((), False, "the inbox has not received the firing test alert"),
    (("firing",), False, "the inbox has not received the resolved test alert"),
    (("firing", "resolved"), True, "the inbox has not received the firing test alert"),
])  # fmt: skip
def test_an_alert_that_does_not_come_or_does_not_go(
    tmp_path: Path, statuses: tuple[str, ...], other: bool, problem: str
) -> None:
    problems, sent = delivered(tmp_path, *statuses, other=other)
    assert problems == (problem,)
    assert len(sent) == 2  # ended in any case


@pytest.mark.parametrize("gone", ["alertmanager", "inbox"])
def test_delivery_needs_both_ends(tmp_path: Path, gone: str) -> None:
    assert delivery.delivery(world(tmp_path, absent=(gone,))).skipped == "needs Alertmanager and the inbox"


# Logs


def streams(count: int) -> dict[str, Any]:
    return {"data": {"result": [{}] * count}}


def test_a_line_is_written_and_found(tmp_path: Path) -> None:
    pushed: list[Any] = []
    answers = {
        "/loki/api/v1/push": lambda body: pushed.append(body),
        "/loki/api/v1/query_range": changing(streams(0), streams(1)),
    }
    found = logs.line(
        World(small_stack(), tmp_path, played(small_stack(), loki=answers), deadline=time.monotonic() + 5)
    )
    assert found.ok
    assert pushed[0]["streams"][0]["stream"] == {"service": "monitoring", "level": "INFO", "environment": "development"}
    lost = logs.line(world(tmp_path, loki={**answers, "/loki/api/v1/query_range": streams(0)}))
    assert lost.problems == ("the line that was written is not found",)


def test_a_service_whose_lines_do_not_come(tmp_path: Path) -> None:
    silent = logs.services(world(tmp_path, loki={"/loki/api/v1/query_range": streams(0)}))
    assert (silent.detail, silent.problems) == ("logs of 0 of 1 services arrive", ("no line of shop has arrived",))
    assert logs.services(world(tmp_path, loki={"/loki/api/v1/query_range": streams(1)})).ok
    assert logs.services(world(tmp_path, absent=("alloy",))).skipped == "needs Loki and Alloy"
    assert logs.line(world(tmp_path, absent=("loki",))).skipped == "Loki does not run here"
