"""What is made of a page, without a browser: nothing that was seen once is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from compose.pictures import scripts, seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.pictures.driver import Browser

BOARD = {"panels": [{"id": 1, "type": "stat", "title": "One", "datasource": {"type": "prometheus", "uid": "prometheus"},
                     "targets": [{"refId": "A", "expr": "up", "datasource": {"type": "prometheus", "uid": "prometheus"}}]}]}  # fmt: skip


class Page:
    """Shows one state of its panel after the other; `unloaded` are the data sources that are not there at first."""

    def __init__(self, *states: dict[str, Any], unloaded: tuple[str, ...] = ()) -> None:
        self._states: Iterator[dict[str, Any]] = iter(states)
        self._unloaded = unloaded

    def run(self, script: str) -> Any:
        if script == scripts.UNLOADED:
            told, self._unloaded = self._unloaded, ()
            return told
        return [{"id": 1, "error": False, "texts": [], "cut": False} | next(self._states)]

    def until(self, *_: object) -> bool:
        return True


@pytest.mark.parametrize(("states", "faults"), [
    (({}, {}), []),
    (({"error": True}, {"error": False}), ["panel 'One' has an error badge"]),
    (({}, {"error": True}), ["panel 'One' has an error badge"]),
    (({"texts": ["No data"]}, {}), []),
    (({}, {"texts": ["No data"]}), ["panel 'One' says 'No data'"]),
])  # fmt: skip
def test_a_badge_that_goes_away_is_a_fault_and_what_is_shown_last_counts_else(
    states: tuple[dict[str, Any], ...], faults: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "QUIET_SECONDS", 0)
    page, shown = cast("Browser", Page(*states)), dict[int, dict[str, Any]]()
    for _ in states:
        seen._note(page, shown, {1: "prometheus"})
    assert list(seen._faults(BOARD, list(shown.values()), (), {1: "One"})) == faults


@pytest.mark.parametrize(("unloaded", "states", "faults"), [
    ("prometheus", ({"error": True}, {}), []),
    ("prometheus", ({"error": True}, {"error": True}), ["panel 'One' has an error badge"]),
    ("loki", ({"error": True}, {}), ["panel 'One' has an error badge"]),
])  # fmt: skip
def test_only_a_panel_whose_data_source_was_not_loaded_is_asked_again(
    unloaded: str, states: tuple[dict[str, Any], ...], faults: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "QUIET_SECONDS", 0)
    shown = dict[int, dict[str, Any]]()
    seen._note(cast("Browser", Page(*states, unloaded=(unloaded,))), shown, {1: "prometheus"})
    assert list(seen._faults(BOARD, list(shown.values()), (), {1: "One"})) == faults


def test_of_many_closed_rows_the_first_are_opened() -> None:
    rows = [{"type": "row", "panels": [{"id": number, "type": "stat"}]} for number in range(2, 40)]
    board = {"panels": [{"id": 1, "type": "stat"}, *rows]}
    assert [panel["id"] for panel in seen._panels(board)] == list(range(1, 2 + scripts.MOST_ROWS))


def test_queries_that_failed_are_told_once_but_for_those_of_silent_sources() -> None:
    failed = [
        {"source": "prometheus", "error": "500 out of order"},
        {"source": "prometheus", "error": "500 out of order"},
        {"source": "loki", "error": "502 nobody there"},
    ]
    assert list(seen._failed(failed, {"loki"})) == ["a query of prometheus failed: 500 out of order"]
