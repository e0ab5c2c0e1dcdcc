"""What `specola test` says of mutants: those promtool was asked of, and those a Loki was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from compose.proof.alerts import Proven
from compose.proof.log_mutants import log_mutants
from compose.proof.logs import log_rules
from compose.proof.report import Logs, Results, as_json, as_junit, text
from compose.proof.score import judged
from spec.problem import Mark, Problem
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from compose.proof.score import Mutation

MUTANTS = log_mutants(
    log_rules(small_stack({"alerts": [{"name": "Many", "above": "0", "severity": "high", "summary": "Many lines"}]}))
)
SURVIVOR = "services/shop.yaml:9:5: logs.alerts[0]: no test of Many notices: in Many, window 5m halved"


def scored(*survived: str) -> Mutation:
    """The score when the mutants that are named were not noticed."""
    alive = [one for one in MUTANTS if one.what in survived]
    mark = Mark("services/shop.yaml", 9, 5)
    return judged(MUTANTS, alive, lambda _, message: Problem(mark, "logs.alerts[0]", message))


def results(logs: Logs, mutation: Mutation | None = None) -> Results:
    return Results(Proven((), ()), (), (), logs, mutation, (), 1.0)


def log_mutants_of(found: Results) -> dict[str, Any] | None:
    data: dict[str, Any] | None = json.loads(as_json(found))["log_mutants"]
    return data


def test_what_changes_nothing_does_not_count_and_a_survivor_does() -> None:
    mutation = scored("> turned into >=", "label service dropped from by", "window 5m halved")
    assert (mutation.killed, mutation.total) == (len(MUTANTS) - 3, len(MUTANTS) - 2)
    assert [count for _, count in mutation.equivalent] == [1, 1]
    assert not mutation.enough
    assert [one.problem.text() for one in mutation.survived] == [SURVIVOR]


def test_the_score_of_log_mutants_stands_apart_and_decides_too() -> None:
    found = results(Logs(1, damaged=len(MUTANTS), mutation=scored("window 5m halved")), scored())
    assert not found.fine
    assert results(Logs(1, mutation=scored()), scored()).fine
    lines = list(text(found))
    assert lines[0] == SURVIVOR
    assert lines[-2] == "log mutants         14 of    15 noticed: 93.3 % (at least 95 %)"
    told = log_mutants_of(found)
    assert told is not None
    assert (told["total"], told["killed"], told["survived"][0]["line"]) == (15, 14, 9)


def test_without_loki_log_mutants_are_said_not_to_be_tried() -> None:
    found = results(Logs(1, unproven="loki is not installed", damaged=16), scored())
    assert found.fine
    assert list(text(found))[-2] == "log mutants         16 are NOT tried here: loki is not installed"
    assert log_mutants_of(found) == {"total": 16, "killed": 0, "unproven": "loki is not installed"}


@pytest.mark.parametrize("logs", [Logs(0), Logs(20)])
def test_where_nothing_was_damaged_nothing_is_said_of_it(logs: Logs) -> None:
    assert log_mutants_of(results(logs)) is None
    assert not [line for line in text(results(logs)) if "mutants" in line]


def test_ci_sees_a_score_for_each() -> None:
    found = results(Logs(1, mutation=scored("window 5m halved")), scored())
    suites = {one.get("name"): one.get("failures") for one in ElementTree.fromstring(as_junit(found))}  # noqa: S314 - our own
    assert suites == {"alerts": "0", "log alerts": "0", "mutation": "0", "log mutation": "1"}
