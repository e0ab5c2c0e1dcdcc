"""Which backend runs something in a working copy, found without the spec."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from compose import docker_backend
from compose.backend import Observed
from compose.fault import Trouble
from compose.running import backends, current
from tests.processes import identify

if TYPE_CHECKING:
    from pathlib import Path

ABSENT = Observed("prometheus", "absent")
RUNS = Observed("prometheus", "running", "healthy")


class Engine:
    """A docker backend that says what it was told to."""

    name = "docker"
    seen: tuple[Observed, ...] = ()
    gone = False

    def __init__(self, root: Path, project: str, say: object) -> None:
        self.project = project

    def observe(self) -> tuple[Observed, ...]:
        if self.gone:
            raise Trouble("no engine answers", "start it")
        return self.seen


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> type[Engine]:
    class Fresh(Engine):
        pass

    monkeypatch.setattr(docker_backend, "DockerBackend", Fresh)
    return Fresh


def rendered(root: Path) -> None:
    (root / "build/docker").mkdir(parents=True)
    (root / "build/docker/compose.yaml").write_text("name: bazaar\n")
    (root / "build/native").mkdir()
    (root / "build/native/processes.json").write_text(json.dumps({"version": 1, "processes": []}))


def native_state(root: Path) -> None:
    """A process of ours runs: this very test."""
    me = identify(os.getpid())
    pair = {"pid": me.pid, "ticks": me.ticks}
    state = {
        "name": "redis", "boot": me.boot, "supervisor": pair, "child": pair, "config_hash": "", "reload_hash": "",
        "version": "", "stop_seconds": 1, "started_at": 1, "restarts": 0, "last_exit": "", "next_try": 0,
    }  # fmt: skip
    (root / "var/native/run").mkdir(parents=True)
    (root / "var/native/run/redis.json").write_text(json.dumps(state))


def names(root: Path, runtime: str = "auto") -> list[str]:
    return [backend.name for backend in backends(root, runtime, print)]


def test_where_nothing_was_rendered_nothing_runs(tmp_path: Path) -> None:
    assert names(tmp_path) == []
    assert names(tmp_path, "docker") == []
    with pytest.raises(Trouble) as caught:
        current(tmp_path, "auto", print)
    assert (caught.value.message, caught.value.hint) == ("nothing runs here", "`specola up` starts the stack")


def test_a_state_file_or_data_left_behind_is_native(tmp_path: Path) -> None:
    native_state(tmp_path)
    assert names(tmp_path) == ["native"]
    (tmp_path / "var/native/run/redis.json").unlink()
    assert names(tmp_path) == []
    (tmp_path / "var/native/data").mkdir()
    assert names(tmp_path) == ["native"]


@pytest.mark.parametrize(("seen", "gone", "found"), [
    ((RUNS,), False, ["docker"]),
    ((ABSENT,), False, []),
    ((), True, []),
])  # fmt: skip
def test_docker_is_found_by_its_containers(
    tmp_path: Path, engine: type[Engine], seen: tuple[Observed, ...], gone: bool, found: list[str]
) -> None:
    rendered(tmp_path)
    engine.seen, engine.gone = seen, gone
    assert names(tmp_path) == found


def test_an_engine_that_was_asked_for_must_answer(tmp_path: Path, engine: type[Engine]) -> None:
    rendered(tmp_path)
    assert names(tmp_path, "docker") == ["docker"]
    engine.gone = True
    with pytest.raises(Trouble, match="no engine answers"):
        backends(tmp_path, "docker", print)


def test_the_current_backend_is_the_one_that_runs(tmp_path: Path, engine: type[Engine]) -> None:
    rendered(tmp_path)
    (tmp_path / "var/native/data").mkdir(parents=True)
    engine.seen = (RUNS,)
    assert current(tmp_path, "auto", print).name == "docker"
    native_state(tmp_path)
    assert current(tmp_path, "auto", print).name == "native"
    assert current(tmp_path, "docker", print).name == "docker"


def test_the_project_goes_by_the_rendered_files_name(tmp_path: Path, engine: type[Engine]) -> None:
    rendered(tmp_path)
    engine.seen = (RUNS,)
    (backend,) = backends(tmp_path, "docker", print)
    assert getattr(backend, "project", "") == "bazaar"


def test_a_damaged_compose_file_is_a_trouble_and_not_a_bug(tmp_path: Path) -> None:
    rendered(tmp_path)
    (tmp_path / "build/docker/compose.yaml").write_text("name: [\n")
    with pytest.raises(Trouble, match=r"compose\.yaml is damaged"):
        backends(tmp_path, "docker", print)
    native_state(tmp_path)
    assert names(tmp_path) == ["native"]
