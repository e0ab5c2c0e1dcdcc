"""Services that nobody here wrote, taken in by a new project: they pass check, test, up and smoke without an edit."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest
import requests

from compose.ports import free_port
from tests.integration.test_packs_real import Programs
from tests.integration.working_copy import DEBIANS, REPOSITORY, Copy, need_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS = ("components.loki.enabled=false", "components.alloy.enabled=false")
"""Grafana stays in the spec, so that its panels are proven, whether or not it is here."""
pytestmark = [pytest.mark.tools, pytest.mark.slow]
need_all(*DEBIANS, "promtool", "amtool")


def prometheus(programs: Programs) -> str:
    """One that scrapes itself; it is ready when it has done so, and its histograms have series."""
    port = free_port()
    jobs = [{"job_name": "self", "scrape_interval": "1s", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]
    config = programs.write("prometheus.yml", {"scrape_configs": jobs})
    programs.start(
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path=data-{port}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    _until(lambda: _answer(f"http://127.0.0.1:{port}/api/v1/query?query=up==1").json()["data"]["result"])
    return f"http://127.0.0.1:{port}/metrics"


def node(programs: Programs) -> str:
    """The node exporter of this machine."""
    port = free_port()
    programs.start("node_exporter", f"--web.listen-address=127.0.0.1:{port}")
    return _exposed(port)


def redis(programs: Programs) -> str:
    """A Redis and its exporter."""
    server, port = free_port(), free_port()
    programs.start("redis-server", "--port", str(server), "--bind", "127.0.0.1", "--save", "")
    programs.start(
        "redis_exporter", f"--redis.addr=redis://127.0.0.1:{server}", f"--web.listen-address=127.0.0.1:{port}"
    )
    return _exposed(port)


def blackbox(programs: Programs) -> str:
    """A prober that nobody asks."""
    port = free_port()
    config = programs.write("blackbox.yml", {"modules": {"tcp": {"prober": "tcp"}}})
    programs.start("blackbox_exporter", f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}")
    return _exposed(port)


def _exposed(port: int) -> str:
    url = f"http://127.0.0.1:{port}/metrics"
    _until(lambda: _answer(url).ok)
    return url


def _answer(url: str) -> requests.Response:
    return requests.get(url, timeout=5)


def _until(ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if ready():
                return
        except (requests.RequestException, KeyError, ValueError):
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


class Row(NamedTuple):
    """A program, how it is taken in, and what its file says then."""

    name: str
    start: Callable[[Programs], str]
    words: tuple[str, ...]
    says: str


ROWS = (
    Row("archive", prometheus, ("--no-packs",),
        "golden: {traffic: traffic, errors: errors, latency: latency, saturation: file-descriptors}"),
    Row("host", node, (), "- {pack: node, targets: ["),
    Row("host-raw", node, ("--no-packs",), "  node_cpu_seconds_total:"),
    Row("prober", blackbox, (), "- {pack: blackbox, targets: ["),
    Row("cache", redis, (), "- {pack: redis, targets: ["),
    Row("cache-raw", redis, ("--no-packs",), "# specola: allow contract/name-and-type: its makers call it so"),
)  # fmt: skip


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The address of each program's metrics."""
    with ExitStack() as stack:
        found = {}
        for row in ROWS:
            found[row.name] = row.start(Programs(tmp_path_factory.mktemp(row.name), stack))
        yield found


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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_nobody_here_wrote_is_taken_in(project: Copy, targets: dict[str, str], row: Row) -> None:
    url = targets[row.name]
    added = project.run("add", "service", row.name, "--from", url, "--owner", "shop", *row.words)
    assert (added.code, added.err) == (0, ""), added
    assert row.says in (project.root / f"services/{row.name}.yaml").read_text()
    kept = project.run("contract", row.name, "--against", url)
    assert (kept.code, kept.err) == (0, "") or "values that are not declared" in kept.out, kept


def test_it_passes_check_test_up_and_smoke(project: Copy, targets: dict[str, str]) -> None:
    assert {path.stem for path in (project.root / "services").iterdir()} >= set(targets)
    patient = replace(project, settings=SETTINGS)
    checked = patient.run("check", "--format", "json")
    assert (checked.code, checked.data["problems"]) == (0, []), checked
    proven = patient.run("test", "--format", "json")
    assert proven.code == 0, proven
    assert proven.data["alerts"]["total"] == proven.data["alerts"]["proven"] > len(ROWS)
    assert project.up().code == 0
    told = project.run("smoke", "--format", "json", "--timeout", "180")
    assert told.code == 0, told
    assert told.data["targets"]["up"] == told.data["targets"]["total"] > len(ROWS)
    assert told.data["panels"]["no_data"] == 0
