"""Where a log agent goes on that was killed: before what it had in memory, and in files that were rotated meanwhile."""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from compose.programs import RESUME

if TYPE_CHECKING:
    from pathlib import Path

SAVED = time.time() - 3600
LINE = b"0123456789abcde\n"


def lay(path: Path, lines: int, seconds: float) -> Path:
    """A file of so many lines, last written to so many seconds from when positions were saved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(LINE * lines)
    os.utime(path, (SAVED + seconds, SAVED + seconds))
    return path


def resume(folder: Path) -> str:
    """What the agent, here an echo, prints when it is started in a folder; its memory holds 40 bytes."""
    command = ("bash", str(RESUME), str(folder), "/bin/echo", "agent", "runs")
    environment = {**os.environ, "IN_MEMORY": "40"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def saved(folder: Path, text: str) -> Path:
    positions = folder / "loki.source.file.shop/positions.yml"
    positions.parent.mkdir(parents=True)
    positions.write_text(text)
    os.utime(positions, (SAVED, SAVED))
    return positions


def position(path: Path, reached: int) -> str:
    return f'  ? path: {path}\n    labels: \'{{service="shop"}}\'\n  : "{reached}"\n'


def goes_on(folder: Path, path: Path, reached: int) -> int:
    """Where the agent reads on in a file of which it had read so many bytes."""
    positions = saved(folder, "positions:\n" + position(path, reached))
    assert resume(folder) == "agent runs\n"
    found = re.fullmatch(r"positions:\n  \? path: .*\n    labels: .*\n  : \"(\d+)\"\n", positions.read_text())
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize(
    ("lines", "reached", "on"),
    [
        (10, 160, 128),  # the beginning of a line, at least 40 bytes before
        (10, 80, 48),
        (10, 40, 0),
        (10, 0, 0),
        (3, 160, 0),  # shorter than what was read: another file
    ],
)
def test_an_agent_goes_on_before_where_it_stopped(lines: int, reached: int, on: int, tmp_path: Path) -> None:
    path = lay(tmp_path / "logs/shop.log", lines, 5)
    assert goes_on(tmp_path / "data", path, reached) == on
    assert not (tmp_path / "data/missed").exists()


def test_what_is_left_of_rotated_files_is_copied(tmp_path: Path) -> None:
    path = lay(tmp_path / "logs/my shop.log", 2, 30)
    lay(tmp_path / "logs/my shop.log.1", 5, 20.5)
    lay(tmp_path / "logs/my shop.log.2", 10, 20.25)  # in the same second
    lay(tmp_path / "logs/my shop.log.3", 10, -60)
    lay(tmp_path / "logs/my shop.log.4.gz", 10, 10)
    lay(tmp_path / "logs/my shop.logic", 0, -60)
    assert goes_on(tmp_path / "data", path, 160) == 0
    copies = [one for one in (tmp_path / "data/missed").rglob("*") if one.is_file()]
    assert sorted(len(one.read_bytes()) // len(LINE) for one in copies) == [2, 5]
    for one in copies:
        assert re.fullmatch(rf"{tmp_path}/data/missed/shop{path}\.\d+\.missed", str(one))


def test_a_file_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    assert goes_on(tmp_path / "data", tmp_path / "shop.log", 160) == 160


def test_positions_are_mended_as_the_agent_writes_them(tmp_path: Path) -> None:
    logs = lay(tmp_path / "logs/shop.log", 10, 5)
    text = f"positions:\n{position(logs, 160)}{position(tmp_path / 'nowhere/till.log', 77)}"
    positions = saved(tmp_path / "data", text)
    old = lay(tmp_path / "data/missed/shop/x.1.missed", 1, -8 * 86_400)
    young = lay(tmp_path / "data/missed/shop/y.1.missed", 1, -86_400)
    resume(tmp_path / "data")
    assert positions.read_text() == text.replace('"160"', '"128"')
    assert (old.exists(), young.exists()) == (False, True)
    assert [path.name for path in positions.parent.iterdir()] == ["positions.yml"]


@pytest.mark.parametrize("damage", ["", "positions: {}\n", "not: [yaml", "\xff", '  : "5"\n', "positions:\n  : x\n"])
def test_the_agent_starts_whatever_its_positions_look_like(damage: str, tmp_path: Path) -> None:
    positions = saved(tmp_path, "")
    positions.write_bytes(damage.encode("latin-1"))
    assert resume(tmp_path) == "agent runs\n"
    assert positions.read_bytes() == damage.encode("latin-1")


def test_the_agent_starts_in_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert resume(tmp_path / "data") == "agent runs\n"
