"""`specola diff` as people and workflows run it: what is compared, how it answers, how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.diff.case import BASE

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, str(ROOT / "specola.py"), "diff")
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
}  # fmt: skip
RAISED = "  ~ alert jobs/QueueLong: fires above 200 instead of above 100: later and less often  ! looser threshold\n"


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **GIT, **environment}
    return subprocess.run(
        [*COMMAND, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def git(folder: Path, *words: str) -> str:
    env = {"PATH": os.environ["PATH"], **GIT}
    return subprocess.run(
        ["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository whose project is a folder of it, with one commit on main and a branch of it checked out."""
    repository = tmp_path / "repository"
    project = Path(shutil.copytree(BASE, repository / "monitoring"))
    git(repository, "init", "-q", "-b", "main")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "The spec")
    git(repository, "checkout", "-q", "-b", "work")
    return project


def state(project: Path) -> tuple[str, str, dict[str, bytes]]:
    files = {str(path): path.read_bytes() for path in sorted(project.rglob("*")) if path.is_file()}
    return git(project, "status", "--porcelain"), git(project, "log", "--all", "--format=%H %D"), files


def test_without_words_the_work_tree_stands_beside_where_it_left_the_main_branch(project: Path) -> None:
    replace(project / "services" / "jobs.yaml", "above: 100", "above: 150")
    git(project, "commit", "-q", "-a", "-m", "A step")
    replace(project / "services" / "jobs.yaml", "above: 150", "above: 200")
    before = state(project)
    done = run(project)
    commit = git(project, "rev-parse", "--short=9", "main")
    assert (done.returncode, done.stderr) == (0, "")
    first = f"{commit} (where this work left main) → the work tree (development, production)"
    assert done.stdout.splitlines()[0] == first
    assert RAISED in done.stdout
    assert state(project) == before


