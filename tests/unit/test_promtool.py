"""promtool's ways to be green without testing anything, each caught."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from compose.fault import Trouble
from compose.proof import promtool as promtool_tests
from compose.proof.promtool import Job, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

JOBS = [Job("one", {"groups": []}, {"tests": []}), Job("two", {"groups": []}, {"tests": []})]
SCRIPT = """#!/bin/sh
shift 2
for file; do
  case "$file" in
    seed.test.json) verdict={seed};;
    *) verdict={other};;
  esac
  {unless} printf 'Unit Testing:  %s\\n  %s\\n\\n' "$file" "$verdict"
done
"""


def promtool(folder: Path, seed: str = "'FAILED: as it must'", other: str = "SUCCESS", unless: str = "") -> list[str]:
    """A program that says what promtool would."""
    program = folder / "promtool"
    program.write_text(SCRIPT.format(seed=seed, other=other, unless=unless))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return [str(program)]


def test_success_is_an_empty_complaint(tmp_path: Path) -> None:
    assert run(promtool(tmp_path), JOBS) == {"one": "", "two": ""}


def test_a_failure_is_what_promtool_complained_of(tmp_path: Path) -> None:
    assert run(promtool(tmp_path, other="'FAILED: alertname: Down'"), JOBS)["two"] == "alertname: Down"


def test_silence_about_a_file_is_a_failure(tmp_path: Path) -> None:
    assert run(promtool(tmp_path, other="''"), JOBS)["one"] == "promtool said nothing of it"


def test_the_seed_must_fail(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="promtool passes a test that must fail"):
        run(promtool(tmp_path, seed="SUCCESS"), JOBS)


def test_every_file_must_have_been_run(tmp_path: Path) -> None:
    skips = '[ "$file" = 0.test.json ] ||'
    with pytest.raises(Trouble, match=r"promtool ran 1 of 2 test files; it said: "):
        run(promtool(tmp_path, unless=skips), JOBS)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"cannot run .*nowhere: No such file or directory"):
        run([str(tmp_path / "nowhere")], JOBS)


def test_nothing_to_do_needs_no_program() -> None:
    assert run(["/nowhere"], []) == {}


@pytest.mark.parametrize(("jobs", "expected"), [
    (1, [1]), (3, [2, 1]), (120, [60, 60]), (121, [31, 31, 31, 28]), (460, [58, 58, 58, 58, 58, 58, 58, 54]),
])  # fmt: skip
def test_processes_get_equal_shares(monkeypatch: pytest.MonkeyPatch, jobs: int, expected: list[int]) -> None:
    sizes = list[int]()

    def batch(_: Sequence[str], given: Sequence[Job]) -> list[tuple[str, str]]:
        sizes.append(len(given))
        return [(job.key, "") for job in given]

    monkeypatch.setattr(promtool_tests, "_batch", batch)
    run(["promtool"], [Job(str(number), {}, {}) for number in range(jobs)])
    assert sorted(sizes, reverse=True) == expected
