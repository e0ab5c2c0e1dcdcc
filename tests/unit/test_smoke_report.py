"""How smoke runs its checks to a deadline, and its three reports."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from compose.clients import UnreachableError
from compose.smoke import run as smoke
from compose.smoke.check import Check, Finding, World
from compose.smoke.run import CHECKS, Verdict, as_json, as_junit, text
from tests.unit.played import played
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

FINE = Verdict(
    Check("targets", "every target is up", lambda _: Finding(""), "targets"),
    Finding("2 of 2 targets up", counts={"up": 2, "total": 2}),
    1.25,
)
LOST = Verdict(
    Check("panels", "every panel has data", lambda _: Finding(""), "panels"),
    Finding("1 of 3 panels", ('home: <CPU & "disk">: no data', "home: Memory: no data"), {"with_data": 1, "total": 3}),
    30.0,
)
LEFT = Verdict(
    Check("log-line", "a line is found", lambda _: Finding("")), Finding("", skipped="Loki does not run here"), 0
)
ALL = (FINE, LOST, LEFT)


def world(seconds: float) -> World:
    stack = small_stack()
    return World(stack, Path("unused"), played(stack), deadline=time.monotonic() + seconds)


def looking(*findings: Finding) -> Callable[[World], Finding]:
    waiting = list(findings)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def test_a_check_is_asked_again_until_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "PAUSE", 0.001)
    check = Check("one", "", looking(Finding("no", ("problem",)), Finding("no", ("problem",)), Finding("yes")))
    (verdict,) = smoke.run(world(5), (check,))
    assert verdict.ok
    assert verdict.finding.detail == "yes"


def test_a_check_that_never_holds_ends_with_the_deadline_and_the_others_are_still_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smoke, "PAUSE", 0.01)
    checks = (Check("one", "", looking(Finding("", ("problem",)))), Check("two", "", looking(Finding("yes"))))
    began = time.monotonic()
    assert [verdict.ok for verdict in smoke.run(world(0.1), checks)] == [False, True]
    assert 0.1 <= time.monotonic() - began < 2


def test_a_component_that_does_not_answer_is_a_problem_and_not_the_end() -> None:
    def look(_: World) -> Finding:
        raise UnreachableError("prometheus does not answer")

    (verdict,) = smoke.run(world(0), (Check("one", "", look),))
    assert verdict.finding.problems == ("prometheus does not answer",)


def test_checks_have_names_of_their_own_and_the_promised_sections() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert {check.section for check in CHECKS} >= {"components", "targets", "panels", "probes", "rules"}


def test_text() -> None:
    assert [line for verdict in ALL for line in text(verdict)] == [
        "ok    every target is up                               2 of 2 targets up (1.2 s)",
        "FAIL  every panel has data                             1 of 3 panels (30.0 s)",
        '      - home: <CPU & "disk">: no data',
        "      - home: Memory: no data",
        "SKIP  a line is found                                  Loki does not run here (0.0 s)",
    ]


def test_text_shows_twenty_problems_at_most() -> None:
    many = Verdict(LOST.check, Finding("", tuple(f"problem {n}" for n in range(25))), 0)
    lines = list(text(many))
    assert lines[20] == "      - problem 19"
    assert lines[21:] == ["      … and 5 more"]


def test_json() -> None:
    assert json.loads(as_json(ALL)) == {
        "ok": False,
        "checks": [
            {"name": "targets", "ok": True, "skipped": "", "detail": "2 of 2 targets up", "problems": [], "seconds": 1.25},
            {"name": "panels", "ok": False, "skipped": "", "detail": "1 of 3 panels",
             "problems": ['home: <CPU & "disk">: no data', "home: Memory: no data"], "seconds": 30.0},
            {"name": "log-line", "ok": True, "skipped": "Loki does not run here", "detail": "", "problems": [], "seconds": 0},
        ],
        "targets": {"up": 2, "total": 2},
        "panels": {"with_data": 1, "total": 3},
    }  # fmt: skip


def test_junit() -> None:
    suite = ElementTree.fromstring(as_junit(ALL))  # noqa: S314 - our own text
    assert suite.attrib == {"name": "specola smoke", "tests": "3", "failures": "1", "skipped": "1"}
    fine, lost, left = suite
    assert (fine.attrib, list(fine)) == ({"name": "targets", "time": "1.25"}, [])
    failure = lost.find("failure")
    assert failure is not None
    assert failure.get("message") == 'home: <CPU & "disk">: no data'
    assert failure.text == 'home: <CPU & "disk">: no data\nhome: Memory: no data'
    skipped = left.find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "Loki does not run here"


def test_junit_survives_what_xml_cannot_hold() -> None:
    """Error texts of other programs may hold control characters."""
    odd = Verdict(LOST.check, Finding("", ("colour \x1b[31mred\x00",)), 0)
    suite = ElementTree.fromstring(as_junit((odd,)))  # noqa: S314
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text == "colour �[31mred�"
