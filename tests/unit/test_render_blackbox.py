"""The blackbox exporter's modules: what counts as success is each probe's own."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator import blackbox
from generator.runtime import DOCKER, NATIVE, RUNTIMES
from tests.golden.small import ENVIRONMENTS, small


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_files(environment: str) -> None:
    stack = small(environment)
    files = {artefact.path: yaml.safe_load(artefact.content) for artefact in blackbox.render(stack)}
    assert files == {f"{r.name}/blackbox/blackbox.yml": {"modules": blackbox.modules(stack, r)} for r in RUNTIMES}


@pytest.mark.parametrize(("probe", "expected"), [
    ("live", {"method": "GET", "valid_status_codes": [200], "fail_if_not_ssl": True}),
    ("ready", {
        "method": "GET", "valid_status_codes": [200], "fail_if_body_not_matches_regexp": ['"status": ?"ok"'],
        "authorization": {"credentials_file": "/run/secrets/probe"},
    }),
    ("admin", {"method": "POST", "valid_status_codes": [401, 403]}),
])  # fmt: skip
def test_http_probes(probe: str, expected: dict[str, Any]) -> None:
    common = {"follow_redirects": False, "preferred_ip_protocol": "ip4"}
    module = blackbox.modules(small(), DOCKER)[f"shop-probe-{probe}"]
    assert module["prober"] == "http"
    assert module["http"] == common | expected


def test_a_probe_of_a_port() -> None:
    expected = {"prober": "tcp", "timeout": "10s", "tcp": {"preferred_ip_protocol": "ip4"}}
    assert blackbox.modules(small(), DOCKER)["shop-probe-cart"] == expected


def test_the_simulator_has_no_certificate() -> None:
    assert "fail_if_not_ssl" not in blackbox.modules(small("development"), DOCKER)["shop-probe-live"]["http"]


def test_a_secret_lies_elsewhere_natively() -> None:
    auth = blackbox.modules(small(), NATIVE)["shop-probe-ready"]["http"]["authorization"]
    assert auth == {"credentials_file": "../../../secrets/probe"}


def test_every_probe_has_the_module_that_its_job_asks_for() -> None:
    probes = {job.name for service in small().services for job in service.jobs if job.probe}
    assert set(blackbox.modules(small(), DOCKER)) == probes
