"""What the engine and compose complain of becomes one message with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import MagicMock

import pytest

from compose import docker_engine
from compose.docker_engine import Choice, advice, choose, compose_version, door, endpoint
from compose.fault import Trouble
from compose.images import resolved

if TYPE_CHECKING:
    from pathlib import Path

COMPLAINTS = (
    (
        "Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?",
        "no container engine answers",
    ),
    ("('Connection aborted.', FileNotFoundError(2, 'No such file or directory'))", "no container engine answers"),
    (
        "('Connection aborted.', PermissionError(13, 'Permission denied'))",
        "this user may not talk to the container engine",
    ),
    (
        "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
        "this user may not talk to the container engine",
    ),
    ("UnixHTTPConnectionPool(host='localhost', port=None): Read timed out.", "the container engine takes too long"),
    ("write /var/lib/docker/tmp/x: no space left on device", "the engine's disk is full"),
    ("Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", "a limit asks for more processors"),
    ("could not find an available, non-overlapping IPv4 address pool", "docker: could not find an available"),
    ("all predefined address pools have been fully subnetted", "the engine has no network addresses left"),
    (
        "Error response from daemon: driver failed programming external connectivity on endpoint a: "
        "Bind for 127.0.0.1:9090 failed: port is already allocated",
        "port 127.0.0.1:9090 is taken",
    ),
    (
        "Error starting userland proxy: listen tcp4 127.0.0.1:3000: bind: address already in use",
        "port 127.0.0.1:3000 is taken",
    ),
    ("No such image: prom/prometheus:v3.14.0", "an image is neither here nor to be pulled"),
    ("first line\n  last line  \n\n", "docker: last line"),
    ("", "docker: failed without a word"),
)


@pytest.mark.parametrize(("complaint", "message"), COMPLAINTS)
def test_advice(complaint: str, message: str) -> None:
    trouble = advice(complaint)
    assert trouble.message.startswith(message)
    assert trouble.hint


def test_native_is_never_questioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_engine, "connect", lambda: pytest.fail("an engine was asked"))
    assert choose("native", ()) == Choice("native", "asked for")


def test_without_an_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert choose("auto", ()) == Choice("native", "docker cannot be used: no container engine answers")
    with pytest.raises(Trouble, match="no container engine answers"):
        choose("docker", ())


@pytest.mark.parametrize("host", ["ssh://me@far", "tcp://192.0.2.7:2376"])
def test_an_engine_elsewhere_cannot_see_the_files(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert choose("auto", ()).why == f"docker cannot be used: the engine at {host} is on another machine"


@pytest.mark.parametrize("host", ["unix:///run/docker.sock", "tcp://127.0.0.1:2375", "tcp://localhost:2375"])
def test_an_engine_here(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert endpoint() == host


@pytest.mark.parametrize(("options", "rootless"), [([], False), (["name=seccomp", "name=rootless"], True)])
def test_a_container_opens_the_socket_by_its_group(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], rootless: bool
) -> None:
    (tmp_path / "here.sock").touch()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/here.sock")
    client = MagicMock(info=lambda: {"SecurityOptions": options})
    group = 0 if rootless else (tmp_path / "here.sock").stat().st_gid
    assert door(client) == (f"{tmp_path}/here.sock", group)


def test_an_engine_behind_a_port_has_no_socket_to_hand_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:2375")
    with pytest.raises(Trouble, match="what containers print, but the engine"):
        door(MagicMock())


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("", "there is no docker command"),
        ("echo \"docker: 'compose' is not a docker command.\" >&2; exit 1", "docker has no compose plugin"),
        ("echo 1.29.2", "compose 1.29.2 is too old"),
    ],
)
def test_compose_is_missing_or_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, message: str) -> None:
    if script:
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble, match=message):
        compose_version()


@pytest.mark.parametrize("said", ["2.40.3-3", "v2.29.1", "5.0.0", "10.1"])
def test_compose_is_new_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str) -> None:
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\necho {said}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compose_version() == said.removeprefix("v")


def test_the_environment_chooses_an_image() -> None:
    text = "${SPECOLA_IMAGE_LOKI:-grafana/loki:3.7.6}"
    assert resolved(text, {}) == "grafana/loki:3.7.6"
    assert resolved(text, {"SPECOLA_IMAGE_LOKI": ""}) == "grafana/loki:3.7.6"
    assert resolved(text, {"SPECOLA_IMAGE_LOKI": "local/loki:1"}) == "local/loki:1"
