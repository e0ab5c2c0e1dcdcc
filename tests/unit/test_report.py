"""What `specola report` says of a past that is played: golden texts, and every case that is not the ordinary one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import specola
from compose.fault import Trouble
from compose.report import forms
from compose.report.found import Failed
from compose.report.make import report
from compose.report.period import Period, period
from tests.unit.played import played
from tests.unit.played_history import BEGINNING, DAY, END, HOUR, ORDINARY, SHOP, History, always, shop, since, steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compose.report.found import OfService, Report
    from tests.unit.played_history import Past

BASE = Path(__file__).parents[1] / "rejections" / "base"
DATA = Path(__file__).parent / "data"
WEEK = Period(END - 7 * DAY, END)


def made(changed: Mapping[str, Mapping[str, Past]] | None = None) -> Report:
    """The report of the ordinary week, with some of its past put in another's place, or before it."""
    changed = changed or {}
    rest = {key: past for key, past in ORDINARY.items() if key not in changed}
    return report(played(shop(), prometheus=History({**changed, **rest}).answers), ("shop",), WEEK)


def only(found: Report) -> OfService:
    (one,) = found.services
    return one


@pytest.mark.parametrize(("form", "file"), [("text", "report.txt"), ("markdown", "report.md")])
def test_an_ordinary_week(form: str, file: str) -> None:
    assert forms.FORMS[form](made()) == (DATA / file).read_text(encoding="utf-8")


def test_json_has_every_number_as_it_is() -> None:
    data = json.loads(forms.FORMS["json"](made()))
    (one,) = data["services"]
    assert (data["start"], data["end"]) == (END - 7 * DAY, END)
    assert one["usage"][0] == {
        "kind": "counted", "key": "requests", "title": "Requests", "events": 6_048_000.0, "rate": 10.0, "peak": 10.0,
        "peak_at": END - 7 * DAY + 300, "before": 8.0,
    }  # fmt: skip
    assert [entry["kind"] for entry in one["jobs"]] == ["ran", "failed", "beaten"]
    assert one["growth"][0]["reached_in"] == pytest.approx(50 * DAY)


def lines(found: Report, beginning: str) -> list[str]:
    return [line for line in forms.text(found).splitlines() if line.startswith(beginning)]


def test_a_period_without_data_says_so() -> None:
    gone = {"service=shop": lambda time: 1.0 if time < END - 8 * DAY else None}
    assert forms.text(made({"count by (service) (up)": gone})) == (
        "Small stack (development): 2025-12-25 00:00 to 2026-01-01 00:00 UTC (7d)\n"
        "\n"
        "== Shop (shop), Sales ==\n"
        "! no data: Prometheus has measured nothing of it in this period\n"
    )


@pytest.mark.parametrize(
    ("first", "notes"),
    [
        (BEGINNING, []),
        (END - 11 * DAY, []),
        (END - 10 * DAY, ["! too little is known of the period before to compare with it"]),
        (
            END - 5 * HOUR,
            [
                "! only the last 5h are known (since 2025-12-31 19:00): the period is shortened to it",
                "! too little is known of the period before to compare with it",
            ],
        ),
    ],
)
def test_missing_history_shortens_the_period(first: int, notes: list[str]) -> None:
    found = made({"count by (service) (up)": {"service=shop": since(first, always(1))}})
    assert lines(found, "!") == notes


def test_what_was_not_measured_meanwhile_is_told() -> None:
    away = {"service=shop": lambda time: None if END - 2 * DAY < time <= END - DAY else 1.0}
    assert lines(made({"count by (service) (up)": away}), "!") == ["! 1d of it nothing was measured"]


def grown(past: Past, first: int = BEGINNING) -> str:
    table = {
        "count by (service) (up)": {"service=shop": since(first, always(1))},
        "shop_database_size_bytes": {"service=shop": since(first, past)},
    }
    (line,) = [line for line in lines(made(table), "Database size") if "400 GB" in line]
    return line.partition("400 GB")[2].strip()


