"""Prometheus's configuration: one job for each program and each probe, asked where and how the spec says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from generator import prometheus
from generator.runtime import DOCKER, NATIVE, RUNTIMES, Runtime
from tests.golden.small import ENVIRONMENTS, small


def config(environment: str = "production", runtime: Runtime = DOCKER) -> dict[str, Any]:
    return prometheus.config(small(environment), runtime)


def jobs(environment: str = "production", runtime: Runtime = DOCKER) -> dict[str, dict[str, Any]]:
    return {job["job_name"]: job for job in config(environment, runtime)["scrape_configs"]}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_there_is_a_file_for_each_runtime_and_it_is_what_was_meant(environment: str) -> None:
    stack = small(environment)
    files = {artefact.path: yaml.safe_load(artefact.content) for artefact in prometheus.render(stack)}
    assert files == {f"{r.name}/prometheus/prometheus.yml": prometheus.config(stack, r) for r in RUNTIMES}


def test_what_leaves_the_stack_says_where_it_comes_from() -> None:
    labels = {"stack": "bazaar", "environment": "production", "region": "north", "quote": 'say "hi"'}
    assert config()["global"]["external_labels"] == labels


@pytest.mark.parametrize(("environment", "runtime", "asked", "instance"), [
    ("production", DOCKER, "shop-1:8080", None),
    ("production", NATIVE, "shop-1:8080", None),
    ("development", DOCKER, "simulator:18210", "shop-1:8080"),
    ("development", NATIVE, "127.0.0.1:18210", "shop-1:8080"),
])  # fmt: skip
def test_a_target_keeps_its_name_when_the_simulator_plays_it(
    environment: str, runtime: Runtime, asked: str, instance: str | None
) -> None:
    first = jobs(environment, runtime)["shop"]["static_configs"][0]
    assert first["targets"] == [asked]
    assert first["labels"].get("instance") == instance
    assert first["labels"]["tier"] == "front"


@pytest.mark.parametrize(("environment", "scheme"), [("production", "https"), ("development", None)])
def test_the_simulator_speaks_plain_http(environment: str, scheme: str | None) -> None:
    assert jobs(environment)["shop"].get("scheme") == scheme


@pytest.mark.parametrize(("job", "auth"), [
    ("shop", {"authorization": {"credentials_file": "/run/secrets/metrics"}}),
    ("jobs", {"basic_auth": {"username": "specola", "password_file": "/run/secrets/metrics"}}),
    ("shop-node", {}),
])  # fmt: skip
def test_secrets_are_files(job: str, auth: dict[str, Any]) -> None:
    found = jobs()[job]
    assert {key: found[key] for key in ("authorization", "basic_auth") if key in found} == auth


def test_targets_that_come_and_go_are_in_files() -> None:
    job = jobs()["jobs"]
    assert job["file_sd_configs"] == [{"files": ["/etc/specola/project/targets/jobs.json"]}]
    assert job["relabel_configs"] == [{"target_label": "service", "replacement": "jobs"}]
    assert jobs(runtime=NATIVE)["jobs"]["file_sd_configs"] == [{"files": ["../../../targets/jobs.json"]}]


@pytest.mark.parametrize(
    ("job", "limit"), [("shop", 187), ("jobs", 400), ("shop-node", 20_000), ("shop-probe-live", 100)]
)
def test_a_target_that_exposes_far_more_than_its_contract_is_cut_off(job: str, limit: int) -> None:
    """The shop's contract has 29 series; three times that, and a hundred of a client library."""
    assert jobs()[job]["sample_limit"] == limit


def test_a_dollar_in_a_label_is_no_group_of_a_relabelling() -> None:
    stack = small()
    (job,) = (job for job in stack.by_name["jobs"].jobs if job.name == "jobs")
    rendered = prometheus._scrape(stack, DOCKER, replace(job, labels=(("note", "$1 ${x}"),)))
    assert rendered["relabel_configs"][1] == {"target_label": "note", "replacement": "$$1 $${x}"}


def test_a_probe_asks_the_blackbox_exporter() -> None:
    job = jobs()["shop-probe-admin"]
    assert (job["metrics_path"], job["params"]) == ("/probe", {"module": ["shop-probe-admin"]})
    assert (job["scrape_interval"], job["scrape_timeout"]) == ("1m", "5s")
    assert job["relabel_configs"][-1] == {"target_label": "__address__", "replacement": "blackbox:9115"}
    assert jobs(runtime=NATIVE)["shop-probe-admin"]["relabel_configs"][-1]["replacement"] == "127.0.0.1:9215"


def test_every_job_has_a_name_of_its_own_and_no_scrape_outlasts_its_interval() -> None:
    found = config()["scrape_configs"]
    assert len({job["job_name"] for job in found}) == len(found)
    seconds = {"5s": 5, "10s": 10, "15s": 15, "30s": 30, "1m": 60}
    assert all(seconds[job["scrape_timeout"]] <= seconds[job["scrape_interval"]] for job in found)


def test_a_copy_elsewhere() -> None:
    auth = {"basic_auth": {"username": "bazaar", "password_file": "/run/secrets/metrics"}}
    assert config()["remote_write"] == [{"name": "archive", "url": "https://archive.example.org/api/v1/push", **auth}]
    assert "remote_write" not in config("development")


def test_alertmanager_is_asked_with_password_and_certificate() -> None:
    (one,) = config()["alerting"]["alertmanagers"]
    assert one["basic_auth"] == {"username": "specola", "password_file": "/run/secrets/alertmanager-password"}
    assert one["tls_config"]["ca_file"] == "/run/secrets/tls-certificate"
    assert "tls_config" not in config("development")["alerting"]["alertmanagers"][0]
