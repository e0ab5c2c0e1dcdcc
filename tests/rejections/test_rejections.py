"""Wrong specs, each with every message it must give, to the letter and to the column.

A case in `cases/` replaces files of the small spec in `base/`: what follows a line `# file: NAME` is that file, and its
first line counts as line 1. `# environment:` and `# set:` stand for the options of the command line. What follows
`# expect:` is the whole output, in its order. The expectations are written by hand: read them as a user would.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from spec.load import load
from spec.problem import SpecError

HERE = Path(__file__).parent
BASE = HERE / "base"
CASES = tuple(sorted((HERE / "cases").glob("*.yaml")))
OPTION = re.compile(r"# (environment|set): (.*)\n")
FILE = re.compile(r"^# file: (.*)\n", re.MULTILINE)
EXPECT = "# expect:\n"


@dataclass(frozen=True)
class Case:
    files: dict[str, str]
    environment: str
    settings: tuple[str, ...]
    expected: list[str]


def read(path: Path) -> Case:
    text = path.read_bytes().decode()
    given, _, expected = text.rpartition(EXPECT)
    head, *parts = FILE.split(given)
    options = OPTION.findall(head)
    return Case(
        files=dict(zip(parts[::2], parts[1::2], strict=True)),
        environment=next((value for name, value in options if name == "environment"), ""),
        settings=tuple(value for name, value in options if name == "set"),
        expected=[line.removeprefix("# ") for line in expected.splitlines()],
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_wrong_spec_is_refused_with_every_problem_at_its_place(path: Path, tmp_path: Path) -> None:
    case = read(path)
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    for name, content in case.files.items():
        (tmp_path / name).write_bytes(content.encode())
    with pytest.raises(SpecError) as refused:
        load(tmp_path / "stack.yaml", case.environment, case.settings)
    assert [problem.text() for problem in refused.value.problems] == case.expected


@pytest.mark.parametrize("name", ["stack.yaml", "services/shop.yaml"])
@pytest.mark.parametrize("damage", ["\t x: [", "x: *nowhere", "'"])
def test_text_that_cannot_be_read_makes_nothing_wrong_elsewhere(name: str, damage: str, tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    lines = (BASE / name).read_text().splitlines()
    for number in range(len(lines)):
        (tmp_path / name).write_text("\n".join((*lines[:number], damage, *lines[number:], "")))
        with pytest.raises(SpecError) as refused:
            load(tmp_path / "stack.yaml")
        assert {problem.mark.file for problem in refused.value.problems} == {name}


def test_the_base_that_every_case_changes_is_right() -> None:
    assert load(BASE / "stack.yaml").stack.services[0].name == "shop"


def test_no_case_is_empty_and_none_is_there_twice() -> None:
    cases = [read(path) for path in CASES]
    assert all(case.expected for case in cases)
    assert len({repr(case) for case in cases}) == len(cases)
