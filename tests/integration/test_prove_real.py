"""`specola test` with the real promtool and amtool: what is proven, and what damage it tells."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

import specola
from commands import line
from compose import tools
from compose.proof.logs import log_rules, prove_logs
from tests.golden.small import small
from tests.integration.working_copy import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

SPEC = REPOSITORY / "tests" / "golden" / "spec"
pytestmark = pytest.mark.tools


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the small stack's spec, with the programs of the repository."""
    for name in ("promtool", "amtool"):
        try:
            tools.locate(name, REPOSITORY)
        except tools.Missing as missing:
            pytest.skip(f"{missing.message}: {missing.hint}")
    copy = tmp_path / "project"
    shutil.copytree(SPEC, copy)
    if (REPOSITORY / tools.FOLDER).is_dir():
        (copy / tools.FOLDER).symlink_to(REPOSITORY / tools.FOLDER)
    return copy


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_everything_of_the_small_stack_is_proven(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit, page = project / "junit.xml", project / "alerts.md"
    words = ["test", "--root", str(project), "--format", "json", "--junit", str(junit), "--report", str(page)]
    assert specola.main(words) == line.FINE
    results = json.loads(capsys.readouterr().out)
    assert results["failures"] == []
    for kind in ("alerts", "routes", "inhibitions", "mute_intervals"):
        assert results[kind]["proven"] == results[kind]["total"] > 0
    assert results["log_alerts"]["total"] == 3
    assert results["log_alerts"]["proven"] == (0 if "unproven" in results["log_alerts"] else 3)
    suites = {suite.get("name"): suite for suite in ElementTree.fromstring(junit.read_text())}  # noqa: S314 - our own file
    assert suites["alerts"].get("tests") == str(results["alerts"]["total"])
    assert {suite.get("failures") for suite in suites.values()} == {"0"}
    assert "| QueueLong | low | Queue above 100 | 10m |  | mail | 1d |  |" in page.read_text()


def test_without_loki_log_alerts_are_not_called_proven(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    if not (project / tools.FOLDER).is_dir():
        pytest.skip("promtool is on PATH only: `make setup` brings it to .tools")
    words = ["test", "--root", str(project), "--service", "shop", "--alert", "LogsSilent"]
    assert specola.main(words) == line.FINE
    assert "log alerts           1 are NOT proven here: loki is not installed; " in capsys.readouterr().out


DAMAGES = (
    (" > ", " >= ", "at the threshold: fires: "),
    ("[5m]", "[10m]", "at the threshold: fires: "),
    ("sum by (service)", "max by (service)", "above the threshold: 0 alerts instead of one"),
    (',category="security"', "", "at the threshold: fires: "),
    (" |= ", " != ", "at the threshold: fires: "),
    ("sum by (service) (", "sum by (host) (", "above the threshold: "),
)


def test_loki_tells_a_damaged_rule() -> None:
    try:
        loki = tools.locate("loki", REPOSITORY)
    except tools.Missing as missing:
        pytest.skip(f"{missing.message}: {missing.hint}")
    stack = small()
    (rule,) = (one for one in log_rules(stack) if one.alert == "LoginsRefused")
    damaged = [replace(rule, expr=rule.expr.replace(old, new)) for old, new, _ in DAMAGES]
    assert rule.expr not in {one.expr for one in damaged}
    verdicts = prove_logs(stack, damaged, [str(loki.path)])
    for verdict, (old, new, said) in zip(verdicts, DAMAGES, strict=True):
        assert verdict.complaint.startswith(said), (old, new, verdict.complaint)


@pytest.mark.slow
def test_scenes_notice_damage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rules on log lines are damaged where there is a Loki to say what becomes of them."""
    words = ["test", "--root", str(project), "--alert", "LoginsRefused", "--mutate", "--format", "json"]
    assert specola.main(words) == line.FINE
    found = json.loads(capsys.readouterr().out)["log_mutants"]
    if "unproven" in found:
        assert found == {"total": 20, "killed": 0, "unproven": found["unproven"]}
        pytest.skip(found["unproven"])
    assert (found["killed"], found["survived"]) == (19, [])
    assert [one["count"] for one in found["equivalent"]] == [1]


@pytest.mark.slow
def test_tests_notice_damage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["test", "--root", str(project), "--service", "jobs", "--mutate", "--format", "json"]
    assert specola.main(words) == line.FINE
    mutants = json.loads(capsys.readouterr().out)["mutants"]
    assert mutants["killed"] + len(mutants["survived"]) == mutants["total"] > 100
    assert mutants["score"] > 95
    (survivor,) = mutants["survived"]
    assert survivor["message"] == 'no test of JobsBehind notices: in JobsBehind, matcher outcome="done" dropped'


def test_braces_in_a_summary_are_no_template(project: Path) -> None:
    """promtool is asked for exactly these words."""
    edit(project / "services/jobs.yaml", "summary: Many jobs wait", "summary: 'as {{ .Value }} says'")
    assert specola.main(["test", "--root", str(project), "--alert", "QueueLong"]) == line.FINE


def test_an_alert_that_can_never_fire_is_told_at_its_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(project / "services/jobs.yaml", "values: 9000x30", "values: 2x30")
    assert specola.main(["test", "--root", str(project), "--alert", "JobsBehind"]) == line.PROBLEMS
    said = capsys.readouterr().out
    assert "services/jobs.yaml:28:5: alerts[2]: JobsBehind is not proven: with its samples the expression is" in said
    assert "alerts               0 of     1 proven" in said


def test_a_lost_receiver_is_told_at_the_promise(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(
        project / "stack.yaml",
        "severity: [critical]}, to: [pager, sms], wait",
        "severity: [high]}, to: [pager, sms], wait",
    )
    assert specola.main(["test", "--root", str(project), "--format", "json"]) == line.PROBLEMS
    failures = json.loads(capsys.readouterr().out)["failures"]
    assert failures
    assert {failure["path"] for failure in failures} == {"notification.must_reach[0]"}
    assert all("does not reach pager, sms, as pages-wake promises" in failure["message"] for failure in failures)


def test_a_page_that_is_not_up_to_date_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without proving anything: it is asked on every change."""
    page = project / "alerts.md"
    words = ["test", "--root", str(project), "--report", str(page), "--check"]
    for content in ("", "something else"):
        if content:
            page.write_text(content)
        assert specola.main(words) == line.PROBLEMS
        said = f"{page}: is not up to date; run `specola test --report {page}`\n"
        assert capsys.readouterr().out == said
    assert specola.main(["test", "--root", str(project), "--alert", "QueueLong", "--report", str(page)]) == line.FINE
    capsys.readouterr()
    assert specola.main(words) == line.FINE
    assert capsys.readouterr().out == ""


def test_check_needs_a_page(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert specola.main(["test", "--root", str(project), "--check"]) == line.PROBLEMS
    assert "--check needs the page to check" in capsys.readouterr().err


def test_a_name_that_is_not_there_is_no_success(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert specola.main(["test", "--root", str(project), "--alert", "QueueLnog"]) == line.PROBLEMS
    assert "there is no alert QueueLnog\n  perhaps QueueLong?" in capsys.readouterr().err
