"""What goes wrong on real machines: each trouble is told in one message, leaves nothing half done, and the next command recovers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.integration.observed import until
from tests.integration.working_copy import DEBIANS, WHOLE, Copy, need_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.tools, pytest.mark.slow]
need_all(*DEBIANS)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A working copy in which nothing runs yet."""
    copy = Copy.at(tmp_path / "project", *WHOLE, "pace=10")
    yield copy
    copy.end()


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A file system in memory over a folder, as root may have one."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder.mkdir(mode=0o700, exist_ok=True)
    mount = ("mount", "-t", "tmpfs", "-o", options, "specola-test", str(folder))
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)


def test_a_taken_port_is_told_with_its_holder_before_anything_starts(copy: Copy) -> None:
    with socket.create_server(("127.0.0.1", copy.port(9090))), socket.create_server(("127.0.0.1", copy.port(18_101))):
        told = copy.up()
    assert told.code == 1
    assert [line.partition(" (")[0] for line in told.err.splitlines()[:2]] == [
        f"specola: port {copy.port(18_101)} on 127.0.0.1, wanted by simulator, is held by pid {os.getpid()}",
        f"port {copy.port(9090)} on 127.0.0.1, wanted by prometheus, is held by pid {os.getpid()}",
    ]
    assert "network.offset for all ports" in told.err
    assert copy.records() == {}
    assert copy.up("redis").steps == {"redis": "start"}


def test_a_full_disk_below_build(copy: Copy) -> None:
    with mounted(copy.root / "build", "size=256k"):
        told = copy.up("redis")
        assert told.code == 1
        assert told.err == (
            f"specola: no space left to write {copy.root}/build; nothing was changed\n"
            "  free some space or mend the permissions, then run the command again\n"
        )
        assert copy.files("build") == {}
        assert copy.records() == {}
    assert copy.up("redis").code == 0


def test_a_full_disk_below_var(copy: Copy) -> None:
    with mounted(copy.root / "var", "size=8k,nr_inodes=5"):
        told = copy.up("redis")
        assert told.code == 1
        assert "No space left on device" in told.err
        assert told.err.startswith("specola: cannot make ")
        assert copy.records() == {}
    assert copy.up("redis").code == 0


def test_a_disk_that_fills_up_while_the_stack_runs(copy: Copy) -> None:
    with mounted(copy.root / "var", "size=8m"):
        assert copy.up("redis").code == 0
        fill(copy.root / "var/rest")
        assert "running  healthy  127.0.0.1" in copy.run("status").out
        assert copy.up("redis").steps == {"redis": "keep"}
        told = copy.up("redis", "redis-exporter")
        assert told.code == 1
        assert "No space left on device" in told.err
        assert "None" not in told.err
        (copy.root / "var/rest").unlink()
        assert copy.up("redis", "redis-exporter").steps == {"redis": "keep", "redis-exporter": "start"}
        fill(copy.root / "var/rest")
        assert copy.run("down", "--volumes").code == 0
        assert copy.records() == {}


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


def test_a_full_disk_below_secrets(copy: Copy) -> None:
    with mounted(copy.root / "secrets", "size=4k,nr_inodes=3,mode=700"):
        told = copy.up("redis")
        assert told.code == 1
        assert told.err.startswith(f"specola: cannot write {copy.root}/secrets/")
        assert "No space left on device" in told.err
        assert copy.records() == {}
    assert copy.up("redis").code == 0


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("var", "cannot write {0}/var/lock: Read-only file system\n"),
        ("build", "not allowed to write {0}/build/.staging; nothing was changed\n"),
        ("secrets", "cannot read or write {0}/secrets/prometheus-password: Read-only file system\n"),
    ],
)
def test_a_folder_that_cannot_be_written(copy: Copy, folder: str, said: str) -> None:
    with mounted(copy.root / folder, "ro,mode=700"):
        told = copy.up("redis")
        assert told.code == 1
        assert told.err.startswith(f"specola: {said.format(copy.root)}")
        assert copy.records() == {}
    assert copy.up("redis").code == 0


