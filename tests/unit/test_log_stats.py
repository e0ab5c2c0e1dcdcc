"""A summary of logs: patterns of errors, durations, and what is new against the day before."""

from __future__ import annotations

import json

import pytest

from compose.fault import Trouble
from compose.logs import patterns, stats, task
from compose.logs.entry import Span
from compose.logs.formats import Shape
from compose.logs.patterns import Patterns, pattern
from compose.logs.query import Wanted
from compose.logs.stats import DAY, Summing
from compose.logs.task import Task
from spec.logs import Logs
from tests.unit.played_loki import SECOND, START, PlayedLoki, line
from tests.unit.small_stack import LOGS

SHAPE = Shape.of(Logs.model_validate(LOGS))
TODAY = Span(START, START + DAY)
VECTORS = {
    "count_over_time": 12, "min_over_time": 1, "avg_over_time": 20.25, "max_over_time": 900,
    "quantile_over_time(0.5": 18, "quantile_over_time(0.9,": 30, "quantile_over_time(0.95": 31,
    "quantile_over_time(0.99": 880,
}  # fmt: skip


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("timeout after 30s", "timeout after <n>s"),
        ("timeout after 1.5e-3 s, 99%", "timeout after <n> s, <n>%"),
        ("job 3f2504e0-4f89-41d3-9a0c-0305e82c3301 failed", "job <id> failed"),
        ("commit 4f2a9c1b77d0 at 0x7ffe12", "commit <id> at <id>"),
        ("no route to 10.0.0.7:8080", "no route to <address>"),
        ("2026-11-21T09:00:00.123Z till-7 failed", "<time> <name> failed"),
        ("worker-12 lost order_77", "<name> lost <name>"),
        ("beefed up the facade of decades", "beefed up the facade of decades"),
        ("HTTP 500 from /v2/items/17", "HTTP <n> from /v<n>/items/<n>"),
        ("two\nlines", "two"),
        ("  wide   space\t", "wide space"),
        ("red \x1b[31m", "red \\x<n>b[<n>m"),
        ("", ""),
    ],
)
def test_what_differs_is_taken_out(message: str, found: str) -> None:
    assert pattern(message).replace("\\x1b[<n>m", "\\x<n>b[<n>m") == found


def test_patterns_are_kept_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MOST_PATTERNS", 3)
    found = Patterns()
    found.add(f"{word} failed" for word in ("till", "door", "till", "lamp", "roof", "till"))
    assert found.counts == {"till failed": 3, "door failed": 1, "lamp failed": 1}
    assert (found.others, found.lines) == (1, 6)


def error(message: str, number: int, day: int = 0) -> object:
    found = line(number, number * SECOND - day * DAY, "ERROR")
    said = json.dumps({"level": "ERROR", "message": message})
    return type(found)(found.time, found.labels, found.metadata, said)


def summing(loki: PlayedLoki, wanted: Wanted = Wanted("shop")) -> Summing:  # noqa: B008 - it is frozen
    return Summing(loki.client(), wanted, SHAPE, TODAY)


def lines() -> PlayedLoki:
    now = [error(f"no coins in till {number}", number) for number in range(5)]
    now += [error(f"door {number} stuck", number) for number in range(10, 12)]
    before = [error(f"no coins in till {number}", number, 1) for number in range(9)]
    older = [error("door 5 stuck", 5, 2)]
    return PlayedLoki([*now, *before, *older], vectors=VECTORS)  # type: ignore[list-item]  # they are entries


def test_patterns_tell_what_is_new_since_the_day_before() -> None:
    summary = summing(lines()).summary()
    assert [(row.pattern, row.count, row.before, row.new) for row in summary.patterns] == [
        ("no coins in till <n>", 5, 9, False),
        ("door <n> stuck", 2, 0, True),
    ]
    assert summary.patterns[1].example == "door 11 stuck"
    assert (summary.errors, summary.read_all) == (7, True)


def test_a_longer_span_is_compared_with_the_one_before_it() -> None:
    week = Span(START, START + 7 * DAY)
    loki = PlayedLoki([])
    Summing(loki.client(), Wanted("shop"), SHAPE, week).summary()
    assert {params["start"] for params in loki.asked if "start" in params} == {week.start, week.start - 7 * DAY}


def test_loki_computes_durations_of_the_declared_field() -> None:
    loki = lines()
    [durations] = summing(loki).summary().durations
    assert (durations.minimum, durations.average, durations.maximum) == (1, 20.25, 900)
    assert (durations.count, durations.percentiles) == (12, (18, 30, 31, 880))
    [query] = [params["query"] for params in loki.asked if "avg" in params.get("query", "")]
    assert query == (
        'avg_over_time({service="shop"} | duration_ms!="" | unwrap duration_ms | __error__="" [86400s])'
        " by (service, category)"
    )


def test_a_duration_that_is_no_metadata_is_read_from_the_line() -> None:
    logs = Logs.model_validate(LOGS | {"metadata": [], "fields": {"duration": "took_seconds"}})
    loki = PlayedLoki([], vectors=VECTORS)
    Summing(loki.client(), Wanted("shop"), Shape.of(logs), TODAY).summary()
    assert any('| json took_seconds="took_seconds" | took_seconds!=""' in params["query"] for params in loki.asked)


def test_an_error_storm_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "MOST_LINES", 4)
    summary = summing(lines()).summary()
    assert (summary.errors, summary.read_all) == (4, False)


def test_without_errors_there_are_no_patterns() -> None:
    summary = summing(lines(), Wanted("shop", levels=("INFO",))).summary()
    assert (summary.patterns, summary.errors) == ((), 0)


def test_a_summary_is_a_table_for_people() -> None:
    work = Task(lines().client(), Wanted("shop"), SHAPE, TODAY)
    assert list(task.summarized(work, "text")) == [
        "2027-01-15T08:00:00.000Z to 2027-01-16T08:00:00.000Z, compared with the day before",
        "",
        "SERVICE  LEVEL  CATEGORY  LINES  BEFORE",
        "shop     ERROR  order     12     12",
        "",
        "durations (duration_ms, in ms)",
        "SERVICE  CATEGORY  COUNT  MIN  AVERAGE  MAX  P50  P90  P95  P99",
        "shop     order     12     1    20.25    900  18   30   31   880",
        "",
        "errors: 7 lines, 2 patterns, 1 of them new",
        "     LINES  BEFORE  PATTERN",
        "     5      9       no coins in till <n>",
        "new  2      0       door <n> stuck",
    ]


def test_a_summary_is_json_for_programs() -> None:
    work = Task(lines().client(), Wanted("shop"), SHAPE, TODAY)
    found = json.loads("".join(task.summarized(work, "json")))
    assert found["durations"] == [{
        "service": "shop", "category": "order", "count": 12, "minimum": 1.0, "average": 20.25, "maximum": 900.0,
        "p50": 18.0, "p90": 30.0, "p95": 31.0, "p99": 880.0,
    }]  # fmt: skip
    assert found["patterns"][1] == {
        "pattern": "door <n> stuck", "count": 2, "before": 0, "example": "door 11 stuck", "new": True,
    }  # fmt: skip
    with pytest.raises(Trouble, match="no CSV form"):
        task.summarized(work, "csv")


def test_silence_is_told() -> None:
    loki = PlayedLoki([], vectors={})
    assert list(task.summarized(Task(loki.client(), Wanted("shop"), SHAPE, TODAY), "text"))[2:4] == [
        "SERVICE  LEVEL  CATEGORY  LINES  BEFORE",
        "no lines",
    ]
