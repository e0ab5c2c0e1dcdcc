"""What runs is looked at as it was started, unless somebody says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from commands import as_started, down, drift, drill, line, logs, pictures, render, report, simulate, smoke, status, up
from commands.project import Project
from compose.fault import Trouble
from tests.unit.commanded import Played, at_hand, project_in, said

if TYPE_CHECKING:
    from pathlib import Path

MOVED = ("--set", "network.offset=100")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_in(tmp_path)


@pytest.fixture(autouse=True)
def backend(monkeypatch: pytest.MonkeyPatch) -> Played:
    return at_hand(monkeypatch)


def looked_at(project: Path, *words: str) -> Project:
    """The project of a command that looks at what runs."""
    return as_started.project(line.parser("smoke").parse_args(["smoke", "--root", str(project), *words]))


@pytest.mark.parametrize(("started", "asked", "used", "told"), [
    ((), (), (), ""),
    (MOVED, MOVED, MOVED, ""),
    (MOVED, (), MOVED, "with --set network.offset=100, as the stack was started"),
    (("-e", "development", *MOVED), (), ("-e", "development", *MOVED),
     "with --environment development --set network.offset=100, as the stack was started"),
    (MOVED, ("--set", "pace=2"), ("--set", "pace=2"),
     "the stack was started with --set network.offset=100, and this is with --set pace=2"),
    ((), MOVED, MOVED,
     "the stack was started without --environment and --set, and this is with --set network.offset=100"),
    (("--set", "title=Two words"), (), ("--set", "title=Two words"),
     "with --set 'title=Two words', as the stack was started"),
])  # fmt: skip
def test_what_runs_is_looked_at_as_it_was_started(
    project: Path, started: Any, asked: Any, used: Any, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said(up, "up", "--root", str(project), *started)
    capsys.readouterr()
    args = line.parser("up").parse_args(["up", "--root", str(project), *used])
    assert looked_at(project, *asked) == Project.of(args)
    assert capsys.readouterr().err == (f"specola: {told}\n" if told else "")


@pytest.mark.parametrize("module", [drift, drill, logs, pictures, report, simulate, smoke, status])
def test_every_command_about_what_runs_does_so(project: Path, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Looked(Exception):
        pass

    def look(_: object) -> Project:
        raise Looked

    monkeypatch.setattr(as_started, "project", look)
    with pytest.raises(Looked):
        said(module, module.__name__.removeprefix("commands."), "--root", str(project))


def test_before_up_and_after_down_nothing_is_known(project: Path) -> None:
    assert looked_at(project) == Project(project)
    said(up, "up", "--root", str(project), *MOVED)
    said(down, "down", "--root", str(project))
    assert looked_at(project) == Project(project)


def test_a_plan_starts_nothing(project: Path) -> None:
    said(up, "up", "--plan", "--root", str(project), *MOVED)
    assert as_started.noted(project) is None


@pytest.mark.parametrize(("module", "name"), [(up, "up"), (render, "render")])
def test_who_renders_it_otherwise_is_told(
    project: Path, module: Any, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said(up, "up", "--root", str(project), *MOVED)
    assert said(module, name, "--root", str(project))[0] == 0
    assert capsys.readouterr().err == (
        "specola: the stack was started with --set network.offset=100, and this is without --environment and --set\n"
    )


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"environment": "", "settings": 3}', "\0"])
def test_a_damaged_note_is_no_answer_and_up_writes_it_anew(project: Path, content: str) -> None:
    (project / "var").mkdir()
    (project / as_started.NOTE).write_text(content)
    with pytest.raises(Trouble) as caught:
        looked_at(project)
    assert (caught.value.message, caught.value.hint) == (
        f"{project}/var/started.json is damaged, which says how the stack was started",
        "run `specola up` again, as it was started",
    )
    said(up, "up", "--root", str(project), *MOVED)
    assert looked_at(project).settings == ("network.offset=100",)


def test_a_note_that_cannot_be_written(project: Path) -> None:
    (project / "var/started.new").mkdir(parents=True)
    with pytest.raises(Trouble) as caught:
        as_started.note(Project(project))
    assert caught.value.message == f"cannot write {project}/var/started.json: Is a directory"


def test_what_is_noted_already_is_not_written_again(project: Path) -> None:
    """A disk may be full by then."""
    as_started.note(Project(project))
    (project / "var/started.new").mkdir()
    as_started.note(Project(project))
