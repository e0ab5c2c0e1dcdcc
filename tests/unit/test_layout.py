"""Placement on the grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.layout import COLUMNS, Band, Section, evenly, place
from dashboards.parts import Panel
from dashboards.written import Form


def panel(width: int, height: int = 4) -> Panel:
    return Panel(f"{width}x{height}", width, height, Form({}, ()), ())


def corners(band: Band) -> list[tuple[int, int]]:
    return [(entry.x, entry.y) for entry in band.places]


def test_panels_stand_side_by_side_and_then_below() -> None:
    (band,) = place((Section("", (panel(12), panel(12), panel(24))),))
    assert corners(band) == [(0, 0), (12, 0), (0, 4)]


def test_small_panels_stack_beside_a_tall_one() -> None:
    (band,) = place((Section("", (panel(4, 4), panel(20, 8), panel(4, 4))),))
    assert corners(band) == [(0, 0), (4, 0), (0, 4)]


def test_a_title_takes_a_line_and_the_next_section_starts_below() -> None:
    first, second = place((Section("", (panel(24, 4),)), Section("Why", (panel(12, 8), panel(12, 6)))))
    assert (first.y, corners(first)) == (0, [(0, 0)])
    assert (second.y, corners(second)) == (4, [(0, 5), (12, 5)])


def test_a_collapsed_section_takes_the_room_of_its_title() -> None:
    _, closed, after = place(
        (Section("", (panel(24),)), Section("More", (panel(12),), collapsed=True), Section("Logs", (panel(24),)))
    )
    assert (closed.y, corners(closed)) == (4, [(0, 5)])
    assert (after.y, corners(after)) == (5, [(0, 6)])


@pytest.mark.parametrize("width", [0, 25])
def test_a_panel_that_does_not_fit_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match=rf"panel '{width}x4': {width} by 4 does not fit on 24 columns"):
        place((Section("", (panel(width),)),))


@pytest.mark.parametrize("sections", [
    (Section("One", ()), Section("", ())),
    (Section("", (), collapsed=True),),
    (Section("", (), repeat="service"),),
])  # fmt: skip
def test_only_the_first_open_section_may_have_no_title(sections: tuple[Section, ...]) -> None:
    with pytest.raises(ValueError, match="a section needs a title unless it is the first, open and not repeated"):
        place(sections)


@pytest.mark.parametrize(
    ("count", "widths"),
    [
        (0, []),
        (1, [24]),
        (3, [8, 8, 8]),
        (5, [5, 5, 5, 5, 4]),
        (6, [4, 4, 4, 4, 4, 4]),
        (7, [6, 6, 6, 6, 8, 8, 8]),
        (9, [5, 5, 5, 5, 4, 6, 6, 6, 6]),
    ],
)
def test_evenly_shares_the_width(count: int, widths: list[int]) -> None:
    assert [entry.width for entry in evenly(*[panel(4)] * count)] == widths


def test_evenly_makes_all_as_tall_as_the_tallest() -> None:
    assert [entry.height for entry in evenly(panel(8, 4), panel(8, 8))] == [8, 8]
    assert [(entry.width, entry.height) for entry in evenly(*[panel(8, 8)] * 4, most=2, height=6)] == [(12, 6)] * 4


SIZES = st.tuples(st.integers(1, COLUMNS), st.integers(1, 12))


@given(st.lists(st.lists(SIZES, max_size=12), min_size=1, max_size=4))
def test_nothing_overlaps_leaves_the_grid_or_floats(sizes: list[list[tuple[int, int]]]) -> None:
    bands = place(tuple(Section(f"Section {n}", tuple(panel(*size) for size in some)) for n, some in enumerate(sizes)))
    titles = {(x, band.y) for band in bands for x in range(COLUMNS)}
    cells = [
        (x, y)
        for band in bands
        for entry in band.places
        for x in range(entry.x, entry.x + entry.panel.width)
        for y in range(entry.y, entry.y + entry.panel.height)
    ]
    taken = titles | set(cells)
    assert len(taken) == len(titles) + len(cells)
    assert all(0 <= x < COLUMNS for x, _ in taken)
    for band in bands:
        for entry in band.places:
            assert any((x, entry.y - 1) in taken for x in range(entry.x, entry.x + entry.panel.width))
