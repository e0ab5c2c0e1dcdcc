"""What a search asks Loki, how it writes what it finds, and how an export goes on after an interruption."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from compose.clients import UnreachableError
from compose.fault import Trouble
from compose.logs import pages, task
from compose.logs.entry import Entry, Span
from compose.logs.formats import Shape, format_of, harmless
from compose.logs.moment import moment, stamp
from compose.logs.query import Wanted, category_name, field_value, level_names
from compose.logs.task import Task
from spec.logs import Logs
from tests.unit.played_loki import SECOND, START, PlayedLoki, line
from tests.unit.small_stack import LOGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOP = Logs.model_validate(LOGS)
SHAPE = Shape.of(SHOP)
DAY = Span(START, START + 86_400 * SECOND)


@pytest.mark.parametrize(
    ("wanted", "logql"),
    [
        (Wanted(), '{service=~".+"}'),
        (Wanted("shop"), '{service="shop"}'),
        (Wanted("shop", ("ERROR", "FATAL"), "order"), '{service="shop",level=~"ERROR|FATAL",category="order"}'),
        (Wanted("shop", patterns=("no coins", r"\d+ s")), r'{service="shop"} |= "no coins" |~ "\\d+ s"'),
        (Wanted("shop", without=("health",), ignore_case=True), '{service="shop"} !~ "(?i)health"'),
        (Wanted("shop", patterns=('say "no"',)), r'{service="shop"} |= "say \"no\""'),
        (Wanted("shop", fields=(("request_id", "r-1"),)), '{service="shop"} | request_id="r-1"'),
        (Wanted("shop", fields=(("route", 'a"b'),)), r'{service="shop"} | json route="route" | route="a\"b"'),
    ],
)
def test_what_is_wanted_is_asked_in_logql(wanted: Wanted, logql: str) -> None:
    assert wanted.logql(SHAPE.metadata) == logql


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("error", ("ERROR",)),
        ("warn,Fatal", ("WARNING", "FATAL")),
        ("error+", ("ERROR", "FATAL", "CRITICAL")),
        ("warning+", ("WARNING", "ERROR", "FATAL", "CRITICAL")),
        ("critical+", ("CRITICAL",)),
        ("unknown", ("UNKNOWN",)),
    ],
)
def test_levels_are_named_as_people_name_them(text: str, levels: tuple[str, ...]) -> None:
    assert level_names(text) == levels


@pytest.mark.parametrize(("text", "category"), [("order", "order"), ("aud", "audit"), ("other", "other")])
def test_a_category_may_be_called_by_its_beginning(text: str, category: str) -> None:
    assert category_name(text, SHOP) == category


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: level_names("loud"), "no level is called LOUD; levels are TRACE, DEBUG"),
        (lambda: level_names(","), "no level is named"),
        (
            lambda: category_name("ordre", SHOP),
            r"no category is called 'ordre' \(did you mean order\?\); there are order",
        ),
        (lambda: category_name("o", SHOP), "no category is called 'o'; there are order, audit, other"),
        (lambda: category_name("order", None), "its logs have no categories"),
        (lambda: field_value("request_id"), "write NAME=VALUE"),
        (lambda: field_value("a-b=c"), "write NAME=VALUE"),
        (lambda: moment("yesterday", 0), "not a moment: 'yesterday'; write how long ago"),
    ],
)
def test_what_cannot_be_meant_is_said(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1h30m", "2027-01-15T06:30:00.000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T18:00", "2026-01-31T18:00:00.000Z"),
        ("2026-01-31T18:00:00.250Z", "2026-01-31T18:00:00.250Z"),
        ("2026-01-31 18:00:00.1234567+02:00", "2026-01-31T16:00:00.123456000Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"),
    ],
)
def test_moments_are_ago_or_dates(text: str, shown: str) -> None:
    assert stamp(moment(text, START)) == shown


def entry(message: str, **fields: object) -> Entry:
    said = json.dumps({"timestamp": "…", "level": "ERROR", "category": "order", "message": message, **fields})
    labels = {"service": "shop", "level": "ERROR", "category": "order"}
    return Entry(START + 5_000_000, labels, {"request_id": "r-1"}, said)


TRACE = "Traceback:\n  File x\nValueError: no coins"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (entry("till failed", coins=3), "shop/order  till failed coins=3\n"),
        (entry("till failed", stack=TRACE), "shop/order  till failed\n    Traceback:\n      File x\n    ValueError: no coins\n"),
        (entry("red \x1b[31m alert\r"), "shop/order  red \\x1b[31m alert\\x0d\n"),
        (Entry(START + 5_000_000, {"service": "shop", "level": "ERROR"}, {}, "plain {text"), "shop  plain {text\n"),
        (Entry(START + 5_000_000, {"service": "shop", "level": "ERROR"}, {}, '{"no": "message"}'), 'shop  {"no": "message"}\n'),
    ],
)  # fmt: skip
def test_text_is_for_people(found: Entry, text: str) -> None:
    assert format_of("text", SHAPE).text(found) == f"2027-01-15T08:00:00.005Z ERROR    {text}"


def test_json_keeps_everything() -> None:
    found = entry("no coins", coins=3)
    assert json.loads(format_of("json", SHAPE).text(found)) == {
        "time": "2027-01-15T08:00:00.005Z", "service": "shop", "level": "ERROR", "category": "order",
        "message": "no coins", "metadata": {"request_id": "r-1"}, "line": found.line,
    }  # fmt: skip


def test_csv_has_a_column_for_each_label_and_metadata() -> None:
    writer = format_of("csv", SHAPE)
    found = entry('=cmd|"/c calc"!A1,\nnext')
    head, row = csv.reader(io.StringIO(writer.head + writer.text(found)))
    assert head == ["time", "service", "level", "category", "message", "request_id", "duration_ms", "line"]
    assert dict(zip(head, row, strict=True)) == {
        "time": "2027-01-15T08:00:00.005Z", "service": "shop", "level": "ERROR", "category": "order",
        "message": '\'=cmd|"/c calc"!A1,\nnext', "request_id": "r-1", "duration_ms": "", "line": found.line,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "written"), [("-5.2", "-5.2"), ("-x", "'-x"), ("+1", "'+1"), ("a=b", "a=b"), ("", "")]
)
def test_no_cell_is_taken_for_a_formula(cell: str, written: str) -> None:
    assert harmless(cell) == written


def many(count: int) -> PlayedLoki:
    return PlayedLoki([line(number, number // 3 * SECOND) for number in range(count)])


def asked(loki: PlayedLoki, **changes: Any) -> Task:
    return Task(loki.client(), Wanted("shop"), SHAPE, **{"span": DAY, "limit": 4, **changes})


def searched(work: Task, page: int = 0) -> tuple[list[str], list[str]]:
    notes: list[str] = []
    lines = [text.split("  ")[-1].split(" taken")[0] for text in task.searched(work, page, notes.append)]
    return lines, notes


def test_a_search_shows_the_newest_page_and_how_to_go_on() -> None:
    lines, [note] = searched(asked(many(10)))
    assert lines == ["order 9", "order 6", "order 7", "order 8"]
    assert note == "4 lines; the next ones: the same with --cursor 1800000002000000000-3"


def test_pages_are_counted_or_gone_to_by_cursor() -> None:
    from compose.logs.entry import Cursor

    second = ["order 3", "order 4", "order 5", "order 0"]
    assert searched(asked(many(10)), 1)[0] == second
    assert searched(asked(many(10), cursor=Cursor(START + 2 * SECOND, 3)))[0] == second
    assert searched(asked(many(10)), 2)[0] == ["order 1", "order 2"]
    assert searched(asked(many(10)), 5) == ([], ["no such page: there are 10 lines in all"])
    assert searched(asked(many(0))) == (
        [],
        ["no lines from 2027-01-15T08:00:00.000Z to 2027-01-16T08:00:00.000Z"],
    )


def exported(work: Task, target: Path, words: str = "the same") -> list[str]:
    return list(task.exported(work, target, words, lambda text: None))


def numbers(target: Path) -> list[int]:
    return [int(json.loads(row)["message"].split()[1]) for row in target.read_text().splitlines()]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_LINES", 7)
    monkeypatch.setattr(pages, "PAUSES", ())
    monkeypatch.setattr(pages, "FIRST_LINES", 7)


def work(loki: PlayedLoki, **changes: Any) -> Task:
    return asked(loki, order="oldest", limit=None, **changes)


def test_an_export_takes_its_form_from_its_name(tmp_path: Path) -> None:
    for name, first in (("a.csv", "time,service"), ("a.jsonl", '{"time"'), ("a.log", "2027-01-15T")):
        assert exported(work(many(3)), tmp_path / name) == [
            f"3 lines, {(tmp_path / name).stat().st_size} B, in {tmp_path / name}"
        ]
        assert (tmp_path / name).read_text().startswith(first)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.jsonl", "a.log"]


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("call", range(2, 20))
def test_an_interrupted_export_goes_on_where_it_stopped(call: int, tmp_path: Path) -> None:
    target, loki = tmp_path / "all.json", many(100)
    loki.away = frozenset({call})
    with pytest.raises(UnreachableError):
        exported(work(loki), target)
    assert not target.exists()
    with (tmp_path / "all.json.part").open("a") as file:
        file.write("half a li")
    later = Span(DAY.start + 5 * SECOND, DAY.end)
    first, _ = exported(work(loki, span=later), target)
    assert first.startswith("going on after ")
    assert sorted(numbers(target)) == list(range(100))
    assert [path.name for path in tmp_path.iterdir()] == ["all.json"]


@pytest.mark.usefixtures("short")
def test_another_request_begins_anew(tmp_path: Path) -> None:
    target, loki = tmp_path / "all.json", many(30)
    loki.away = frozenset({3})
    with pytest.raises(UnreachableError):
        exported(work(loki), target)
    assert len(exported(work(loki), target, "another")) == 1
    assert sorted(numbers(target)) == list(range(30))


@pytest.mark.usefixtures("short")
def test_an_interrupted_export_keeps_its_limit(tmp_path: Path) -> None:
    target, loki = tmp_path / "all.json", many(100)
    loki.away = frozenset({4})
    with pytest.raises(UnreachableError):
        exported(asked(loki, order="oldest", limit=25), target)
    exported(asked(loki, order="oldest", limit=25), target)
    assert len(numbers(target)) == len(set(numbers(target))) == 25


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("precious")
    with pytest.raises(Trouble, match="is there already"):
        exported(work(many(3)), tmp_path / "a.json")
    with pytest.raises(Trouble, match="cannot write"):
        exported(work(many(3)), tmp_path / "nowhere/a.json")


class Endless(PlayedLoki):
    """So many lines, a millisecond apart, none of which is kept."""

    def _found(self, params: Any) -> list[Entry]:
        step = 1_000_000
        first = max(0, -(-(params["start"] - START) // step))
        last = min(self.most, -(-(params["end"] - START) // step), first + params["limit"])
        return [line(number, number * step, text="x" * 200) for number in range(first, last)]


def peak(count: int, target: Path) -> float:
    """Megabytes that an export of so many lines needs at most."""
    tracemalloc.start()
    try:
        exported(work(Endless([], most=count)), target)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_an_export_s_memory_does_not_grow_with_its_lines(tmp_path: Path) -> None:
    few = peak(12_000, tmp_path / "few.json")
    many_ = peak(60_000, tmp_path / "many.json")
    assert len(numbers(tmp_path / "many.json")) == 60_000
    assert many_ < few * 1.2 < 60


def test_followed_lines_come_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([START + second * SECOND for second in range(1, 60)])
    monkeypatch.setattr("time.time_ns", lambda: next(clock))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    loki = many(0)
    coming: Iterator[str] = task.followed(asked(loki, span=Span(START - 3600 * SECOND, START)))
    loki.entries += [line(1, SECOND), line(2, SECOND)]
    assert [next(coming)[-7:], next(coming)[-7:]] == ["1 taken", "2 taken"]
    loki.entries += [line(3, 2 * SECOND), line(4, 0)]
    assert [next(coming)[-7:], next(coming)[-7:]] == ["4 taken", "3 taken"]
