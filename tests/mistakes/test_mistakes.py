"""Mistakes of meaning: specs that load, render and please every tool, and do not do what they should.

A case in `cases/` is a small change of the spec in `base/`: after `# in FILE, instead of:` stands what is replaced, after
`# write:` what replaces it. What follows `# expect:` is all that `specola check` says then, without any
other program: read it as a user would.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.lint.catalog import LINTS
from generator.render import render
from generator.validate.checks import TOOLS, look
from generator.validate.excuses import EXCUSES
from generator.validate.work import Work
from spec.load import load

if TYPE_CHECKING:
    from generator.validate.report import Report

HERE = Path(__file__).parent
BASE = HERE / "base"
CASES = tuple(sorted((HERE / "cases").glob("*.yaml")))
CHANGE = re.compile(
    r"# in (?P<file>\S+), instead of:\n(?P<old>.*?)# write:\n(?P<new>.*?)(?=^# (?:in|expect))", re.DOTALL | re.MULTILINE
)
OF_RENDERED_FILES = ("dashboards",)
"""Groups of checks that no spec can offend, only a bug of ours: unit tests show them wrong files."""
ID = re.compile(r"\[([a-z/-]+)\]$")


@dataclass(frozen=True)
class Case:
    changes: tuple[tuple[str, str, str], ...]
    expected: list[str]


def read(path: Path) -> Case:
    given, _, expected = path.read_text().partition("# expect:\n")
    changes = tuple((found["file"], found["old"], found["new"]) for found in CHANGE.finditer(f"{given}# expect"))
    return Case(changes, [line.removeprefix("# ") for line in expected.splitlines()])


def checked(project: Path) -> Report:
    """What `specola check --skip-tools` finds."""
    loaded = load(project / "stack.yaml")
    content = {one.path: one.content for one in render(loaded.stack)}
    missing = dict.fromkeys(TOOLS, "left out")
    texts = {path.relative_to(project).as_posix(): path.read_text() for path in loaded.files}
    return look(Work(loaded.stack, loaded.tree, project, project, content, {}, missing), texts)


def said(project: Path) -> list[str]:
    return [f"{problem.text()} [{problem.id}]" for problem in checked(project).problems]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_mistake_is_told_at_its_line_and_nothing_else(path: Path, tmp_path: Path) -> None:
    case = read(path)
    assert case.changes
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    for name, old, new in case.changes:
        text = (tmp_path / name).read_text()
        assert text.count(old) == 1, f"{old!r} is not there once"
        (tmp_path / name).write_text(text.replace(old, new))
    assert said(tmp_path) == case.expected


def test_the_base_that_every_case_changes_is_right(tmp_path: Path) -> None:
    assert said(Path(shutil.copytree(BASE, tmp_path / "base"))) == []


def test_every_check_of_our_own_has_a_mistake_that_it_catches() -> None:
    caught = {found[1] for path in CASES for line in read(path).expected if (found := ID.search(line))}
    assert caught >= {check.name for check in LINTS if check.group not in OF_RENDERED_FILES}
    assert EXCUSES in caught
    assert len(CASES) >= 60


def test_metadata_is_called_as_other_services_call_it(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    for name, field in (("depot", "request_id"), ("dock", "request_id"), ("quay", "requestid"), ("yard", "trace_id")):
        logs = f"logs: {{path: /var/log/{name}.log, metadata: [{field}]}}"
        head = f"service: {name}\ntitle: {name.title()}\nowner: web\nscrape: {{targets: ['{name}:8000']}}"
        (tmp_path / f"services/{name}.yaml").write_text(f"{head}\n{logs}\n")
    assert [line for line in said(tmp_path) if "[coverage/" not in line] == [
        "services/quay.yaml:5:44: logs.metadata[0]: no line is known to carry 'requestid' "
        "(did you mean request_id?) [logs/unknown-metadata]"
    ]
