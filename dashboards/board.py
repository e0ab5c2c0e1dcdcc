"""A whole dashboard: what is said of it, and each of its panels in its place. As data, or as the text of its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards import frame
from dashboards.layout import COLUMNS
from dashboards.written import encoded, listed
from spec.lately import held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.layout import Band
    from dashboards.modern import Json
    from dashboards.written import Form

SLOTS = (("title",), ("uid",), ("description",), ("tags",), ("links",), ("annotations",), ("panels",))
"""Where dashboards differ that have the same choices and the same times."""

_DEEPER = "  "


@dataclass(frozen=True)
class Around:
    """Links and annotations, which all dashboards of a service have in common."""

    links: list[Json]
    annotations: Json

    @held
    def text(self) -> tuple[str, str]:
        """Both as JSON."""
        return encoded(self.links), encoded(self.annotations)


@dataclass(frozen=True)
class Board:
    """A dashboard. `form` is what others have too, `ids` are those of its rows and panels, in their order."""

    form: Form
    title: str
    uid: str
    description: str
    tags: tuple[str, ...]
    around: Around
    bands: tuple[Band, ...]
    ids: tuple[int, ...]

    @property
    def document(self) -> Json:
        """The JSON that Grafana takes, as data."""
        ids = iter(self.ids)
        panels = [entry for band in self.bands for entry in _entries(band, ids)]
        said = (self.title, self.uid, self.description, list(self.tags))
        return self.form.tree((*said, self.around.links, self.around.annotations, panels))


def encode(board: Board) -> bytes:
    """The dashboard as a file: a line for each of its keys and for each of a panel's."""
    ids = iter(board.ids)
    panels = [text for band in board.bands for text in _texts(band, ids)]
    said = map(encoded, (board.title, board.uid, board.description, list(board.tags)))
    return f"{board.form.text((*said, *board.around.text, listed(panels, '')))}\n".encode()


def _entries(band: Band, ids: Iterator[int]) -> Iterator[Json]:
    """A section: an open row stands before its panels, a collapsed one holds them."""
    section, own = band.section, next(ids) if band.section.title else 0
    panels = [
        panel.form.tree((next(ids), _grid(panel.height, panel.width, x, y), *panel.said)) for panel, x, y in band.places
    ]
    if section.title:
        held = panels if section.collapsed else []
        row = frame.row(section.collapsed, section.repeat)
        yield row.tree((own, _grid(1, COLUMNS, 0, band.y), section.title, held))
    if not section.collapsed:
        yield from panels


def _texts(band: Band, ids: Iterator[int]) -> Iterator[str]:
    """The same as texts."""
    section, own = band.section, next(ids) if band.section.title else 0
    indent = _DEEPER * 2 if section.collapsed else _DEEPER
    panels = [
        panel.form.text(
            (str(next(ids)), frame.grid(panel.height, panel.width, x, y), *map(encoded, panel.said)), indent
        )
        for panel, x, y in band.places
    ]
    if section.title:
        place = frame.grid(1, COLUMNS, 0, band.y)
        held = listed(panels if section.collapsed else (), _DEEPER)
        row = frame.row(section.collapsed, section.repeat)
        yield row.text((str(own), place, encoded(section.title), held), _DEEPER)
    if not section.collapsed:
        yield from panels


def _grid(height: int, width: int, x: int, y: int) -> Json:
    return {"h": height, "w": width, "x": x, "y": y}
