"""A small spec, rendered and laid out for the checks, with tools that are played by scripts."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.glance import STAMP
from generator.render import render
from generator.stamp import current, look
from generator.validate.checks import verdict
from generator.validate.layout import lay_out
from generator.validate.work import Check
from generator.write import files
from spec.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands.project import Project
    from generator.validate.work import Work

BASE = Path(__file__).parents[1] / "rejections" / "base"
PROMETHEUS = "native/prometheus/prometheus.yml"
ALERTMANAGER = "native/alertmanager/alertmanager.yml"
BLACKBOX = "native/blackbox/blackbox.yml"


def project_in(folder: Path) -> Path:
    """A copy of the small spec that the rejections start from."""
    return Path(shutil.copytree(BASE, folder / "project"))


def laid_out(project: Path, folder: Path) -> Work:
    loaded = load(project / "stack.yaml")
    return lay_out(loaded.stack, loaded.tree, project, folder, render(loaded.stack), {}, {})


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def with_tool(work: Work, name: str, code: int = 0, out: str = "", err: str = "") -> Work:
    """The work with a program that says this, whatever it is asked."""
    script = work.folder / f"fake-{name}.py"
    script.write_text(f"import sys\nsys.stdout.write({out!r})\nsys.stderr.write({err!r})\nsys.exit({code})\n")
    return replace(work, tools={**work.tools, name: (sys.executable, "-S", str(script))})


def with_artefact(work: Work, path: str, old: str, new: str) -> Work:
    """The work with a mistake in a rendered file."""
    text = work.text(path)
    assert old in text
    (work.folder / "build" / path).write_text(text.replace(old, new, 1))
    return replace(work, artefacts={**work.artefacts, path: text.replace(old, new, 1).encode()})


def said(work: Work, look: Callable[[Work], object]) -> list[str]:
    found = verdict(work, Check("check", "", look))  # type: ignore[arg-type]  # every look gives problems
    assert found.ran, found.skipped
    return sorted(problem.text() for problem in found.problems)


def line_of(work: Work, path: str, text: str) -> int:
    return next(number for number, line in enumerate(work.text(path).splitlines(), 1) if text in line)


def unchanged(project: Project) -> int | None:
    """How many files there are, when a closer look finds that rendering again would change nothing."""
    found = look(project.build, project.asked)
    return None if found is None else current(project.build, found)


def contents(project: Project) -> dict[str, bytes]:
    """What was rendered, as it lies there."""
    return {path.relative_to(project.build).as_posix(): path.read_bytes() for path in files(project.build)}


def fresh(project: Project) -> dict[str, bytes]:
    """What a render of the whole spec gives."""
    return {artefact.path: artefact.content for artefact in render(project.load().stack)}


SEEN_BY_ANY_LOOK: tuple[tuple[str, Callable[[Path], object]], ...] = (
    ("a service is edited", lambda root: edit(root / "services/shop.yaml", "above: 5%", "above: 6%")),
    ("a service is added", lambda root: (root / "services/new.yaml").write_text("service: new\n")),
    ("an artefact is edited", lambda root: (root / "build/rules/shop.yml").write_text("x")),
    ("an artefact is removed", lambda root: (root / "build/rules/shop.yml").unlink()),
    ("the list of artefacts is removed", lambda root: (root / "build/.specola.json").unlink()),
    ("the stamp is removed", lambda root: (root / "build" / STAMP).unlink()),
    ("the stamp is empty", lambda root: (root / "build" / STAMP).write_bytes(b"")),
    ("the build is removed", lambda root: shutil.rmtree(root / "build")),
)  # fmt: skip
"""Changes of a rendered project after which nobody may say that there is nothing to do."""
