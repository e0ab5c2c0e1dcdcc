"""The native process table: placeholders, and which edit changes which hash."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compose.fault import Trouble
from compose.started import changed
from compose.table import Folders, Health, Port, Process, Reload, config_hash, read, reload_hash

PROGRAM = Path("/usr/bin/prometheus")
ROW: dict[str, Any] = {
    "name": "prometheus",
    "title": "Prometheus",
    "program": "prometheus",
    "args": ["--config.file={build}/native/prometheus/prometheus.yml", "--storage.tsdb.path={data}/prometheus"],
    "env": {"B": "{secrets}", "A": "{root}/{other}"},
    "ports": [{"address": "127.0.0.1", "port": 9090, "protocol": "tcp", "purpose": "http"}],
    "health": {"url": "http://127.0.0.1:9090/-/ready", "secret": "prometheus-password"},
    "reload": {"post": "http://127.0.0.1:9090/-/reload"},
    "reload_files": ["native/prometheus/prometheus.yml", "rules/"],
    "restart_files": ["native/prometheus/flags"],
    "live_files": ["dashboards/"],
    "secrets": ["prometheus-web", "token"],
    "after": ["alertmanager"],
    "needs": [],
    "optional": False,
    "stop_seconds": 20,
}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    write(tmp_path, "build/native/processes.json", json.dumps({"version": 1, "project": "x", "processes": [ROW]}))
    for path in ("native/prometheus/prometheus.yml", "native/prometheus/flags", "rules/a.yml", "dashboards/one.json"):
        write(tmp_path, f"build/{path}", "1")
    write(tmp_path, "secrets/prometheus-web.yml", "1")
    write(tmp_path, "secrets/token", "1")
    return Folders(tmp_path)


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_a_row_with_its_placeholders_filled_in(folders: Folders) -> None:
    root = folders.root
    assert read(folders) == (
        Process(
            name="prometheus",
            title="Prometheus",
            program="prometheus",
            args=(
                f"--config.file={root}/build/native/prometheus/prometheus.yml",
                f"--storage.tsdb.path={root}/var/native/data/prometheus",
            ),
            env=(("A", f"{root}/{{other}}"), ("B", f"{root}/secrets")),
            ports=(Port("127.0.0.1", 9090, "tcp", "http"),),
            health=Health("http://127.0.0.1:9090/-/ready", secret="prometheus-password"),
            reload=Reload(post="http://127.0.0.1:9090/-/reload"),
            reload_files=("native/prometheus/prometheus.yml", "rules/"),
            restart_files=("native/prometheus/flags",),
            live_files=("dashboards/",),
            secrets=("prometheus-web", "token"),
            after=("alertmanager",),
            stop_seconds=20,
            component="prometheus",
        ),
    )


def test_the_interpreter_and_the_log_folder_can_be_named(folders: Folders) -> None:
    assert folders.expand("{python} {logs}/tug {x}") == f"{sys.executable} {folders.root}/var/native/logs/tug {{x}}"


@pytest.mark.parametrize(
    ("ports", "health", "address"),
    [
        ((), Health(), ""),
        ((Port("127.0.0.1", 6379),), Health(tcp="127.0.0.1:6379"), "127.0.0.1:6379"),
        ((Port("::1", 3000),), Health(url="https://[::1]:3000/api/health"), "https://[::1]:3000"),
    ],
)
def test_the_address_people_use(ports: tuple[Port, ...], health: Health, address: str) -> None:
    assert Process("a", "A", "a", ports=ports, health=health).address == address


@pytest.mark.parametrize(
    ("path", "restart", "reload"),
    [
        ("build/native/prometheus/prometheus.yml", False, True),
        ("build/rules/a.yml", False, True),
        ("build/rules/new.yml", False, True),
        ("build/rules/deep/er.yml", False, True),
        ("build/native/prometheus/flags", True, False),
        ("secrets/prometheus-web.yml", True, False),
        ("secrets/token", True, False),
        ("build/dashboards/one.json", False, False),
        ("build/native/loki/loki.yml", False, False),
    ],
)
def test_which_edit_changes_which_hash(folders: Folders, path: str, restart: bool, reload: bool) -> None:
    (process,) = read(folders)
    before = config_hash(process, PROGRAM, folders), reload_hash(process, folders)
    write(folders.root, path, "2")
    after = config_hash(process, PROGRAM, folders), reload_hash(process, folders)
    assert (before[0] != after[0], before[1] != after[1]) == (restart, reload)


@pytest.mark.parametrize("change", [{"args": ["--x"]}, {"env": {"A": "b"}}])
def test_arguments_and_environment_change_the_restart_hash(folders: Folders, change: dict[str, Any]) -> None:
    (before,) = read(folders)
    table = {"version": 1, "project": "x", "processes": [ROW | change]}
    write(folders.root, "build/native/processes.json", json.dumps(table))
    (after,) = read(folders)
    assert config_hash(before, PROGRAM, folders) != config_hash(after, PROGRAM, folders)
    assert config_hash(before, PROGRAM, folders) != config_hash(before, Path("/opt/prometheus"), folders)


def test_what_is_started_says_what_has_changed(folders: Folders, tmp_path: Path) -> None:
    (process,) = read(folders)
    program = tmp_path / "prometheus"
    program.write_text("2.42")
    before = config_hash(process, program, folders)
    write(tmp_path, "secrets/token", "2")
    assert changed(before, config_hash(process, program, folders)) == "its secrets changed"
    write(tmp_path, "build/native/prometheus/flags", "2")
    program.write_text("2.42.1")
    assert changed(before, config_hash(process, program, folders)) == "its files, secrets and program changed"
    other = replace(process, args=("--x",))
    assert changed(config_hash(process, program, folders), config_hash(other, program, folders)) == (
        "its command changed"
    )


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (None, "is not there", "run `specola render` first"),
        ("{", "is damaged: Expecting property name", "run `specola render` again"),
        ('{"version": 2}', "was rendered by another version of specola", "run `specola render` again"),
    ],
)
def test_a_table_that_cannot_be_read(tmp_path: Path, text: str | None, message: str, hint: str) -> None:
    if text is not None:
        write(tmp_path, "build/native/processes.json", text)
    with pytest.raises(Trouble) as caught:
        read(Folders(tmp_path))
    assert caught.value.message.startswith(f"{tmp_path}/build/native/processes.json {message}")
    assert caught.value.hint == hint
