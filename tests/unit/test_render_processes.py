"""The native process table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator import processes
from spec.load import load
from tests.golden.small import ENVIRONMENTS, HERE, small

PLACES = ("{build}", "{data}", "{secrets}", "{logs}", "{root}", "{python}")


def table(environment: str = "production") -> dict[str, dict[str, Any]]:
    (artefact,) = processes.render(small(environment))
    assert artefact.path == "native/processes.json"
    data = json.loads(artefact.content)
    assert (data["version"], data["project"]) == (1, "bazaar")
    return {row["name"]: row for row in data["processes"]}


def test_components_that_are_off_are_not_in_it() -> None:
    everything = {
        "simulator", "inbox", "redis", "redis-exporter", "node", "blackbox", "alertmanager", "loki", "prometheus",
        "alloy", "grafana",
    }  # fmt: skip
    assert set(table("development")) == everything
    assert everything - set(table()) == {"simulator", "inbox", "redis", "redis-exporter"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_all_listen_on_loopback_and_no_two_on_the_same_port(environment: str) -> None:
    ports = [(port["address"], port["port"]) for row in table(environment).values() for port in row["ports"]]
    assert {address for address, _ in ports} == {"127.0.0.1"}
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize(("settings", "resent"), [((), "30s"), (("pace=120",), "2s")])
def test_alerts_outlast_the_seconds_in_which_prometheus_looks_for_alertmanager(
    settings: tuple[str, ...], resent: str
) -> None:
    (artefact,) = processes.render(load(HERE / "spec" / "stack.yaml", "development", settings).stack)
    (row,) = (row for row in json.loads(artefact.content)["processes"] if row["name"] == "prometheus")
    assert f"--rules.alert.resend-delay={resent}" in row["args"]


def test_every_port_is_moved_by_the_offset() -> None:
    rows = table("development")
    assert rows["prometheus"]["ports"][0]["port"] == 9190
    assert "--web.listen-address=127.0.0.1:9190" in rows["prometheus"]["args"]
    assert rows["prometheus"]["health"]["url"] == "http://127.0.0.1:9190/-/ready"
    assert rows["redis"]["health"] == {"tcp": "127.0.0.1:6479"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_a_change_means_is_said_for_files_that_are_rendered(environment: str) -> None:
    from generator.render import render

    paths = {artefact.path for artefact in render(small(environment))}
    for row in table(environment).values():
        for kind in ("reload_files", "restart_files", "live_files"):
            for file in row.get(kind, ()):
                assert file in paths or any(path.startswith(file) for path in paths), (row["name"], file)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_one_needs_is_there_and_starts_before_it(environment: str) -> None:
    rows = table(environment)
    order = list(rows)
    for name, row in rows.items():
        assert all(order.index(needed) < order.index(name) for needed in row.get("needs", ()))
        assert all(order.index(other) < order.index(name) for other in row.get("after", ()) if other in rows)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_arguments_have_places_to_fill_in_and_no_secrets(environment: str) -> None:
    for row in table(environment).values():
        for word in (*row["args"], *row.get("env", {}).values()):
            rest = word.replace("$__file{", "")
            for place in PLACES:
                rest = rest.replace(place, "")
            assert "{" not in rest, word
            assert "password" not in rest or "{secrets}" in word, word


def test_tls_is_proven_with_the_certificate_of_the_spec() -> None:
    assert table()["prometheus"]["health"]["ca"] == "{root}/tls/server.crt"
    assert table()["prometheus"]["health"]["url"].startswith("https://")
