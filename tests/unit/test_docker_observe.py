"""What the engine says of a container, in the words of the plan."""

from __future__ import annotations

from typing import Any

import pytest

from compose.backend import Observed
from compose.docker_observe import hopeless, observed, published, readiness


def described(image: str = "prom/prometheus:v3.14.0", **state: Any) -> dict[str, Any]:
    return {
        "Id": "4bc",
        "Config": {
            "Image": image,
            "Labels": {"specola.config-hash": "c1", "specola.reload-hash": "r1"},
        },
        "State": {"Status": "running", "StartedAt": "2026-01-02T03:04:05.123456789Z", **state},
        "RestartCount": 2,
        "NetworkSettings": {"Ports": {"9090/tcp": [{"HostIp": "127.0.0.1", "HostPort": "19090"}], "9091/tcp": None}},
    }


def test_a_running_container() -> None:
    assert observed("prometheus", [described(Health={"Status": "healthy"})], {}) == Observed(
        name="prometheus",
        state="running",
        health="healthy",
        config_hash="c1",
        reload_hash="r1",
        version="3.14.0",
        address="127.0.0.1:19090",
        started_at=1767323045.0,
        restarts=2,
    )


def test_what_it_took_up_since_counts_for_this_container_only() -> None:
    assert observed("a", [described()], {}, "https").address == "https://127.0.0.1:19090"
    assert observed("a", [described()], {"4bc": "r2", "other": "r3"}).reload_hash == "r2"
    assert observed("a", [described()], {"other": "r3"}).reload_hash == "r1"


UNHEALTHY = {"Status": "unhealthy", "Log": [{"Output": "fine"}, {"Output": "nc: refused\n"}]}
STATES: tuple[tuple[dict[str, Any], str, str, str], ...] = (
    ({}, "running", "", ""),
    ({"Health": {"Status": "starting"}}, "starting", "starting", ""),
    ({"Health": UNHEALTHY}, "running", "unhealthy: nc: refused", ""),
    ({"Health": {"Status": "none"}}, "running", "", ""),
    ({"Status": "created"}, "exited", "", "was made but not started"),
    ({"Status": "created", "Error": "port taken"}, "exited", "", "was made but not started: port taken"),
    ({"Status": "restarting", "ExitCode": 2}, "exited", "", "keeps ending with code 2"),
    ({"Status": "exited", "ExitCode": 137}, "exited", "", "has ended with code 137"),
    (
        {"Status": "exited", "ExitCode": 137, "OOMKilled": True},
        "exited",
        "",
        "was ended for using more memory than its limit",
    ),
    ({"Status": "dead", "ExitCode": 1}, "exited", "", "has ended with code 1"),
    ({"Status": "paused"}, "exited", "", "is paused"),
)


@pytest.mark.parametrize(("state", "name", "health", "detail"), STATES)
def test_states(state: dict[str, Any], name: str, health: str, detail: str) -> None:
    seen = observed("a", [described(**state)], {})
    assert (seen.state, seen.health, seen.detail) == (name, health, detail)
    assert (seen.started_at > 0) == (name != "exited")


def test_none_and_two() -> None:
    assert observed("a", [], {}) == Observed("a", "absent")
    assert observed("a", [described(), described()], {}).state == "foreign"


def test_hopeless() -> None:
    assert hopeless(Observed("a", "exited", restarts=3))
    assert not hopeless(Observed("a", "exited", restarts=2))
    assert not hopeless(Observed("a", "starting", restarts=9)), "it may be well this time"


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("grafana/loki:3.7.6", "3.7.6"),
        ("registry.example.org:5000/loki:v3.7.6", "3.7.6"),
        ("registry.example.org:5000/loki", ""),
        ("loki", ""),
    ],
)
def test_versions(image: str, version: str) -> None:
    assert observed("a", [described(image)], {}).version == version


@pytest.mark.parametrize("listens", ["0.0.0.0", "::", ""])  # noqa: S104 - what the engine says, nothing listens here
def test_all_addresses_are_reached_on_loopback(listens: str) -> None:
    facts = described() | {"NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": listens, "HostPort": "8080"}]}}}
    assert published(facts) == {80: ("127.0.0.1", 8080)}


@pytest.mark.parametrize(
    ("seen", "ready", "detail"),
    [
        (Observed("a", "running"), True, ""),
        (Observed("a", "running", health="healthy"), True, ""),
        (Observed("a", "running", health="unhealthy: refused"), False, "unhealthy: refused"),
        (Observed("a", "starting", health="starting"), False, "starting"),
        (Observed("a", "exited", detail="has ended with code 1"), False, "has ended with code 1"),
        (Observed("a", "absent"), False, "absent"),
    ],
)
def test_readiness(seen: Observed, ready: bool, detail: str) -> None:
    assert readiness(seen) == (ready, detail)
