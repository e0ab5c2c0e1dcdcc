"""A render that has nothing to do is told at a glance, without the spec's types; what it cannot be sure of it leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import specola
from commands import line
from commands.project import Project, counts
from generator import glance
from generator.glance import STAMP
from generator.write import Written, files
from spec import sources
from tests.unit.checked import BASE, SEEN_BY_ANY_LOOK, edit, unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small project with an overlay, rendered from files whose times of change are believed."""
    monkeypatch.setattr(sources, "SETTLED", 0)
    folder = Path(shutil.copytree(BASE, tmp_path / "project"))
    edit(folder / "stack.yaml", "owner: ops", "overlays: {development: laid.yaml}\nowner: ops")
    (folder / "laid.yaml").write_text("labels: {region: north}\n")
    made = Project(folder.resolve())
    made.write(made.load())
    return made


def seen(project: Project) -> int | None:
    return glance.unchanged(str(project.root), project.asked)


def test_nothing_changed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """From anywhere: paths are looked up from the project's own folder where that is shorter."""
    monkeypatch.chdir("/")
    assert seen(project) == len(list(files(project.build)))
    monkeypatch.chdir(project.root)
    assert seen(project) == len(list(files(project.build)))


def test_it_says_what_a_render_would(project: Project) -> None:
    said = specola.nothing_to_do(["render", "--root", str(project.root)])
    written = Written(unchanged=len(list(files(project.build))))
    assert said == f"build/: {written.unchanged} files ({counts(written)})"


CHANGES: tuple[tuple[str, Callable[[Path], object]], ...] = (
    *SEEN_BY_ANY_LOOK,
    ("a service is touched", lambda root: os.utime(root / "services/shop.yaml")),
    ("the overlay is edited", lambda root: edit(root / "laid.yaml", "north", "south")),
    ("a service is removed", lambda root: (root / "services/shop.yaml").unlink()),
    ("an artefact is replaced", lambda root: shutil.move(
        shutil.copy2(root / "build/rules/shop.yml", root / "x"), root / "build/rules/shop.yml")),
)  # fmt: skip


@pytest.mark.parametrize("change", [change for _, change in CHANGES], ids=[words for words, _ in CHANGES])
def test_any_change_is_seen(project: Project, change: Callable[[Path], object]) -> None:
    change(project.root)
    assert seen(project) is None


def test_a_damaged_stamp_is_none(project: Project) -> None:
    """Whichever byte it is."""
    path = project.build / STAMP
    content = path.read_bytes()
    for place in range(0, len(content), 97):
        path.write_bytes(content[:place] + bytes((content[place] ^ 1,)) + content[place + 1 :])
        assert seen(project) is None
    path.write_bytes(content[: len(content) // 2])
    assert seen(project) is None


@pytest.mark.parametrize("name", ["rules.py", "new/rules.py", "new.yaml"])
def test_another_program_is_seen(name: str, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home/spec").mkdir(parents=True)
    (tmp_path / "home/spec/rules.py").write_text("")
    monkeypatch.setattr(glance, "HOME", str(tmp_path / "home"))
    project.write(project.load())
    assert seen(project) is not None
    (tmp_path / "home/spec" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "home/spec" / name).write_text("new")
    assert seen(project) is None


def test_other_packages_are_seen(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    assert seen(project) is None


def test_files_that_were_too_young_are_believed_after_one_closer_look(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SETTLED", 10**18)
    project.write(project.load())
    assert seen(project) is None
    assert unchanged(project) is not None
    assert seen(project) is None
    monkeypatch.setattr(sources, "SETTLED", 0)
    assert unchanged(project) is not None
    assert seen(project) is not None
    edit(project.root / "services/shop.yaml", "above: 5%", "above: 6%")
    assert seen(project) is None


def test_a_closer_look_that_finds_the_same_contents_is_not_needed_twice(project: Project) -> None:
    os.utime(project.root / "services/shop.yaml")
    assert seen(project) is None
    assert unchanged(project) is not None
    assert seen(project) is not None


def test_folders_that_no_glance_can_know_take_a_closer_look(project: Project) -> None:
    edit(project.root / "stack.yaml", "include: [services/*.yaml]", "include: [services/*.yaml, teams/*/*.yaml]")
    (project.root / "teams/web").mkdir(parents=True)
    shop = (project.root / "services/shop.yaml").read_text()
    (project.root / "teams/web/till.yaml").write_text(shop.replace("service: shop", "service: till"))
    project.write(project.load())
    assert seen(project) is None
    assert unchanged(project) is not None


WORDS = st.sampled_from(
    ("render", "--root", "--root=a", "--roo", "--environment", "-e", "-ex", "--set", "--list", "--help", "--", "-", "-1", "a",
     "a=b", "", "..", "check", "x y", "--nosuch")
)  # fmt: skip


@given(st.lists(WORDS, max_size=6).map(lambda words: ["render", *words]))
def test_words_mean_what_argparse_makes_of_them(words: list[str]) -> None:
    asked = specola.asked_of(words)
    if asked is not None:
        args = line.parser("render").parse_args(words)
        root = Path(args.root).resolve()
        assert asked == Project(root, args.environment or "", tuple(args.set or ())).asked


@pytest.mark.parametrize("words", [[], ["check"], ["render", "--help"], ["render", "--root"], ["--version"]])
def test_other_words_are_left_to_argparse(words: list[str]) -> None:
    assert specola.asked_of(words) is None


def test_it_imports_nothing_that_others_need(project: Project) -> None:
    render = "import sys, specola; specola.main(['render']); print(*sys.modules)"
    programs = (f"from spec import sources; sources.SETTLED = 0; {render}", render)
    env = {"PYTHONPATH": os.pathsep.join(sys.path)}
    first, again = (
        subprocess.run(
            [sys.executable, "-c", one], cwd=project.root, env=env, capture_output=True, text=True, check=True
        )
        for one in programs
    )
    assert "pydantic" in first.stdout.split()
    assert not {"argparse", "typing", "json", "pydantic", "yaml"} & set(again.stdout.split())
