"""The whole project in containers, with Loki, Alloy and Grafana where images stand in for them, over TLS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from compose.pictures.driver import lacking
from generator.images import images
from tests.docker.images import environment
from tests.integration.observed import until
from tests.integration.working_copy import Copy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from docker import DockerClient

pytestmark = pytest.mark.slow
NAME = "monitoring.example.org"
PROJECT = f"specola-test-{os.getpid()}"
BUILT = {name: f"local/standin-{name}:built" for name in ("loki", "alloy", "grafana")}
"""Nobody packages these: they are used where somebody has built them, or where the environment names an image."""
PLACES_SAVED = 11
"""Seconds until Alloy has written down where it is in a new file."""
LOGS = """
logs:
  path: /var/log/example/example.log
  categories: [{name: order, message: an order came in}]
  lines: 50
"""


@pytest.fixture(scope="module")
def stack(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The project that `init` makes, ten times as fast, as people run it."""
    chosen = {images()[name].variable: reference for name, reference in BUILT.items()}
    wanted = {name: os.environ.get(name, reference) for name, reference in (environment() | chosen).items()}
    here = {tag for image in engine.images.list() for tag in image.tags}
    absent = sorted(set(wanted.values()) - here)
    if absent:
        pytest.skip(f"no image here: {', '.join(absent)}")
    root = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        for name, reference in wanted.items():
            patch.setenv(name, reference)
        copy = Copy(root, ("pace=10",))
        assert copy.run("init", "--name", PROJECT).code == 0
        with (root / "services/example.yaml").open("a") as file:
            file.write(LOGS)
        certify(root / "certs")
        copy.settings += (
            f"access.tls={{certificate: certs/tls.crt, key: certs/tls.key, name: {NAME}}}",
            "access.docker_socket=true",
        )
        try:
            begun = copy.run("up", "--runtime", "docker")
            assert (begun.code, begun.err) == (0, ""), begun
            assert set(begun.steps.values()) == {"start"}
            yield copy
        finally:
            ended = copy.run("down", "--volumes", "--runtime", "docker")
            assert ended.code == 0, ended


def certify(folder: Path) -> None:
    """A certificate that nobody but itself vouches for, made out to none of the addresses it is asked at."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl here to make a certificate with")
    folder.mkdir()
    subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2")
    files = ("-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt"))
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files)
    subprocess.run(make, check=True, capture_output=True)


def test_smoke_proves_all_eleven_components(stack: Copy) -> None:
    told = stack.run("smoke", "--format", "json")
    report = told.data
    assert told.code == 0, [check for check in report["checks"] if not check["ok"]]
    assert report["components"] == {"ready": 11, "total": 11}
    assert [check["name"] for check in report["checks"] if check["skipped"]] == []


def test_status_shows_addresses_that_can_be_opened(stack: Copy) -> None:
    told = stack.run("status", "--format", "json")
    shown = {one["name"]: one["address"] for one in told.data["components"]}
    assert (told.code, told.data["runtime"], len(shown)) == (0, "docker", 11)
    assert shown["prometheus"] == f"https://127.0.0.1:{stack.port(9090)}"
    assert shown["loki"] == f"http://127.0.0.1:{stack.port(3100)}"
    assert "silences are not shown" not in stack.run("status").out


def test_a_second_up_keeps_everything(stack: Copy) -> None:
    again = stack.run("up", "--runtime", "docker")
    assert (again.code, set(again.steps.values())) == (0, {"keep"}), again


def test_an_edited_threshold_touches_only_what_reads_it(stack: Copy) -> None:
    keeps = dict.fromkeys(stack.run("up", "--runtime", "docker").steps, "keep")
    stack.edit("services/example.yaml", "above: 5%", "above: 6%")
    told = stack.run("up", "--runtime", "docker")
    assert told.steps == {**keeps, "simulator": "reload", "prometheus": "reload"}, told
    assert stack.run("up", "--runtime", "docker").steps == keeps


def test_a_drill_is_told_and_resolved(stack: Copy) -> None:
    told = stack.run("drill", "--pace", "120", "--format", "json", "example/ServiceDown")
    assert told.code == 0, told
    assert (told.data["delivered"], told.data["resolved"]) == (1, 1)


def test_no_line_is_lost_when_files_are_rotated_while_alloy_is_dead(stack: Copy, engine: DockerClient) -> None:
    (log,) = (stack.root / "var/docker/logs").rglob("example.log")
    alloy = engine.containers.get(f"{PROJECT}-alloy-1")
    number_lines(log, range(500))
    until(lambda: found(stack) == set(range(500)), 60)
    time.sleep(PLACES_SAVED)
    number_lines(log, range(500, 1000))
    alloy.kill()
    number_lines(log, range(1000, 2000))
    log.replace(log.with_name("example.log.2"))
    number_lines(log, range(2000, 3000))
    log.replace(log.with_name("example.log.1"))
    number_lines(log, range(3000, 3500))
    alloy.start()
    until(lambda: found(stack) == set(range(3500)), 120)


def number_lines(log: Path, numbers: Iterable[int]) -> None:
    """What a service writes that says which line it is; times are those of the lines, as in life."""
    with log.open("a") as file:
        for number in numbers:
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            line = {"timestamp": now, "level": "INFO", "category": "order", "message": f"numbered {number} order"}
            file.write(json.dumps(line) + "\n")


def found(stack: Copy) -> set[int]:
    """The numbers of the lines that a search finds, each of them once."""
    told = stack.run("logs", "example", "--grep", "numbered", "--since", "1h", "--limit", "5000", "--format", "json")
    assert told.code == 0, told
    messages = (json.loads(line)["message"] for line in told.out.splitlines())
    numbers = [int(message.split()[1]) for message in messages]
    assert len(numbers) == len(set(numbers))
    return set(numbers)


def test_what_containers_print_is_found_with_the_program_that_said_it(stack: Copy, engine: DockerClient) -> None:
    containers = engine.containers.list(filters={"label": f"com.docker.compose.project={PROJECT}"})
    talking = {one.labels["com.docker.compose.service"] for one in containers if one.logs(tail=1)}
    assert {"prometheus", "alertmanager", "grafana"} <= talking
    until(lambda: printed(stack) >= talking, 60)


def printed(stack: Copy) -> set[str]:
    """The programs of the stack of which a search finds lines."""
    told = stack.run("logs", "monitoring", "--since", "1h", "--limit", "5000", "--format", "json")
    assert told.code == 0, told
    return {json.loads(line)["metadata"].get("component", "") for line in told.out.splitlines()}


def test_another_certificate_restarts_what_uses_it(stack: Copy) -> None:
    shutil.rmtree(stack.root / "certs")
    certify(stack.root / "certs")
    told = stack.run("up", "--runtime", "docker")
    restarted = {name for name, kind in told.steps.items() if kind == "restart"}
    assert (told.code, restarted) == (0, {"prometheus", "alertmanager", "loki", "grafana"}), told


def test_dashboards_are_seen_over_tls(stack: Copy, tmp_path: Path) -> None:
    if lacking():
        pytest.skip(f"not installed: {', '.join(lacking())}")
    told = stack.run("pictures", "home", "--screen", "--out", str(tmp_path), "--runtime", "docker")
    assert told.code == 0, told
    assert told.out.splitlines()[-1] == f"1 pictures in {tmp_path}, 0 of them with faults"
    assert (tmp_path / "home.png").stat().st_size > 10_000
