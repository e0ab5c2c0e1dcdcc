"""The same components as containers: hardened, on internal networks, with secrets as files."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator import processes, units
from tests.golden.small import ENVIRONMENTS, small


def compose(environment: str = "production") -> dict[str, Any]:
    (artefact,) = units.render(small(environment))
    assert artefact.path == "docker/compose.yaml"
    data: dict[str, Any] = yaml.safe_load(artefact.content)
    return data


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_both_runtimes_have_the_same_components_and_publish_the_same_ports(environment: str) -> None:
    stack = small(environment)
    rows = {row["name"]: row for row in processes.rows(stack)}
    services = compose(environment)["services"]
    assert list(services) == list(rows)
    for name, service in services.items():
        published = {int(port["published"]) for port in service.get("ports", ())}
        assert published <= {port["port"] for port in rows[name]["ports"]}, name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_container_is_hardened(environment: str) -> None:
    for name, service in compose(environment)["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"mem_limit", "cpus", "pids_limit", "healthcheck"} <= service.keys(), name
        assert all(port["host_ip"] == "127.0.0.1" for port in service.get("ports", ())), name
        assert "privileged" not in service, name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_mounted_is_read_only_but_for_volumes_and_simulated_logs(environment: str) -> None:
    for name, service in compose(environment)["services"].items():
        written = [m["target"] for m in service.get("volumes", ()) if m["type"] == "bind" and not m["read_only"]]
        assert written == (["/var/log/specola"] if name == "simulator" else []), name


def test_secrets_are_mounted_and_never_in_the_environment() -> None:
    services = compose()["services"]
    assert not any("password" in str(service.get("environment", "")) for service in services.values())
    mounted = {m["target"] for m in services["prometheus"]["volumes"]}
    assert {"/run/secrets/metrics", "/run/secrets/prometheus-web.yml"} <= mounted


def test_networks_between_components_have_no_way_out() -> None:
    data = compose()
    assert data["networks"]["stack"] == {"internal": True}
    assert {name for name, one in data["services"].items() if "egress" in one["networks"]} == {
        "prometheus", "alertmanager", "blackbox",
    }  # fmt: skip


def test_the_spec_may_name_another_image_and_other_limits() -> None:
    services = compose()["services"]
    assert services["alloy"]["image"] == "${SPECOLA_IMAGE_ALLOY:-registry.example.org/alloy:1.18}"
    assert (services["prometheus"]["mem_limit"], services["prometheus"]["cpus"]) == ("1024m", 2)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_dollar_is_doubled_wherever_compose_would_expand_it(environment: str) -> None:
    (artefact,) = units.render(small(environment))
    rest = artefact.content.decode().replace("$$", "")
    assert all(part.startswith("{SPECOLA_") for part in rest.split("$")[1:])


def test_a_service_that_really_runs_is_asked_where_it_is_while_the_others_are_played() -> None:
    from generator import contract, prometheus
    from generator.runtime import NATIVE
    from tests.unit.small_stack import SHOP, small_stack

    real = {**SHOP, "service": "real", "simulate": False, "logs": None}
    stack = small_stack(services={"shop": SHOP, "real": real}, simulation={"enabled": True}, environment="development")
    asked = {job["job_name"]: job for job in prometheus.config(stack, NATIVE)["scrape_configs"]}
    assert asked["real"]["static_configs"][0]["targets"] == ["shop:8080"]
    assert asked["shop"]["static_configs"][0]["targets"] == ["127.0.0.1:18100"]
    assert [artefact.path for artefact in contract.render(stack)] == ["contracts/shop.json"]
    (simulator,) = (row for row in processes.rows(stack) if row["name"] == "simulator")
    assert {port["purpose"] for port in simulator["ports"]} == {"http", "shop"}
