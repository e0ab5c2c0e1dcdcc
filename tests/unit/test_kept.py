"""An edit makes anew only the files it touches, and always the same ones that a fresh render would make."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.project import Project
from generator import kept
from generator.artefact import Kept
from generator.text import to_yaml
from tests.unit.checked import BASE, contents, edit, fresh
from tests.unit.valid_specs import specs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two services, rendered."""
    folder = Path(shutil.copytree(BASE, tmp_path / "project"))
    service = (folder / "services/shop.yaml").read_text()
    (folder / "services/till.yaml").write_text(service.replace("service: shop", "service: till"))
    edit(folder / "stack.yaml", "owner: ops", "overlays: {production: production.yaml}\nowner: ops")
    (folder / "production.yaml").write_text("services: {till: {alerts: {HighErrorRate: {above: 9%}}}}\n")
    made = Project(folder)
    made.write(made.load())
    return made


@pytest.fixture
def made_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[..., set[str]]:
    """Writes, and tells which services' files were made and not kept."""

    def write(other: Project = project) -> set[str]:
        seen: set[str] = set()

        class Ledger(kept.Ledger):
            def _each(self, parts: Any) -> Iterator[Any]:
                own = self.paths
                for artefact in super()._each(parts):
                    if not isinstance(artefact, Kept):
                        seen.add(next(name for name, paths in own.items() if artefact.path in paths))
                    yield artefact

        monkeypatch.setattr("generator.renew.Ledger", Ledger)
        other.write(other.load())
        return seen

    return write


EVERYTHING = {"", "shop", "till", "monitoring"}
EDITS: tuple[tuple[str, Callable[[Path], object], set[str]], ...] = (
    ("nothing", lambda root: None, {""}),
    ("a threshold", lambda root: edit(root / "services/shop.yaml", "above: 5%", "above: 6%"), {"", "shop"}),
    ("a comment", lambda root: edit(root / "services/shop.yaml", "above: 5%", "above:  5%"), {""}),
    ("the stack", lambda root: edit(root / "stack.yaml", "title: Web", "title: Wob"), EVERYTHING),
    ("one gone", lambda root: (root / "services/shop.yaml").unlink(), {"", "till", "monitoring"}),
    ("an artefact edited", lambda root: (root / "build/rules/shop.yml").write_text("x"), {"", "shop"}),
    ("an artefact gone", lambda root: (root / "build/contracts/till.json").unlink(), {"", "till"}),
    ("the build gone", lambda root: shutil.rmtree(root / "build"), EVERYTHING),
    ("a title taken", lambda root: edit(root / "services/shop.yaml", "title: Shop", "title: till"), EVERYTHING),
)  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [one[1:] for one in EDITS], ids=[one[0] for one in EDITS])
def test_an_edit_makes_anew_what_it_touches(
    project: Project, made_again: Callable[..., set[str]], change: Callable[[Path], object], expected: set[str]
) -> None:
    change(project.root)
    assert made_again() == expected
    assert contents(project) == fresh(project)


def test_an_overlay_makes_anew_what_it_says(project: Project, made_again: Callable[..., set[str]]) -> None:
    """It names its environment, which every service's files say."""
    production = Project(project.root, "production")
    assert made_again(production) == EVERYTHING
    edit(project.root / "production.yaml", "9%", "8%")
    assert made_again(production) == {"", "till"}
    assert contents(production) == fresh(production)


def test_another_program_makes_everything_anew(
    project: Project, made_again: Callable[..., set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.stamp.program", lambda: "another")
    assert made_again() == EVERYTHING


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(versions=st.lists(specs(), min_size=2, max_size=3))
def test_whatever_was_rendered_before_the_build_is_that_of_the_spec(
    tmp_path: Path, versions: list[dict[str, dict[str, Any]]]
) -> None:
    project = Project(tmp_path)
    for version in versions:
        shutil.rmtree(tmp_path / "services", ignore_errors=True)
        (tmp_path / "services").mkdir()
        for path, spec in version.items():
            (tmp_path / path).write_bytes(to_yaml(spec))
        assert project.renewed() or project.write(project.load())
        assert contents(project) == fresh(project)
