"""The workflow that `specola init` writes, run without GitHub: its scripts, in bash, in a repository with a change."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.integration.working_copy import REPOSITORY, need_all
from tests.unit.test_init import github  # noqa: F401 - the fixture is asked for by its name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.unit.test_init import GitHub

pytestmark = [pytest.mark.tools, pytest.mark.slow]
need_all("promtool", "amtool", "blackbox_exporter")

NOTHING = "#!/bin/sh\nexit 0\n"
SPECOLA = f'#!/bin/sh\n[ "$1" = setup ] && exit 0\nexec {sys.executable} {REPOSITORY}/specola.py "$@"\n'
NOTED = '#!/bin/sh\necho "$@" >> "$NOTES"\n[ "$1" != "$FAILS" ]\n'


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words),
        cwd=root,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A team's repository: what `init` wrote is on the main branch, a looser threshold in the work tree."""
    root = tmp_path / "monitoring"
    root.mkdir()
    subprocess.run((sys.executable, REPOSITORY / "specola.py", "init", "--root", root), check=True, capture_output=True)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "The first")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    (root / ".tools").symlink_to(REPOSITORY / ".tools")
    path = root / "services/example.yaml"
    path.write_text(path.read_text().replace("above: 5%", "above: 8%"))
    git(root, "commit", "-qam", "A looser threshold")
    return root


def job(root: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / ".github/workflows/monitoring.yml").read_text())["jobs"][name]
    return found


def runs(steps: Iterable[Mapping[str, Any]], root: Path, bin_: Path, **environment: str) -> dict[str, int]:
    """Every step with a script, as a runner of GitHub does it: after a failure only those whose condition says so."""
    codes: dict[str, int] = {}
    for step in steps:
        condition = step.get("if", "success()")
        if "run" not in step or (any(codes.values()) and "always()" not in condition and "failure()" not in condition):
            continue
        given = {key: environment.get(key, "given") for key in step.get("env", {})}
        env = {**os.environ, **environment, **given, "PATH": f"{bin_}:{os.environ['PATH']}"}
        done = subprocess.run(
            ("bash", "-e", "-c", step["run"]), cwd=root, env=env, capture_output=True, text=True, check=False
        )
        codes[step["name"]] = done.returncode
        assert "Traceback" not in done.stderr
    return codes


def test_a_pull_request_is_checked_proven_rendered_and_commented(root: Path, github: GitHub, tmp_path: Path) -> None:  # noqa: F811
    bin_ = tmp_path / "bin"
    program(bin_, "specola", SPECOLA)
    program(bin_, "sudo", NOTHING)
    program(bin_, "python", NOTHING)
    codes = runs(job(root, "spec")["steps"], root, bin_, BASE="main", GITHUB_TOKEN="t0ken", SPECOLA="specola")
    assert set(codes.values()) == {0}, codes
    (comment,) = github.comments
    assert "fires above 8% instead of above 5%" in comment["body"]
    kept = next(
        step["with"]["path"] for step in job(root, "spec")["steps"] if "upload-artifact" in step.get("uses", "")
    )
    assert all((root / path).exists() for path in kept.split())
    assert (root / "build/dashboards/team/example-overview.json").is_file()
    assert (root / "build/rules/example.yml").is_file()


@pytest.mark.parametrize(("fails", "done"), [
    ("", ["up", "smoke", "pictures", "down"]),
    ("smoke", ["up", "smoke", "pictures", "down"]),
    ("up", ["up", "pictures", "down"]),
])  # fmt: skip
def test_pictures_are_tried_and_the_stack_is_ended_whatever_happens(
    root: Path, tmp_path: Path, fails: str, done: list[str]
) -> None:
    bin_, notes = tmp_path / "bin", tmp_path / "notes"
    program(bin_, "specola", NOTED)
    program(bin_, "python", NOTHING)
    runs(job(root, "pictures")["steps"], root, bin_, NOTES=str(notes), FAILS=fails, SPECOLA="specola")
    assert [line.split()[0] for line in notes.read_text().splitlines()] == done
    assert job(root, "pictures")["continue-on-error"] is True
