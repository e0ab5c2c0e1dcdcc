"""Drift: what is told of two dashboards, where in the spec an edit belongs, and how a value is replaced there."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

import specola
from adopt.bring_back import edits
from adopt.scalars import replaced
from compose.drift.compare import Drift, differences
from spec.load import load
from spec.problem import Mark

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOARD: dict[str, Any] = {
    "uid": "example-overview", "title": "Example", "version": 1, "tags": ["specola", "example"],
    "templating": {"list": [{"name": "route", "query": "label_values(route)"}]},
    "panels": [
        {"id": 1, "type": "row", "title": "More", "collapsed": True, "panels": [{"id": 3, "title": "Inside"}]},
        {"id": 2, "title": "Errors", "description": "", "gridPos": {"h": 4, "w": 4, "x": 0, "y": 0},
         "targets": [{"refId": "A", "expr": "errors"}],
         "fieldConfig": {"defaults": {"unit": "percentunit", "thresholds": {"steps": [{"value": None}, {"value": 0.05}]}}}},
    ],
}  # fmt: skip


def edited(change: Callable[[dict[str, Any]], object]) -> list[str]:
    board = deepcopy(BOARD)
    change(board)
    return [one.text() for one in differences(BOARD, board)]


@pytest.mark.parametrize(("change", "said"), [
    (lambda board: board.update(version=7, iteration=99, schemaVersion=38), []),
    (lambda board: board["panels"][1].update(pluginVersion="9.4", options={"new": 1}), []),
    (lambda board: board["panels"][1]["gridPos"].update(x=4, y=8), []),
    (lambda board: board["panels"][1].pop("description"), []),
    (lambda board: board.update(title="Mine"), ["title: 'Example' → 'Mine'"]),
    (lambda board: board["panels"][1].update(title="Mine"), ["Errors: title: 'Errors' → 'Mine'"]),
    (lambda board: board["panels"][1]["targets"][0].update(expr="x"), ["Errors: targets[A].expr: 'errors' → 'x'"]),
    (lambda board: board["panels"][1]["targets"].append({"refId": "B"}), ["Errors: targets[B]: nothing → {'refId': 'B'}"]),
    (lambda board: board["panels"][1]["fieldConfig"]["defaults"]["thresholds"]["steps"][1].update(value=0.1),
     ["Errors: fieldConfig.defaults.thresholds.steps[1].value: 0.05 → 0.1"]),
    (lambda board: board["panels"].pop(1), ["Errors: is gone"]),
    (lambda board: board["panels"][0]["panels"].clear(), ["Inside: is gone"]),
    (lambda board: board["panels"].append({"id": 9, "title": "Mine"}), ["Mine: was added"]),
    (lambda board: board["templating"]["list"].clear(),
     ["templating.list[route]: {'name': 'route', 'query': 'label_values(route)'} → nothing"]),
])  # fmt: skip
def test_what_is_told_of_an_edited_dashboard(change: Callable[[dict[str, Any]], object], said: list[str]) -> None:
    assert edited(change) == said


@pytest.fixture
def project(tmp_path: Path) -> Path:
    specola.main(["init", "--root", str(tmp_path), "--name", "lab"])
    return tmp_path


@pytest.mark.parametrize(("change", "path", "value"), [
    (lambda panel: panel.update(title="Failures"), ("services", "example", "indicators", "errors", "title"), "Failures"),
    (lambda panel: panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1].update(value=0.075),
     ("services", "example", "alerts", 0, "above"), "7.5%"),
    (lambda panel: panel["targets"][0].update(expr="x"), None, ""),
    (lambda panel: panel["fieldConfig"]["defaults"].update(unit="s"), None, ""),
])  # fmt: skip
def test_where_in_the_spec_an_edit_belongs(
    project: Path, change: Callable[[dict[str, Any]], object], path: tuple[str | int, ...] | None, value: str
) -> None:
    board = deepcopy(BOARD)
    change(board["panels"][1])
    drift = Drift("edited", "example-overview", "Example", "", "anna", differences(BOARD, board), board)
    ((_, edit),) = edits(load(project / "stack.yaml").stack, drift)
    assert (edit.path, edit.value) == (path, value) if edit else path is None


@pytest.mark.parametrize(("text", "mark", "value", "expected"), [
    ("a: {b: 5%}  # why\n", (1, 8), "8%", "a: {b: 8%}  # why\n"),
    ("a: 'it''s'\nb: 2\n", (1, 4), "new: words", "a: 'new: words'\nb: 2\n"),
    ("a: words\n", (1, 4), "true", "a: 'true'\n"),
    ("é: 300ms\n", (1, 4), "0.5s", "é: 0.5s\n"),
    ("a:\n  - {t: \"x\"}\n", (2, 9), "y", "a:\n  - {t: y}\n"),
])  # fmt: skip
def test_a_value_is_replaced_and_nothing_around_it(text: str, mark: tuple[int, int], value: str, expected: str) -> None:
    assert replaced(text, Mark("f", *mark), value) == expected


def test_no_value_is_replaced_where_none_stands() -> None:
    with pytest.raises(LookupError, match="no value stands at f:1:2"):
        replaced("a: 1\n", Mark("f", 1, 2), "x")
