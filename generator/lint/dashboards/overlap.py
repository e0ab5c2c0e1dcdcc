"""No panel lies on another.

Grafana moves panels that overlap when the page is opened, each time as it likes: a dashboard that looks different from
the one that was reviewed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.validate.dashboards import origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/overlap"


def look(work: Work) -> Iterator[Problem]:
    """The panels of each dashboard, and those inside of each collapsed row."""
    for path, board in work.boards.items():
        rows = (row["panels"] for row in board.get("panels", ()) if row.get("panels"))
        for group in (board.get("panels", ()), *rows):
            for one, other in _overlapping(group):
                said = f"{path}: panels {one.get('title')!r} and {other.get('title')!r} overlap"
                yield work.problem(origin(work, path), said, id=ID)


def _overlapping(group: list[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Pairs of panels with a cell of the grid in common; each cell is looked at once."""
    taken: dict[tuple[int, int], Mapping[str, Any]] = {}
    told = set()
    for panel in group:
        place = panel["gridPos"]
        for y in range(place["y"], place["y"] + place["h"]):
            for x in range(place["x"], place["x"] + place["w"]):
                other = taken.setdefault((x, y), panel)
                pair = (id(other), id(panel))
                if other is not panel and pair not in told:
                    told.add(pair)
                    yield other, panel