def test_a_read_only_project(copy: Copy) -> None:
    """Nothing of a project may be written, and its folders are not there yet."""
    bind = ("mount", "--bind", "-o", "ro", str(copy.root), str(copy.root))
    if os.geteuid() != 0 or subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("a read-only mount needs root and a machine that allows mounts")
    try:
        for command, said in (
            ("up", "cannot write {0}/var: Read-only file system\n"),
            ("down", "cannot write {0}/var: Read-only file system\n"),
            ("render", "not allowed to write {0}/build; nothing was changed\n"),
        ):
            told = copy.run(command, "--environment", "development")
            assert told.code == 1
            assert told.err.startswith(f"specola: {said.format(copy.root)}")
    finally:
        subprocess.run(("umount", str(copy.root)), check=True)
    assert copy.up("redis").code == 0


@pytest.mark.parametrize("line", ["start    redis:", "start    prometheus:"])
def test_an_interrupted_up_is_carried_on_by_the_next(copy: Copy, line: str) -> None:
    starting = copy.begin("up", "--runtime", "native")
    assert starting.stdout is not None
    while not starting.stdout.readline().startswith(line):
        assert starting.poll() is None
    starting.send_signal(signal.SIGINT)
    _, said = starting.communicate(timeout=30)
    assert (starting.returncode, said) == (130, "interrupted; run the same command again to go on\n")
    before = copy.children()
    told = copy.up()
    assert told.code == 0, told
    assert {name: copy.children()[name] for name, child in before.items() if child.pid} == before
    assert copy.run("status").code == 0


def test_of_two_ups_at_once_the_second_is_told_who_is_at_work(copy: Copy) -> None:
    first = copy.begin("up", "--runtime", "native", "redis")
    lock = copy.root / "var/lock"
    until(lambda: lock.exists() and "specola up" in lock.read_text())
    first.send_signal(signal.SIGSTOP)
    try:
        second, third = copy.up("redis"), copy.run("down")
    finally:
        first.send_signal(signal.SIGCONT)
    for told in (second, third):
        assert told.code == 1
        assert told.err.startswith(f"specola: specola up (pid {first.pid}, since ")
        assert told.err.endswith(") is at work on this stack\n  wait for it to end, then try again\n")
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert copy.up("redis").steps == {"redis": "keep"}


def test_a_killed_up_leaves_no_lock(copy: Copy) -> None:
    first = copy.begin("up", "--runtime", "native", "redis")
    lock = copy.root / "var/lock"
    until(lambda: lock.exists() and "specola up" in lock.read_text())
    first.kill()
    first.communicate()
    assert copy.up("redis").code == 0


def test_secrets_that_others_can_read(copy: Copy) -> None:
    assert copy.up("redis").code == 0
    password = copy.root / "secrets/prometheus-password"
    password.chmod(0o644)
    told = copy.up("redis")
    assert (told.code, told.err) == (
        1,
        f"specola: {password} is open to others (mode 0644)\n  chmod 600 {password}, and change what it held\n",
    )
    assert copy.children()["redis"].alive
    password.chmod(0o600)
    (copy.root / "secrets").chmod(0o755)
    assert "secrets is open to others (mode 0755)" in copy.up("redis").err
    (copy.root / "secrets").chmod(0o700)
    assert copy.up("redis").steps == {"redis": "keep"}


def test_secrets_that_are_missing_are_all_named(copy: Copy) -> None:
    told = copy.up("--environment", "production")
    assert told.code == 1
    assert told.err.startswith(
        "specola: secrets are missing:\nslack-data: there is no file secrets/slack-data, or it is empty\n"
    )
    assert told.err.endswith("\n  put each where the spec says, then try again\n")
    assert copy.records() == {}


def test_doors_that_stand_open_keep_the_stack_down_unless_the_spec_says_why(copy: Copy) -> None:
    copy.edit("stack.yaml", "listen: 127.0.0.1", "listen: 0.0.0.0")
    told = copy.up("redis")
    assert told.code == 1
    assert "network.listen: on 0.0.0.0 others reach simulator, inbox, redis (its password in the clear)" in told.err
    assert copy.records() == {}
    copy.edit("stack.yaml", "listen: 0.0.0.0", "listen: 0.0.0.0  # specola: allow access/no-door: a firewall")
    assert copy.up("--plan", "redis").steps == {"redis": "start"}


