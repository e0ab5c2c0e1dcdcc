"""When reports are sent: the units of systemd that are made of the spec, and what the command says of reports."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import specola
from compose.report.timers import calendar, units
from spec.reports import ScheduledReport
from tests.unit.played import played
from tests.unit.played_history import History

BASE = Path(__file__).parents[1] / "rejections" / "base"
REPORTS = """
reports:
  - {name: weekly, services: [shop], to: [chat]}
"""


def scheduled(**given: object) -> ScheduledReport:
    return ScheduledReport.model_validate({"name": "weekly", "to": ["chat"], **given})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "Mon *-*-* 07:00:00 UTC"),
        ({"days": [], "at": "23:30", "location": "Europe/Rome"}, "*-*-* 23:30:00 Europe/Rome"),
        ({"days": ["monday", "friday"]}, "Mon,Fri *-*-* 07:00:00 UTC"),
    ],
)
def test_days_and_times(given: dict[str, object], expected: str) -> None:
    assert calendar(scheduled(**given)) == expected


def test_a_service_and_a_timer_for_each_report() -> None:
    made = dict(units([scheduled()], "/srv/50% off", ("/opt/specola",), ("--set", 'stack="a $b"')))
    assert made == {
        "specola-report-weekly.service": (
            "# Made by `specola report --timers` from stack.yaml.\n"
            "[Unit]\n"
            "Description=Specola sends the report weekly\n"
            "After=network-online.target\n"
            "\n"
            "[Service]\n"
            "Type=oneshot\n"
            "WorkingDirectory=/srv/50%% off\n"
            'ExecStart=/opt/specola report --send weekly --set "stack=\\"a $$b\\""\n'
        ),
        "specola-report-weekly.timer": (
            "# Made by `specola report --timers` from stack.yaml.\n"
            "[Unit]\n"
            "Description=When Specola sends the report weekly\n"
            "\n"
            "[Timer]\n"
            "OnCalendar=Mon *-*-* 07:00:00 UTC\n"
            "Persistent=true\n"
            "\n"
            "[Install]\n"
            "WantedBy=timers.target\n"
        ),
    }


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_them(tmp_path: Path) -> None:
    reports = [scheduled(name=day, days=[day], location="Asia/Tokyo") for day in ("monday", "sunday")]
    for name, content in units(reports, str(tmp_path), (sys.executable, "-m", "specola"), ("--set", "a=b c")):
        (tmp_path / name).write_text(content)
    words = ["systemd-analyze", "--man=no", "verify", *map(str, tmp_path.glob("*.timer"))]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "specola" in line] == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a report, whose Prometheus has measured nothing."""
    monkeypatch.setattr("compose.clients.Clients", lambda stack, root: played(stack, prometheus=History({}).answers))
    copy = Path(shutil.copytree(BASE, tmp_path / "project"))
    (copy / "stack.yaml").write_text((copy / "stack.yaml").read_text() + REPORTS)
    return copy


def run(project: Path, *words: str) -> int:
    return specola.main(["report", "--root", str(project), *words])


def test_timers_are_written(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "systemd/user"
    assert run(project, "--timers", str(folder), "--set", "network.offset=10") == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"wrote {folder}/specola-report-weekly.service",
        f"wrote {folder}/specola-report-weekly.timer",
    ]
    command = f"{sys.executable} -m specola report --send weekly --set network.offset=10\n"
    assert (folder / "specola-report-weekly.service").read_text().endswith(f"ExecStart={command}")


def test_a_report_is_made_and_sent(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = []
    monkeypatch.setattr("compose.report.send.Delivery._send", lambda delivery, name: sent.append((delivery, name)))
    assert run(project, "--send", "weekly") == 0
    assert capsys.readouterr().out == "sent weekly to chat\n"
    ((delivery, name),) = sent
    assert (delivery.heading, name) == ("Weekly", "chat")
    assert [one.name for one in delivery.report.services] == ["shop"]
    assert delivery.report.end - delivery.report.start == 7 * 86_400


def test_a_report_waits_for_a_stack_that_is_about_to_start(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: list[dict[str, Any]] = [{"down": True}, {"down": True}, History({}).answers]
    monkeypatch.setattr("compose.clients.Clients", lambda stack, root: played(stack, prometheus=answers.pop(0)))
    monkeypatch.setattr("compose.report.send.Delivery._send", lambda *_: None)
    monkeypatch.setattr("commands.report.ASK_EVERY", 0.0)
    assert run(project, "--send", "weekly") == 0
    said = capsys.readouterr()
    assert said.out == "sent weekly to chat\n"
    assert said.err == (
        "specola: prometheus does not answer at http://prometheus: ConnectionError, so there is nothing to report; "
        "waiting for it\n"
    )


def test_a_report_does_not_wait_for_ever(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("compose.clients.Clients", lambda stack, root: played(stack))
    monkeypatch.setattr("commands.report.PATIENCE", 0.0)
    assert run(project, "--send", "weekly") == 1
    assert capsys.readouterr().err.startswith("specola: prometheus does not answer at http://prometheus")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--send", "weakly"], 1, "specola: no report is called 'weakly'\n  did you mean weekly?\n"),
        (
            ["shop", "--send", "weekly", "--since", "1d"],
            2,
            "specola: --send goes without SERVICE, --since\n"
            "  the spec says what a report of it is about, and to whom it goes\n",
        ),
        (
            ["--timers", "/dev/null/timers"],
            1,
            "specola: cannot write /dev/null/timers/specola-report-weekly.service: Not a directory\n"
            "  name a place that is there, may be written to, and has room\n",
        ),
    ],
)
def test_what_cannot_be_done(
    project: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, *words) == code
    assert capsys.readouterr().err == said
