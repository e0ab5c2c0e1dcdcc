"""Processes by identity, the lock between commands, and the supervisor's log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from compose import logfile, supervisor
from compose.fault import Trouble
from compose.process import Identity, hold, members
from tests.processes import identify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        (sys.executable, "-S", "-c", "import time; time.sleep(60)"), start_new_session=True
    ) as process:
        yield process
        process.kill()


def test_a_process_is_known_and_signalled(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identify(sleeper.pid)
    assert identity.alive
    assert members(sleeper.pid) == {sleeper.pid: identity.ticks}
    assert identity.signal(signal.SIGTERM)
    assert identity.gone_within(5)


def test_a_zombie_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identify(sleeper.pid)
    os.kill(sleeper.pid, signal.SIGKILL)
    assert identity.gone_within(5)  # nobody has waited for it yet
    assert sleeper.returncode is None


@pytest.mark.parametrize("change", ["ticks", "boot"])
def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(sleeper: subprocess.Popen[bytes], change: str) -> None:
    real = identify(sleeper.pid)
    other = (
        Identity(real.pid, real.ticks - 1, real.boot) if change == "ticks" else Identity(real.pid, real.ticks, "old")
    )
    assert not other.alive
    assert not other.signal(signal.SIGKILL)
    assert sleeper.poll() is None


@pytest.mark.parametrize("pid", [0, -1, 2**22 + 1, 2**40])
def test_what_cannot_be_a_pid_is_nobody(pid: int) -> None:
    assert not Identity(pid, 1, supervisor.boot_id()).alive
    assert not Identity(pid, 1, supervisor.boot_id()).signal(signal.SIGKILL)


def test_waiting_for_a_process_that_stays_ends_at_the_deadline(sleeper: subprocess.Popen[bytes]) -> None:
    assert not identify(sleeper.pid).gone_within(0.02)


def test_the_second_command_hears_who_is_at_work(tmp_path: Path) -> None:
    lock = tmp_path / "var/lock"
    with hold(lock, "specola up"), pytest.raises(Trouble) as caught, hold(lock, "specola down"):
        pass
    assert caught.value.message.startswith(f"specola up (pid {os.getpid()}, since ")
    assert caught.value.message.endswith(") is at work on this stack")
    with hold(lock, "specola down"):
        assert lock.read_text().startswith("specola down (pid ")


def test_a_log_keeps_two_predecessors(tmp_path: Path) -> None:
    path = tmp_path / "redis.log"
    log = supervisor.Log(str(path), limit=10)
    kept = os.dup(2)  # rotation takes the supervisor's own messages along
    try:
        for text in (b"one 5678\n", b"two 5678\n", b"three 78\n", b"four 678\n"):
            log.write(text)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(log.file)
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {
        "redis.log": "four 678\n",
        "redis.log.1": "three 78\n",
        "redis.log.2": "two 5678\n",
    }


@pytest.mark.parametrize(
    ("old", "new", "count", "lines"),
    [
        ("", "a\nb\nc\n", 2, ["b", "c"]),
        ("", "a\n", 5, ["a"]),
        ("x\ny\n", "a\n", 2, ["y", "a"]),
        ("x\ny\n", "", 1, ["y"]),
        ("", "a\n", 0, []),
        ("", "ä" * 70000 + "\nb\n", 2, ["ä" * 70000, "b"]),
    ],
)
def test_the_last_lines_of_a_log(tmp_path: Path, old: str, new: str, count: int, lines: list[str]) -> None:
    (tmp_path / "redis.log.1").write_text(old)
    (tmp_path / "redis.log").write_text(new)
    assert logfile.last_lines(tmp_path / "redis.log", count) == lines


def test_following_a_log_goes_on_through_a_rotation(tmp_path: Path) -> None:
    path = tmp_path / "redis.log"
    path.write_text("one\n")
    lines = logfile.tail(path, 10, follow=True)
    assert next(lines) == "one"
    with path.open("a") as file:
        file.write("two\n")
    assert next(lines) == "two"
    with path.open("a") as file:
        file.write("three\n")
    path.rename(tmp_path / "redis.log.1")
    path.write_text("four\n")
    assert [next(lines), next(lines)] == ["three", "four"]
