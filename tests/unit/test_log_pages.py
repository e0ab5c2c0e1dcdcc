"""Pages of lines: none lost, none doubled, whatever the times and the length of a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compose.clients import UnreachableError
from compose.fault import Trouble
from compose.logs import pages
from compose.logs.entry import Cursor, Span
from compose.logs.pages import Reader, limited
from tests.unit.played_loki import SECOND, START, PlayedLoki, line

if TYPE_CHECKING:
    from compose.logs.entry import Entry
    from compose.logs.pages import Order

DAY = Span(START, START + 86_400 * SECOND)


def read(loki: PlayedLoki, order: Order = "oldest", lines: int = 3, span: Span = DAY) -> list[Entry]:
    reader = Reader(loki.client(), "{}", span, order, lines)
    return [entry for page in reader.pages() for entry in page.entries]


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_LINES", 3)
    monkeypatch.setattr(pages, "PAUSES", (0, 0))


@given(
    moments=st.lists(st.integers(0, 6), max_size=40),
    order=st.sampled_from(["oldest", "newest"]),
    size=st.integers(1, 7),
)
def test_every_line_comes_once_and_in_order(moments: list[int], order: Order, size: int) -> None:
    lines = [line(number, moment) for number, moment in enumerate(moments)]
    found = read(PlayedLoki(lines), order, size)
    assert sorted(entry.line for entry in found) == sorted(entry.line for entry in lines)
    times = [entry.time for entry in found]
    assert times == sorted(times, reverse=order == "newest")


@given(
    moments=st.lists(st.integers(0, 4), max_size=30),
    order=st.sampled_from(["oldest", "newest"]),
    limit=st.integers(1, 6),
)
def test_pages_by_cursor_are_the_whole_cut_in_pieces(moments: list[int], order: Order, limit: int) -> None:
    loki = PlayedLoki([line(number, moment) for number, moment in enumerate(moments)])
    found: list[Entry] = []
    cursor: Cursor | None = None
    while True:
        piece: list[Entry] = []
        for page in limited(Reader(loki.client(), "{}", DAY, order, 3), cursor, limit):
            piece += page.entries
            cursor = Cursor.parse(str(page.cursor))
        found += piece
        if len(piece) < limit:
            break
    assert found == read(loki, order)


def test_the_end_of_a_span_is_not_in_it() -> None:
    loki = PlayedLoki([line(1, 0), line(2, SECOND), line(3, 2 * SECOND)])
    assert len(read(loki, span=Span(START, START + 2 * SECOND))) == 2


def test_more_lines_of_one_moment_than_a_page_has_are_asked_for_at_once() -> None:
    assert len(read(PlayedLoki([line(number) for number in range(50)]))) == 50


def test_a_moment_with_more_lines_than_loki_may_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_ENTRIES", 20)
    with pytest.raises(Trouble, match="more than 20 lines have the same time"):
        read(PlayedLoki([line(number) for number in range(50)]))
    assert len(read(PlayedLoki([line(number) for number in range(19)]))) == 19


def test_loki_s_own_limit_is_named() -> None:
    with pytest.raises(Trouble, match="Loki refuses to answer 12 lines at once"):
        read(PlayedLoki([line(number) for number in range(50)], most=5))


def test_long_lines_make_short_pages() -> None:
    lines = [line(number, number, text="x" * 1000) for number in range(20)]
    loki = PlayedLoki(lines, too_much=5000)
    assert len(read(loki, lines=16)) == 20
    assert [params["limit"] for params in loki.asked][:4] == [16, 8, 4, 3]


def test_a_line_that_loki_cannot_pass_on_is_no_endless_loop() -> None:
    with pytest.raises(Trouble, match="Loki cannot answer"):
        read(PlayedLoki([line(1, text="x" * 100)], too_much=10))


def test_loki_may_go_away_in_the_middle_but_not_at_the_beginning() -> None:
    lines = [line(number, number) for number in range(10)]
    assert len(read(PlayedLoki(lines, away=frozenset({2, 4, 5})))) == 10
    with pytest.raises(UnreachableError):
        read(PlayedLoki(lines, away=frozenset({1})))
    with pytest.raises(UnreachableError):
        read(PlayedLoki(lines, away=frozenset({3, 4, 5})))


def test_a_query_that_is_wrong_is_shown() -> None:
    class Refusing(PlayedLoki):
        def ask(self, method: str, path: str, **options: object) -> object:  # type: ignore[override]  # only its status counts
            from tests.unit.played_loki import Answer

            return Answer(400, None, "parse error : unexpected IDENTIFIER")

    with pytest.raises(Trouble, match="Loki does not take the query: parse error"):
        read(Refusing([]))


def test_metadata_and_labels_are_told_apart() -> None:
    [entry] = read(PlayedLoki([line(4)]))
    assert entry.labels == {"service": "shop", "level": "INFO"}
    assert entry.metadata == {"request_id": "r-1"}
    assert json.loads(entry.line)["message"] == "order 4 taken"


@pytest.mark.parametrize("text", ["", "5", "5-", "-5", "5-x", "5-1-2", "١-١", "9" * 20 + "-1"])
def test_what_is_no_cursor_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.parse(text)