def test_when_a_gauge_is_at_its_limit() -> None:
    assert grown(lambda time: 300e9 + (time - END) / DAY * 2e9) == "in 50d"
    assert grown(lambda time: 300e9 + (time - END) / DAY * 1e9) == "not within 90d"
    assert grown(lambda time: 300e9 - (time - END) / DAY * 1e9) == "not within 90d: it does not grow"
    assert grown(always(300e9)) == "not within 90d: it does not grow"
    assert grown(lambda time: 300e9 + 1e9 * ((time // 300) % 2)) == "not within 90d: no trend"
    assert grown(lambda time: 390e9 if 0 <= END - time < HOUR else 300e9) == "not within 90d: no trend"
    assert grown(always(401e9)) == "already"
    assert grown(lambda time: 300e9 + (time - END) / DAY * 2e9, END - 5 * HOUR) == "not known: less than a day measured"


def test_a_gauge_that_is_gone_leads_nowhere() -> None:
    past = {"instance=old": lambda time: 399e9 if time < END - DAY else None, "instance=new": always(100e9)}
    (line,) = [line for line in lines(made({"shop_database_size_bytes": past}), "Database size") if "400 GB" in line]
    assert line.startswith("Database size (instance=new)")


def test_what_must_not_fall_is_near_its_limit_when_little_is_left() -> None:
    """A share by what is missing to the whole, a number by its threshold; that there is one of it is no limit."""
    metrics = {"shop_workers": {"type": "gauge", "help": "W."}, "shop_leader": {"type": "gauge", "help": "L."}}
    indicators = {
        "idle": {"ratio": {"of": 'shop_connections{state="idle"}', "to": "shop_connections"}, "title": "Idle"},
        "workers": {"value": "shop_workers", "title": "Workers"},
        "leader": {"value": "shop_leader", "title": "Leader"},
    }
    alerts = [
        {"name": f"Few{key.title()}", "indicator": key, "below": limit, "severity": "high", "summary": "F."}
        for key, limit in (("idle", "20%"), ("workers", 3), ("leader", 1))
    ]
    service = {
        **SHOP,
        "metrics": {**SHOP["metrics"], **metrics},
        "indicators": {**SHOP["indicators"], **indicators},
        "alerts": [*SHOP["alerts"], *alerts],
    }
    past = {
        'state="idle"': {"service=shop": steps(0.6, h20=0.28)},
        "shop_workers": {"service=shop": steps(6, h20=4)},
        **ORDINARY,
    }
    found = report(played(shop(services={"shop": service}), prometheus=History(past).answers), ("shop",), WEEK)
    near = {one.title: (one.worst, round(one.near or 0, 9)) for one in only(found).tight if one.below}
    assert near == {"Idle": (0.28, 0.9), "Workers": (4, 0.75)}
    (line,) = lines(found, "Idle  ")
    assert "90% of 20%" in line


def test_an_hour_with_too_few_events_is_not_the_worst() -> None:
    few = {"": lambda time: 0.001 if time > END - HOUR else 10.0}
    bad = {"": lambda time: 0.001 if time > END - HOUR else 1.0 if END - 31 * HOUR < time <= END - 30 * HOUR else 0.0}
    found = made({"service:slo_events:rate5m": few, "service:slo_bad_events:rate5m": bad})
    (failed, *_) = only(found).errors
    assert isinstance(failed, Failed)
    assert failed.worst_at == END - 31 * HOUR
    assert failed.worst == pytest.approx(0.1)


def test_records_are_read_where_there_are_any() -> None:
    history = History(ORDINARY)
    report(played(shop(), prometheus=history.answers), ("shop",), WEEK)
    assert 'service:shop_request_seconds:latency_p95_5m{service="shop"}' in history.asked
    assert 'service:slo_bad_events:rate5m{service="shop",slo="availability"}' in history.asked
    assert not any("shop_requests_total{code" in query for query in history.asked)


def test_of_a_long_time_records_are_averaged() -> None:
    history = History(ORDINARY)
    report(played(shop(), prometheus=history.answers), ("shop",), Period(END - 30 * DAY, END))
    assert 'avg_over_time(service:shop_request_seconds:latency_p95_5m{service="shop"}[30m])' in history.asked


def test_prometheus_that_is_away_is_one_message() -> None:
    with pytest.raises(Trouble) as trouble:
        report(played(shop()), ("shop",), WEEK)
    assert str(trouble.value) == (
        "prometheus does not answer at http://prometheus: ConnectionError, so there is nothing to report "
        "(a report needs what the running stack has measured: `specola up` starts it, `specola status` shows what runs)"
    )


def test_of_several_prometheus_another_answers() -> None:
    stack = shop(components={"prometheus": {"replicas": 2}})
    clients = played(stack, **{"prometheus-2": History(ORDINARY).answers})
    assert lines(report(clients, ("shop",), WEEK), "* objectives") == ["* objectives: 1 kept"]


@pytest.mark.parametrize(
    ("since", "until", "start", "end"),
    [
        ("7d", "", END - 7 * DAY, END),
        ("24h", "2025-12-31", END - 2 * DAY, END - DAY),
        ("2025-12-01", "2025-12-31", END - 31 * DAY, END - DAY),
        ("2d", "1d", END - 3 * DAY, END - DAY),
    ],
)
def test_moments(since: str, until: str, start: int, end: int) -> None:
    assert period(since, until, END) == Period(start, end)


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        (
            "2026-01-02", "",
            "--since is not a minute before --until (a report is about a time such as --since 7d, or --since 24h)",
        ),
        (
            "a week", "",
            "not a moment: 'a week'; write how long ago (30m, 24h, 7d), or a date and perhaps a time "
            "(2026-01-31, 2026-01-31T18:00)",
        ),
    ],
)  # fmt: skip
def test_what_is_no_period(since: str, until: str, message: str) -> None:
    with pytest.raises(Trouble) as trouble:
        period(since, until, END)
    assert str(trouble.value) == message


@pytest.mark.parametrize(
    ("length", "step"), [(HOUR, 60), (DAY, 60), (7 * DAY, 300), (30 * DAY, 1800), (90 * DAY, 2 * HOUR)]
)
def test_a_course_has_two_thousand_points_at_most(length: int, step: int) -> None:
    assert Period(END - length, END).step == step


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose Prometheus has measured nothing."""
    monkeypatch.setattr("compose.clients.Clients", lambda stack, root: played(stack, prometheus=History({}).answers))
    return Path(shutil.copytree(BASE, tmp_path / "project"))


def run(project: Path, *words: str) -> int:
    return specola.main(["report", "--root", str(project), *words])


def test_every_service_but_the_stack_itself_is_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "--format", "json") == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["services"]] == ["shop"]
    assert run(project, "monitoring", "--format", "json") == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["services"]] == ["monitoring"]


def test_a_report_into_a_file(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "--format", "markdown", "--output", str(tmp_path / "week.md")) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path}/week.md\n"
    assert "> no data: Prometheus has measured nothing" in (tmp_path / "week.md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shp"], "specola: no service is called 'shp'\n  did you mean shop?\n"),
        (
            ["--output", "/nowhere/week.md"],
            "specola: cannot write /nowhere/week.md: No such file or directory\n"
            "  name a place that is there, may be written to, and has room\n",
        ),
    ],
)
def test_what_cannot_be_done(project: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, *words) == 1
    assert capsys.readouterr().err == said
