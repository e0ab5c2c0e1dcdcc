"""Where panels stand: Grafana's grid of 24 columns, filled so that nothing overlaps and nothing floats.

Grafana moves a panel up until it rests on another. Every panel is therefore put where it would come to rest anyway:
at the highest free place that is wide enough, the leftmost of these.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dashboards.parts import Panel

COLUMNS = 24


class Section(NamedTuple):
    """A row of the dashboard with the panels below it. Only the first section may do without a title.

    A `collapsed` section is opened by a click and asks no query before. `repeat` names a variable: one section for
    each value.
    """

    title: str
    panels: tuple[Panel, ...]
    collapsed: bool = False
    repeat: str = ""


class Place(NamedTuple):
    """A panel and its upper left corner, in grid units from the upper left corner of the dashboard."""

    panel: Panel
    x: int
    y: int


class Band(NamedTuple):
    """A section where it stands: its title at `y` (none when it has no title) and the places of its panels."""

    section: Section
    y: int
    places: tuple[Place, ...]


def place(sections: tuple[Section, ...]) -> tuple[Band, ...]:
    """Puts every panel of every section in its place; a collapsed section takes the room of its title alone.

    Raises ValueError for a panel that is wider than the grid, and for a section that would end up in the one above it.
    """
    bands: list[Band] = []
    y = 0
    for position, section in enumerate(sections):
        if not section.title and (position or section.collapsed or section.repeat):
            raise ValueError("a section needs a title unless it is the first, open and not repeated")
        top = y + bool(section.title)
        places, bottom = _fill(section.panels, top)
        bands.append(Band(section, y, places))
        y = top if section.collapsed else bottom
    return tuple(bands)


def _fill(panels: tuple[Panel, ...], top: int) -> tuple[tuple[Place, ...], int]:
    """The places of `panels` from the line `top` downwards, and the first line below all of them."""
    corners, height = _corners(tuple([(panel.width, panel.height) for panel in panels]))
    if corners is None:
        wide = next(panel for panel in panels if not _fits(panel.width, panel.height))
        raise ValueError(f"panel {wide.title!r}: {wide.width} by {wide.height} does not fit on {COLUMNS} columns")
    return tuple([Place(panel, x, top + y) for panel, (x, y) in zip(panels, corners, strict=True)]), top + height


def _fits(width: int, height: int) -> bool:
    return 0 < width <= COLUMNS and height >= 1


@lru_cache(maxsize=1000)
def _corners(sizes: tuple[tuple[int, int], ...]) -> tuple[tuple[tuple[int, int], ...] | None, int]:
    """Where panels of these widths and heights come to rest below each other, and how high all of them are.

    Nowhere, when one of them is too wide.
    """
    if not all(_fits(width, height) for width, height in sizes):
        return None, 0
    ground = [0] * COLUMNS
    corners = []
    for width, height in sizes:
        y, x = _rest(ground, width)
        ground[x : x + width] = [y + height] * width
        corners.append((x, y))
    return tuple(corners), max(ground)


def _rest(ground: list[int], width: int) -> tuple[int, int]:
    """Where something of this width comes to rest: at the highest place, the leftmost of these."""
    highest = min(ground)
    found = (max(ground), 0)
    for x in range(COLUMNS - width + 1):
        y = max(ground[x : x + width])
        if y == highest:
            return y, x
        found = min(found, (y, x))
    return found


def evenly(*panels: Panel, most: int = 0, height: int = 0) -> tuple[Panel, ...]:
    """These panels side by side, sharing the whole width; in as few lines as `most` panels a line allow (0: as their
    own widths allow), the lines as equal as can be. All get the same `height`: the tallest one's unless given."""
    if not panels:
        return ()
    tall = height or max(panel.height for panel in panels)
    most = most or max(1, COLUMNS // max(panel.width for panel in panels))
    return tuple([panel.sized(width, tall) for panel, width in zip(panels, _widths(len(panels), most), strict=True)])


@lru_cache(maxsize=1000)
def _widths(panels: int, most: int) -> tuple[int, ...]:
    """The widths of so many panels in lines of at most so many."""
    lines = -(-panels // most)
    counts = [panels // lines + (line < panels % lines) for line in range(lines)]
    return tuple(width for count in counts for width in _shares(count))


def _shares(count: int) -> list[int]:
    """The width of the grid in `count` parts which differ by one column at most."""
    return [COLUMNS // count + (part < COLUMNS % count) for part in range(count)]
