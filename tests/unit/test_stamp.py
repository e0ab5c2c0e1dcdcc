"""A render that would change nothing is told from the stamp of the last one; any doubt makes it render."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands.project import Project
from generator import glance
from generator.glance import STAMP
from generator.write import files
from spec import sources
from tests.unit.checked import BASE, SEEN_BY_ANY_LOOK, edit, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(params=[sources.SETTLED, 0], ids=["young", "settled"])
def project(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small project, rendered: from files whose times of change are not believed yet, or from such as are."""
    monkeypatch.setattr(sources, "SETTLED", request.param)
    folder = Path(shutil.copytree(BASE, tmp_path / "project"))
    edit(folder / "stack.yaml", "include: [services/*.yaml]", "include: [services/*.yaml, teams/*/*.yaml]")
    edit(folder / "stack.yaml", "owner: ops", "overlays: {production: production.yaml}\nowner: ops")
    (folder / "production.yaml").write_text("labels: {region: north}\n")
    (folder / "teams/empty").mkdir(parents=True)
    (folder / "teams/web").mkdir()
    service = (folder / "services/shop.yaml").read_text()
    (folder / "teams/web/till.yaml").write_text(service.replace("service: shop", "service: till"))
    made = Project(folder)
    made.write(made.load())
    return made


def test_nothing_changed(project: Project) -> None:
    assert unchanged(project) == len(list(files(project.build)))


def test_a_spec_that_was_only_touched_is_the_same(project: Project) -> None:
    os.utime(project.root / "stack.yaml", (1, 1))
    assert unchanged(project) is not None


CHANGES: tuple[tuple[str, Callable[[Path], object]], ...] = (
    *SEEN_BY_ANY_LOOK,
    ("the stack is edited", lambda root: edit(root / "stack.yaml", "title: Web", "title: Wob")),
    ("a service is removed", lambda root: (root / "teams/web/till.yaml").unlink()),
    ("one is added where no file was", lambda root: (root / "teams/empty/new.yaml").write_text("service: new\n")),
    ("one is added in a new folder", lambda root: shutil.copytree(root / "teams/web", root / "teams/x")),
    ("the stamp is spoilt", lambda root: (root / "build" / STAMP).write_bytes(b"x" * 99)),
    ("the stamp is of another shape", lambda root: (root / "build" / STAMP).write_bytes(b"\0\0\0\0")),
)  # fmt: skip


@pytest.mark.parametrize("change", [change for _, change in CHANGES], ids=[words for words, _ in CHANGES])
def test_any_change_is_seen(project: Project, change: Callable[[Path], object]) -> None:
    change(project.root)
    assert unchanged(project) is None


def test_an_artefact_of_the_same_size_and_time_is_seen(project: Project) -> None:
    """Someone who sets the time of a file back cannot set back when it was changed."""
    path = project.build / "rules/shop.yml"
    before = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert unchanged(project) is None


@pytest.mark.parametrize("asked", [("production", ()), ("", ("network.offset=1",))], ids=["environment", "settings"])
def test_another_question_is_another_render(project: Project, asked: tuple[str, tuple[str, ...]]) -> None:
    other = Project(project.root, *asked)
    assert unchanged(other) is None
    other.write(other.load())
    assert unchanged(other) is not None
    assert unchanged(project) is None


def test_an_overlay_is_part_of_what_was_read(project: Project) -> None:
    production = Project(project.root, "production")
    production.write(production.load())
    edit(project.root / "production.yaml", "north", "south")
    assert unchanged(production) is None


def test_a_file_that_changes_while_it_is_rendered_is_rendered_again(project: Project) -> None:
    """The stamp has what was read, not what lies there when it is written."""
    edit(project.root / "services/shop.yaml", "above: 5%", "above: 6%")
    loaded = project.load()
    edit(project.root / "services/shop.yaml", "above: 6%", "above: 7%")
    project.write(loaded)
    assert unchanged(project) is None


def test_another_program_renders_anew(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/new.py").write_text("")
    monkeypatch.setattr(glance, "HOME", str(tmp_path))
    assert unchanged(project) is None


def test_a_stamp_that_cannot_be_written_is_no_trouble(project: Project) -> None:
    (project.build / STAMP).unlink()
    (project.build / STAMP).mkdir()
    project.write(project.load())
    assert unchanged(project) is None
    assert not (project.build / f"{STAMP}.new").exists()
