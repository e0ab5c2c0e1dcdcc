"""What is reported of a drill."""

from __future__ import annotations

import json
from dataclasses import replace

from compose.drill.case import Untried
from compose.drill.report import as_json, figures_of, lines
from compose.drill.trial import Result
from tests.unit.drilled import case

GOOD = Result(case("a/One", floor=5.0), 6.0, 7.25, 3.0)
EARLY = Result(case("a/Early", floor=5.0), 2.0, 3.0, 1.0)
LOST = Result(case("b/Lost", "chat", "pager", floor=5.0), 6.0, None, None, ("pager",))
RESTLESS = Result(case("b/Restless", floor=5.0), begun=False)
SILENT = Result(case("b/Silent", floor=5.0))
UNTRIED = (Untried("m/One", "not simulated"), Untried("m/Two", "not simulated"), Untried("m/Odd", "needs history"))


def test_the_report_for_people() -> None:
    heading, *rows, space, total, simulated, history, clean = lines((GOOD, LOST, SILENT, RESTLESS), UNTRIED)
    assert heading.split() == ["ALERT", "FIRED", "TOLD", "FLOOR", "OVER", "RESOLVED"]
    assert [row.split() for row in rows] == [
        ["a/One", "6.0", "7.2", "5.0", "2.2", "3.0"],
        ["b/Lost", "6.0", "-", "5.0", "-", "-", "never", "reached", "pager"],
        ["b/Restless", "-", "-", "5.0", "-", "-", "fired", "all", "the", "while,", "without", "its", "fault"],
        ["b/Silent", "-", "-", "5.0", "-", "-"],
    ]
    assert (space, simulated, history) == ("", "2 not drilled: not simulated", "1 not drilled: needs history")
    assert clean == "left behind: no fault, no alert"
    assert total == "4 drilled, 1 delivered, 1 resolved; 95 % were told within 2.2 s of the soonest possible"


def test_the_report_of_a_drill_in_which_nothing_came() -> None:
    *_, total, left = lines((SILENT,), (), ("a/One", "b/Two"))
    assert total == "1 drilled, 0 delivered, 0 resolved"
    assert left == "still firing, and was not before: a/One, b/Two"


def test_the_report_for_machines() -> None:
    report = json.loads(as_json((GOOD, LOST), UNTRIED[:1]))
    assert report == {
        "drilled": 2, "delivered": 1, "resolved": 1, "excess_p95_seconds": 2.2,
        "detection_seconds": {"a/One": 7.25, "b/Lost": None},
        "floor_seconds": {"a/One": 5.0, "b/Lost": 5.0},
        "not_delivered": ["b/Lost"], "not_resolved": ["b/Lost"], "not_drilled": {"m/One": "not simulated"}, "left_firing": [],
    }  # fmt: skip


def test_the_excess_is_never_negative_and_its_percentile_never_beyond_the_worst() -> None:
    assert EARLY.excess == 0
    many = [replace(GOOD, delivered=5.0 + n) for n in range(3)]
    assert figures_of(many)["excess_p95_seconds"] == 1.9
    assert figures_of(())["excess_p95_seconds"] is None
