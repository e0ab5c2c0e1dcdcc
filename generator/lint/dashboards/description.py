"""Every dashboard and every panel says what it shows.

Whoever is woken at night reads a graph for the first time. The text is behind the small i beside the title; it comes
from `help` of the metric and of the indicator, and from a dashboard's `question`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import panels
from generator.validate.dashboards import origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/description"


def look(work: Work) -> Iterator[Problem]:
    """Dashboards first, then panels."""
    for path, board in work.boards.items():
        if not str(board.get("description") or "").strip():
            yield work.problem(origin(work, path), f"{path}: it does not say which question it answers", id=ID)
    for shown in panels(work):
        if not str(shown.panel.get("description") or "").strip():
            yield shown.problem(work, "it does not say what it shows", "give the metric a help", id=ID)