def test_revisions_and_folders_can_stand_on_either_side(project: Path, tmp_path: Path) -> None:
    replace(project / "services" / "jobs.yaml", "above: 100", "above: 200")
    git(project, "commit", "-q", "-a", "-m", "A step")
    assert RAISED in run(project, "main", "work").stdout
    assert RAISED in run(project, "HEAD~1", "HEAD").stdout
    copied = shutil.copytree(BASE, tmp_path / "copied")
    assert RAISED in run(project, str(copied), "work").stdout
    assert RAISED in run(tmp_path, "copied", str(project)).stdout
    assert run(project, "work", "work").stdout == "work → work\nno difference in meaning\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nosuch"], "specola: 'nosuch' is neither a git revision here nor a folder with a stack.yaml"),
        (["--output=x"], "error: unrecognized arguments: --output=x"),
        (["--", "--output=x"], "specola: '--output=x' is neither a git revision here nor a folder with a stack.yaml"),
        (["main", "--days", "0"], "specola: --days must be at least 1"),
        (["main", "--prometheus", "localhost:9090"], "specola: not a URL: localhost:9090"),
        (["main", "--format", "html"], "invalid choice: 'html'"),
    ],
)
def test_wrong_usage_ends_with_2(project: Path, words: list[str], message: str) -> None:
    done = run(project, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (project / "x").exists()


def test_outside_of_a_repository_both_sides_must_be_folders(tmp_path: Path) -> None:
    folder = shutil.copytree(BASE, tmp_path / "alone")
    done = run(folder, GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert done.returncode == 2
    assert "there is no main branch to compare with" in done.stderr


def test_a_difference_is_no_failure_unless_risks_are(project: Path) -> None:
    assert run(project, "--fail-on", "risk").returncode == 0
    replace(project / "services" / "jobs.yaml", "above: 100", "above: 50")
    assert run(project, "--fail-on", "risk").returncode == 0
    replace(project / "services" / "jobs.yaml", "above: 50", "above: 200")
    assert (run(project).returncode, run(project, "--fail-on", "risk").returncode) == (0, 1)


def test_one_environment_can_be_chosen_and_values_set_on_both_sides(project: Path) -> None:
    replace(project / "services" / "shop.yaml", "above: 5%", "above: 7%")
    assert "no difference in meaning" not in run(project).stdout
    production = run(project, "--environment", "production")
    assert "fires above" not in production.stdout
    assert "fires above" in run(project, "-e", "development", "--set", "network.offset=10").stdout


def test_problems_of_a_side_are_told_and_the_rest_is_compared_all_the_same(project: Path) -> None:
    replace(project / "services" / "shop.yaml", "indicator: latency, above", "indicator: latensy, above")
    git(project, "commit", "-q", "-a", "-m", "A mistake")
    git(project, "branch", "-f", "main")
    replace(project / "services" / "shop.yaml", "latensy", "latency")
    replace(project / "services" / "jobs.yaml", "above: 100", "above: 200")
    done = run(project)
    assert done.returncode == 1
    problem = "services/shop.yaml:28:36: alerts[1].indicator: unknown indicator 'latensy' (did you mean latency?)"
    assert done.stdout.splitlines()[1:3] == [f"BASE: {problem}", "note: services/shop.yaml is not compared"]
    assert RAISED in done.stdout
    assert "alert shop/" not in done.stdout


def test_problems_of_both_sides_in_the_same_file_leave_it_out(project: Path) -> None:
    replace(project / "services" / "jobs.yaml", "owner: platform", "owner: nobody")
    git(project, "commit", "-q", "-a", "-m", "A mistake")
    git(project, "branch", "-f", "main")
    replace(project / "services" / "jobs.yaml", "severity: medium", "severity: middle")
    replace(project / "services" / "shop.yaml", "above: 1s", "above: 2s")
    done = run(project)
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in done.stdout.splitlines()[1:]][:3] == ["BASE", "HEAD", "HEAD"]
    assert "note: services/jobs.yaml is not compared" in done.stdout


def test_problems_of_the_stack_itself_leave_nothing_to_compare(project: Path) -> None:
    replace(project / "stack.yaml", "wait: 30s", "wait: soon")
    done = run(project)
    assert done.returncode == 1
    assert "HEAD: stack.yaml:" in done.stdout
    assert "note: nothing can be compared in production before these problems are mended" in done.stdout
    assert "no difference" not in done.stdout


def test_programs_get_json(project: Path) -> None:
    replace(project / "services" / "jobs.yaml", "above: 100", "above: 200")
    answer = json.loads(run(project, "--format", "json").stdout)
    assert (answer["version"], answer["risks"], answer["environments"]) == (1, 1, ["development", "production"])
    assert answer["changes"]["paged"] == [
        {
            "sign": "~",
            "subject": "alert jobs/QueueLong",
            "text": "fires above 200 instead of above 100: later and less often",
            "risk": "looser threshold",
            "environments": [],
        }
    ]


def test_output_into_a_file_has_no_colour(project: Path) -> None:
    replace(project / "services" / "jobs.yaml", "above: 100", "above: 200")
    assert "\033" not in run(project).stdout


def test_a_service_that_the_same_text_left_out_is_looked_at_when_what_it_reads_is_gone(project: Path) -> None:
    """`jobs` reads a metric of `shop` in free PromQL; only `shop` differs."""
    jobs = project / "services" / "jobs.yaml"
    replace(
        jobs,
        "max by ($by) (jobs_waiting{$scope}) -",
        "max by ($by) (shop_shelf_items) + max by ($by) (jobs_waiting{$scope}) -",
    )
    replace(jobs, "title: Growth of the queue", "title: Growth of the queue\n    metrics: [shop_shelf_items]")
    git(project, "commit", "-q", "-a", "-m", "Another's metric")
    git(project, "branch", "-f", "main")
    shop = project / "services" / "shop.yaml"
    for gone in ("  shop_shelf_items:", "  shelf:", "  - {name: ShelfEmpty", "          - {metric: shop_shelf_items"):
        shop.write_text(
            "".join(line for line in shop.read_text().splitlines(keepends=True) if not line.startswith(gone))
        )
    done = run(project, "-e", "development")
    assert done.returncode == 0, done.stdout
    assert "metric shop_shelf_items: is gone; still read by alert jobs/QueueGrows" in done.stdout