def test_what_a_check_calls_an_error_starts_nothing_where_that_is_asked(copy: Copy) -> None:
    copy.edit(
        "services/tug.yaml",
        "promql: max by (service) (tug_deployment_error_ratio{$scope}) / (max by (service) (tug_deployment_error_ratio_max{$scope}) > 0)",
        "promql: max by (service) (tug_deployment_error_ratios{$scope})",
    )
    told = copy.up("--check", "redis")
    assert told.code == 1
    assert "[contract/unknown-metric]" in told.out
    assert "1 error, " in told.out
    assert copy.records() == {}
    assert copy.up("--plan", "redis").steps == {"redis": "start"}


def test_programs_that_are_missing_are_all_named_with_how_to_get_them(copy: Copy, tmp_path: Path) -> None:
    (copy.root / ".tools").unlink()
    (tmp_path / "bin").mkdir()
    told = copy.run("up", "--runtime", "native", PATH=str(tmp_path / "bin"))
    assert told.code == 1
    first, second = told.err.splitlines()
    assert first == (
        "specola: prometheus, promtool, alertmanager, amtool, node_exporter, blackbox_exporter, redis-server,"
        " redis-cli, redis_exporter: not installed, and this system has no apt to bring them"
    )
    assert second.startswith("  install Prometheus, Alertmanager, the node, blackbox and redis exporters and Redis")
    assert copy.records() == {}
    assert copy.run("render", PATH=str(tmp_path / "bin")).code == 0


def test_setup_says_what_to_install_where_nothing_can_be_brought(copy: Copy, tmp_path: Path) -> None:
    (copy.root / ".tools").unlink()
    told = copy.run("setup", PATH=str(tmp_path))
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0].startswith("this system has no apt, so no programs are brought. To run the stack, install docker")
    assert (
        "not here: promtool (`specola test` proves alerts with it);"
        " install Prometheus, then put `promtool` on PATH or name its path in the spec"
    ) in lines
    assert not [line for line in lines if "Debian" in line]


def test_optional_programs_are_named_and_skipped(copy: Copy, tmp_path: Path) -> None:
    copy.settings = ("pace=10",)
    told = copy.run("up", "--runtime", "native", "redis", "loki", "alloy", "grafana", PATH=str(tmp_path))
    assert told.code == 0
    assert {name: kind for name, kind in told.steps.items() if kind == "skip"}.keys() == {"loki", "alloy", "grafana"}
    for product in ("Loki", "Alloy", "Grafana"):
        assert f"download {product} from Grafana Labs" in told.out
    assert copy.run("status", PATH=str(tmp_path)).code == 1  # the rest was not asked for, and does not run


def test_where_nobody_has_installed_loki_alloy_and_grafana_the_rest_is_proven(copy: Copy, tmp_path: Path) -> None:
    copy.settings = ("pace=10",)
    nothing = str(tmp_path)
    assert copy.run("up", "--runtime", "native", PATH=nothing).code == 0
    told = copy.run("smoke", "--format", "json", PATH=nothing)
    assert told.code == 0, [check for check in told.data["checks"] if not check["ok"]]
    skipped = [check["skipped"] for check in told.data["checks"] if check["skipped"]]
    assert skipped == [
        "Loki does not run here",
        "needs Loki and Alloy",
        "needs Loki and Alloy",
        "Grafana does not run here",
        "Grafana does not run here",
    ]
    assert told.data["panels"]["no_data"] == 0
    assert told.data["panels"]["not_asked"] > 0


def test_a_component_that_cannot_start_is_told_with_the_end_of_its_log(copy: Copy) -> None:
    """Something else holds the place where it stores."""
    data = copy.root / "var/native/data"
    data.mkdir(parents=True)
    (data / "prometheus").mkdir()
    (data / "prometheus/queries.active").mkdir()
    told = copy.up("prometheus")
    assert told.code == 1
    assert told.err.startswith("specola: prometheus: exited with code ")
    assert "queries.active" in told.err
    assert copy.run("status").code == 1
