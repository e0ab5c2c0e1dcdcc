"""`specola check`: what it says, what it leaves alone, and how programs are run."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import commands.check
from compose.fault import Trouble
from generator.validate import promtool
from generator.validate.checks import CHECKS, run, verdict
from generator.validate.program import Broken
from generator.validate.program import run as run_program
from generator.validate.work import Check, Skip
from spec.problem import SpecError
from tests.unit.checked import edit, laid_out, project_in

if TYPE_CHECKING:
    from pathlib import Path

    from generator.validate.work import Work


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_in(tmp_path)


@pytest.fixture
def work(project: Path, tmp_path: Path) -> Work:
    """The small spec, rendered and laid out, without any tool."""
    return laid_out(project, tmp_path / "checked")


def test_a_program_gets_no_secrets_from_our_environment_and_no_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "hidden")
    words = (sys.executable, "-c", "import os, sys; print(sorted(os.environ)); print(sys.argv[1])", "$HOME; `id`")
    spoken = run_program(words, tmp_path)
    assert "SMTP_PASSWORD" not in spoken.out
    assert "LC_ALL" in spoken.out
    assert spoken.out.endswith("$HOME; `id`\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((sys.executable, "-c", "import time; time.sleep(9)"), "did not end within 0.3 s"),
        ((sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"), "was ended by signal 9"),
        (("/nowhere/tool",), "cannot be started: No such file or directory"),
    ],
)
def test_a_program_without_a_verdict(tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(Broken, match=complaint):
        run_program(words, tmp_path, seconds=0.3)


def test_a_tool_that_cannot_be_started_is_a_problem_and_no_check_passed(work: Work) -> None:
    found = verdict(
        replace(work, tools={"promtool": ("/nowhere/promtool",)}), Check("promtool/rules", "promtool", promtool.rules)
    )
    assert found.ran
    assert [problem.message for problem in found.problems] == [
        "promtool/rules: /nowhere/promtool cannot be started: No such file or directory"
    ]


def test_every_check_of_a_tool_that_is_missing_says_so(work: Work) -> None:
    verdicts = run(replace(work, missing=dict.fromkeys(("promtool", "amtool", "loki"), "get it there")))
    skipped = {found.name: found.skipped for found in verdicts if not found.ran}
    assert {name for name, why in skipped.items() if why == "get it there"} == {
        check.name for check in CHECKS if check.tool in ("promtool", "amtool", "loki")
    }


def options(root: Path, **given: object) -> Namespace:
    return Namespace(
        **{
            "root": str(root),
            "environment": None,
            "set": None,
            "format": "text",
            "skip_tools": True,
            "explain": None,
            **given,
        }
    )


def test_check_says_what_it_did_not_look_at_and_touches_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    lines: list[str] = []
    assert commands.check.run(options(project), lines.append) == 0
    text = "\n".join(lines)
    assert "promtool/rules          SKIPPED  left out by --skip-tools" in text
    assert "rules/expressions       ok              0" in text
    assert text.endswith("SKIPPED")
    assert sorted(project.rglob("*")) == before


def test_check_as_json(project: Path) -> None:
    lines: list[str] = []
    commands.check.run(options(project, format="json"), lines.append)
    report = json.loads(lines[0])
    assert report["checks"][0] == {"name": "spec", "ran": True, "skipped_reason": "", "problems": 0}
    assert [check["name"] for check in report["checks"][1:]] == [check.name for check in CHECKS]
    assert report["problems"] == [
        {
            "file": "stack.yaml", "line": 8, "column": 9, "path": "secrets.chat", "level": "warning", "id": "secrets",
            "message": "the secret 'chat' is used, but its file secrets/chat is missing or empty",
            "hint": "`up` needs it in environment development",
        }
    ]  # fmt: skip


def test_check_of_a_wrong_spec_as_json(project: Path) -> None:
    edit(project / "services/shop.yaml", "owner: web", "owner: webb")
    lines: list[str] = []
    assert commands.check.run(options(project, format="json"), lines.append) == 1
    report = json.loads(lines[0])
    assert report["checks"] == [{"name": "spec", "ran": True, "skipped_reason": "", "problems": 1}]
    assert (report["problems"][0]["line"], report["problems"][0]["hint"]) == (3, "did you mean web?")


def test_check_fails_on_errors_and_not_on_warnings(project: Path) -> None:
    edit(project / "services/shop.yaml", "{value: shop_queue}", "{promql: '1'}")
    edit(project / "services/shop.yaml", "above: 100, ", "")
    assert commands.check.run(options(project), lambda _: None) == 1


def test_a_tool_that_is_not_here_is_named_with_how_to_get_it(work: Work) -> None:
    with pytest.raises(Skip, match="promtool is not installed"):
        work.ask("promtool", "check", "rules")


def test_no_room_for_the_files_to_be_checked_is_one_clear_message(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(Trouble, match="cannot lay out the files to be checked") as trouble:
        commands.check.run(options(project), lambda _: None)
    assert trouble.value.hint == "free some space for temporary files, or set TMPDIR to a folder that has it"


def test_a_wrong_spec_stops_before_any_check(project: Path) -> None:
    edit(project / "services/shop.yaml", "owner: web", "owner: webb")
    with pytest.raises(SpecError, match="unknown owner 'webb'"):
        commands.check.run(options(project), lambda _: None)


def test_check_as_json_has_the_forecast_of_series(project: Path) -> None:
    lines: list[str] = []
    commands.check.run(options(project, format="json"), lines.append)
    forecast = json.loads(lines[0])["cardinality"]
    assert forecast["budget"] == 200_000
    assert forecast["jobs"][0] == {"job": "shop", "service": "shop", "targets": 1, "series": 38, "limit": 106}
    assert forecast["metrics"][0] == {"metric": "shop_requests_total", "service": "shop", "series": 2}
    assert forecast["series"] == sum(job["series"] for job in forecast["jobs"])


@pytest.mark.parametrize(
    ("name", "code", "first"),
    [
        ("promql/raw-counter", 0, "promql/raw-counter: A counter is read through rate() or increase()."),
        ("promql/raw-counters", 2, "there is no check 'promql/raw-counters'; did you mean promql/raw-counter?"),
        ("", 0, "spec                         The spec can be read, and everything it names exists."),
    ],
)
def test_explain_needs_no_project(tmp_path: Path, name: str, code: int, first: str) -> None:
    lines: list[str] = []
    assert commands.check.run(options(tmp_path, explain=name), lines.append) == code
    assert lines[0].splitlines()[0] == first


def test_an_excuse_in_the_spec_is_heeded_and_counted(project: Path) -> None:
    edit(
        project / "services/shop.yaml",
        "queue: {value: shop_queue}",
        "queue: {rate: shop_queue}  # specola: allow promql/rate-of-gauge: it only grows",
    )
    lines: list[str] = []
    assert commands.check.run(options(project), lines.append) == 0
    assert "0 errors, 1 warning, 1 excused" in lines[0]
