"""Sections of panels in lines: figures small and side by side, charts two or three in a line."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dashboards.layout import COLUMNS, Section, evenly

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboards.parts import Panel

FIGURES = frozenset({"stat", "gauge"})
GLANCE_HEIGHT = 4
HIGHEST_GLANCE = 7
FIGURES_IN_LINE = 8
FIGURES_BESIDE = 2
FIGURE_WIDTH = 6
MOST_IN_TWOS = 4
WHOLE_WIDTH = frozenset({"logs"})


def glance(title: str, panels: Sequence[Panel], shares: Sequence[float] = ()) -> Section:
    """One line, or few: what answers at a glance. `shares` say how much room each panel gets against the others."""
    lines = -(-len(panels) // FIGURES_IN_LINE) or 1
    size = -(-len(panels) // lines)
    given = tuple(zip(panels, shares or [1.0] * len(panels), strict=True))
    chosen = [given[start : start + size] for start in range(0, len(given), size or 1)]
    return Section(title, tuple(panel for line in chosen for panel in _line(line)))


def _line(panels: Sequence[tuple[Panel, float]]) -> Iterable[Panel]:
    """The panels side by side over the whole width, as high as the highest timeline among them needs."""
    tall = max(
        [GLANCE_HEIGHT, *(min(panel.height, HIGHEST_GLANCE) for panel, _ in panels if panel.kind == "state-timeline")]
    )
    edges = _edges(tuple([share for _, share in panels]))
    return (panel.sized(right - left, tall) for (panel, _), left, right in zip(panels, edges, edges[1:], strict=False))


@lru_cache(maxsize=1000)
def _edges(shares: tuple[float, ...]) -> tuple[int, ...]:
    """Where panels begin and end that share the width so."""
    return tuple(round(COLUMNS * sum(shares[:end]) / sum(shares)) for end in range(len(shares) + 1))


def charts(title: str, panels: Sequence[Panel], *, collapsed: bool = False, most: int = 0) -> Section:
    """Charts side by side, three in a line when that comes out even; logs have a line of their own."""
    placed: list[Panel] = []
    run: list[Panel] = []
    for panel in panels:
        if panel.kind in WHOLE_WIDTH or panel.width == COLUMNS:
            placed += [*_side_by_side(run, most), panel.sized(COLUMNS)]
            run = []
        else:
            run.append(panel)
    return Section(title, (*placed, *_side_by_side(run, most)), collapsed=collapsed)


def _side_by_side(panels: Sequence[Panel], most: int) -> tuple[Panel, ...]:
    """Charts in even lines; a figure or two stand beside the last of them."""
    figures = [panel for panel in panels if panel.kind in FIGURES]
    drawn = [panel for panel in panels if panel.kind not in FIGURES]
    if not drawn or len(figures) > FIGURES_BESIDE:
        return (*_line([(panel, 1.0) for panel in figures]), *_even(drawn, most)) if figures else _even(drawn, most)
    if not figures:
        return _even(drawn, most)
    beside = len(drawn) % 2 or 2
    last = drawn[-beside:]
    room = COLUMNS - FIGURE_WIDTH * len(figures)
    height = max(panel.height for panel in last)
    line = [*(panel.sized(room // beside, height) for panel in last), *(p.sized(FIGURE_WIDTH, height) for p in figures)]
    return (*_even(drawn[:-beside], most), *line)


def _even(panels: Sequence[Panel], most: int) -> tuple[Panel, ...]:
    three = len(panels) % 3 == 0 or len(panels) > MOST_IN_TWOS
    return evenly(*panels, most=most or (3 if three else 2))
