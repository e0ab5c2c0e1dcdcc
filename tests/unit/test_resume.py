"""Where a log agent goes on that was killed: before what it had in memory, and in files that were rotated meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from compose import resume
from compose.resume import Position, offset, rotated

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0
LINE = b"0123456789abcde\n"


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "IN_MEMORY", 40)


def lay(path: Path, lines: int, seconds: float) -> Path:
    """A file of so many lines, last written to so many seconds from when positions were saved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(LINE * lines)
    os.utime(path, (NOW + seconds, NOW + seconds))
    return path


def position(path: Path, reached: int) -> Position:
    return Position(path, "shop", reached, NOW)


@pytest.mark.parametrize(
    ("lines", "reached", "goes_on"),
    [
        (10, 160, 128),  # the beginning of a line, at least 40 bytes before
        (10, 80, 48),
        (10, 40, 0),
        (10, 0, 0),
        (3, 160, 0),  # shorter than what was read: another file
    ],
)
def test_an_agent_goes_on_before_where_it_stopped(lines: int, reached: int, goes_on: int, tmp_path: Path) -> None:
    path = lay(tmp_path / "shop.log", lines, 5)
    assert offset(position(path, reached), tmp_path / "missed") == goes_on
    assert not (tmp_path / "missed").exists()


def test_what_is_left_of_rotated_files_is_copied(tmp_path: Path) -> None:
    path = lay(tmp_path / "shop.log", 2, 30)
    lay(tmp_path / "shop.log.1", 5, 20)
    lay(tmp_path / "shop.log.2", 10, 10)
    lay(tmp_path / "shop.log.3", 10, -60)
    lay(tmp_path / "shop.log.4.gz", 10, 10)
    lay(tmp_path / "shop.logic", 0, -60)
    assert [one.name for one in rotated(position(path, 160))] == ["shop.log.2", "shop.log.1"]
    assert offset(position(path, 160), tmp_path / "missed") == 0
    copies = sorted(one for one in (tmp_path / "missed").rglob("*") if one.is_file())
    assert [len(one.read_bytes()) // len(LINE) for one in copies] == [2, 5]
    assert all(str(one).startswith(f"{tmp_path}/missed/shop{path}.") and one.suffix == ".missed" for one in copies)


def test_a_file_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    assert offset(position(tmp_path / "shop.log", 160), tmp_path / "missed") == 160


def test_positions_are_mended_as_the_agent_writes_them(tmp_path: Path) -> None:
    logs = lay(tmp_path / "logs/shop.log", 10, 5)
    positions = tmp_path / "data/loki.source.file.shop/positions.yml"
    positions.parent.mkdir(parents=True)
    text = f"""positions:
  ? path: {logs}
    labels: '{{service="shop"}}'
  : "160"
  ? path: /nowhere/till.log
    labels: '{{service="till"}}'
  : "77"
"""
    positions.write_text(text)
    os.utime(positions, (NOW, NOW))
    old = lay(tmp_path / "data/missed/shop/x.1.missed", 1, -8 * 86_400)
    young = lay(tmp_path / "data/missed/shop/y.1.missed", 1, -86_400)
    resume.resume(tmp_path / "data", NOW)
    assert positions.read_text() == text.replace('"160"', '"128"')
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize("damage", ["", "positions: {}\n", "not: [yaml", "\xff"])
def test_the_agent_starts_whatever_its_positions_look_like(damage: str, tmp_path: Path) -> None:
    positions = tmp_path / "loki.source.file.shop/positions.yml"
    positions.parent.mkdir()
    positions.write_bytes(damage.encode("latin-1"))
    command = [sys.executable, "-I", str(resume.__file__), str(tmp_path), "/bin/echo", "agent", "runs"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "agent runs\n"
    assert positions.read_bytes() == damage.encode("latin-1")
