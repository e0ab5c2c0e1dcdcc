"""A service that nobody here wrote, taken in by a new project: it passes check, test, up and smoke without an edit."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests

from compose import tools
from compose.ports import free_port
from tests.integration.working_copy import REPOSITORY, Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = ("components.loki.enabled=false", "components.alloy.enabled=false")
"""Grafana stays in the spec, so that its panels are proven, whether or not it is here."""
pytestmark = [pytest.mark.tools, pytest.mark.slow]
NEEDED = (
    "prometheus",
    "promtool",
    "amtool",
    "alertmanager",
    "node_exporter",
    "blackbox_exporter",
    "redis-server",
    "redis_exporter",
)
lacking = [tool.name for tool in tools.missing(NEEDED, REPOSITORY)]
if lacking:
    pytest.skip(f"not installed: {', '.join(lacking)} (make setup)", allow_module_level=True)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus of somebody else's, which scrapes itself; the address of its metrics."""
    folder = tmp_path_factory.mktemp("somebody")
    port = free_port()
    (folder / "prometheus.yml").write_text(
        f"scrape_configs: [{{job_name: self, scrape_interval: 1s, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
    )
    words = (
        str(REPOSITORY / ".tools/bin/prometheus"), "--config.file=prometheus.yml",
        "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}",
    )  # fmt: skip
    with (folder / "log").open("wb") as log, subprocess.Popen(words, cwd=folder, stdout=log, stderr=log) as process:
        try:
            _until_ready(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}/metrics"
        finally:
            process.terminate()


def _until_ready(url: str) -> None:
    """Ready, and asked something, so that its histograms have series; at 2 s it has scraped itself."""
    deadline = time.monotonic() + 60
    while True:
        try:
            if requests.get(f"{url}/api/v1/query", {"query": "up == 1"}, timeout=5).json()["data"]["result"]:
                return
        except (requests.RequestException, KeyError, ValueError):
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    root = tmp_path_factory.mktemp("team") / "monitoring"
    root.mkdir()
    copy = Copy(root, (*SETTINGS, "pace=5"))
    (root / ".tools").symlink_to(REPOSITORY / ".tools")
    try:
        begun = copy.run("init", "--owner", "shop")
        assert (begun.code, begun.err) == (0, ""), begun
        yield copy
    finally:
        copy.end()


def test_what_nobody_here_wrote_is_taken_in(project: Copy, program: str) -> None:
    added = project.run("add", "service", "archive", "--from", program, "--owner", "shop", "--no-packs")
    assert (added.code, added.err) == (0, ""), added
    text = (project.root / "services/archive.yaml").read_text()
    assert "golden: {traffic: traffic, errors: errors, latency: latency, saturation: file-descriptors}" in text
    kept = project.run("contract", "archive", "--against", program)
    assert (kept.code, kept.err) == (0, "") or "values that are not declared" in kept.out, kept
    patient = replace(project, settings=SETTINGS)
    checked = patient.run("check", "--format", "json")
    assert (checked.code, checked.data["problems"]) == (0, []), checked
    proven = patient.run("test", "--format", "json")
    assert proven.code == 0, proven
    assert proven.data["alerts"]["total"] == proven.data["alerts"]["proven"] > 0
    assert project.up().code == 0
    seen = project.run("smoke", "--format", "json", "--timeout", "180")
    assert seen.code == 0, seen
    told = json.loads(seen.out)
    assert told["targets"]["up"] == told["targets"]["total"]
    assert told["panels"]["no_data"] == 0
