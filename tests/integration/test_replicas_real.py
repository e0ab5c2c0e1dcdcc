"""Two Alertmanagers and two Prometheus of the stack, for real: everybody is told once, with both of them and with one of them killed."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from compose.clients import Client, UnreachableError
from compose.reload import value
from spec.names import USER
from tests.integration.observed import until
from tests.integration.working_copy import Copy, need_all

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.tools, pytest.mark.slow]
need_all("alertmanager", "prometheus")

NAMES = ("alertmanager", "alertmanager-2")
TURN = 15.0
"""Seconds that the second waits, to see whether the first has told people."""
PEOPLE = ["platform-mail", "platform-slack"]
"""The receivers of a high alert of that team."""
SETTINGS = (
    "components.alertmanager.replicas=2", "components.prometheus.replicas=2", "notification.grouping.wait=1s",
    "defaults.evaluation=5s",
)  # fmt: skip


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """Prometheus, Alertmanager and the inbox of the whole stack, and nothing else."""
    copy = Copy.at(tmp_path_factory.mktemp("replicas"), *SETTINGS)
    try:
        begun = copy.up("inbox", "alertmanager", "prometheus")
        assert begun.steps == dict.fromkeys(("inbox", *NAMES, "prometheus", "prometheus-2"), "start")
        yield copy
    finally:
        copy.end()


@pytest.fixture(scope="module")
def both(stack: Copy) -> tuple[Client, Client]:
    """In the order of their turns, once they have found each other."""
    password = (stack.root / "secrets/alertmanager-password").read_text()
    ports = zip(NAMES, (9093, 9193), strict=True)
    clients = [Client(name, f"http://127.0.0.1:{stack.port(port)}", USER, password) for name, port in ports]
    until(lambda: all(cluster(one)["status"] == "ready" for one in clients))
    first, second = sorted(clients, key=lambda one: str(cluster(one)["name"]))
    assert len(cluster(first)["peers"]) == len(cluster(second)["peers"]) == 2
    return first, second


def cluster(one: Client) -> Any:
    return one.get("/api/v2/status")["cluster"]


def fire(name: str, clients: tuple[Client, ...]) -> None:
    """As Prometheus does: every one is told, as far as it is there."""
    now = datetime.now(UTC)
    labels = {"alertname": name, "service": "tug", "team": "platform", "severity": "high", "environment": "development"}
    times = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(minutes=5)).isoformat()}
    for one in clients:
        with suppress(UnreachableError):
            one.post("/api/v2/alerts", [{"labels": labels, "annotations": {"summary": "A trial"}, **times}])


def told(stack: Copy, name: str) -> list[str]:
    """Who was told of an alert, once for each message."""
    inbox = Client("inbox", f"http://127.0.0.1:{stack.port(9181)}")
    return sorted(message["receiver"] for message in inbox.get("/messages", alert=name, limit=200))


def metric(one: Client, name: str) -> float:
    return value(one.ask("GET", "/metrics").text, name) or 0.0


def silences(one: Client) -> set[str]:
    return {laid["id"] for laid in one.get("/api/v2/silences") if laid["status"]["state"] == "active"}


def test_both_read_the_same_and_run_side_by_side(stack: Copy, both: tuple[Client, Client]) -> None:
    shown = {one["name"]: one for one in stack.run("status", "--format", "json").data["components"]}
    assert {shown[name]["health"] for name in NAMES} == {"healthy"}
    assert [shown[name]["address"] for name in NAMES] == [
        f"http://127.0.0.1:{stack.port(port)}" for port in (9093, 9193)
    ]
    hashes = [metric(one, "alertmanager_config_hash") for one in both]
    assert hashes[0] == hashes[1] > 0


def test_both_alertmanagers_take_the_alerts_of_both_prometheus_for_the_same(
    stack: Copy, both: tuple[Client, Client]
) -> None:
    password = (stack.root / "secrets/prometheus-password").read_text()
    urls = [f"http://127.0.0.1:{stack.port(port)}" for port in (9090, 9190)]
    until(lambda: all(reached(Client("prometheus", url, USER, password)) == len(NAMES) for url in urls))
    for alertmanager in both:
        (watchdog,) = alertmanager.get("/api/v2/alerts", filter='alertname="Watchdog"')
        assert watchdog["labels"].keys() >= {"stack", "environment", "severity"}
        assert "replica" not in watchdog["labels"]


def reached(prometheus: Client) -> int:
    """How many Alertmanagers it has handed alerts over to."""
    lines = prometheus.ask("GET", "/metrics").text.splitlines()
    counted = [line for line in lines if line.startswith("prometheus_notifications_sent_total{")]
    return sum(not line.endswith(" 0") for line in counted)


def test_everybody_is_told_once_though_one_is_killed_and_silences_hold_at_both(
    stack: Copy, both: tuple[Client, Client]
) -> None:
    first, second = both
    now = datetime.now(UTC)
    quiet = {
        "matchers": [{"name": "alertname", "value": "Silenced", "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "ada", "comment": "a trial",
    }  # fmt: skip
    laid = first.post("/api/v2/silences", quiet)["silenceID"]
    until(lambda: laid in silences(second))

    fire("BothAlive", both)
    until(lambda: metric(second, "alertmanager_nflog_gossip_messages_propagated_total") >= len(PEOPLE))
    assert told(stack, "BothAlive") == PEOPLE
    asked = time.monotonic()

    record = stack.records()[first.component]
    record.supervisor.signal(signal.SIGKILL)
    record.child.signal(signal.SIGKILL)
    fire("OneKilled", both)
    fire("Silenced", both)
    until(lambda: told(stack, "OneKilled") == PEOPLE, TURN + 5)
    time.sleep(max(0.0, asked + TURN + 1 - time.monotonic()))  # the turn of the second for the first alert
    assert told(stack, "BothAlive") == PEOPLE == told(stack, "OneKilled")
    assert told(stack, "Silenced") == []

    again = stack.up("alertmanager")
    assert (again.steps[first.component], again.steps[second.component]) == ("restart", "keep")
    until(lambda: len(cluster(second)["peers"]) == 2)
    assert laid in silences(first)

    assert stack.run("down").code == 0
    written = [stack.root / "var/native/data" / name / "silences" for name in NAMES]
    assert all(laid.encode() in path.read_bytes() for path in written), "ended before it wrote down what it knew"
