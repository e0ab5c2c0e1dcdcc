"""What Grafana says of the files it was given, and the place in the spec that each error names."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compose.smoke import grafana, metrics, panels
from compose.smoke.check import World
from dashboards.queries import panel_queries
from generator.render import render
from generator.validate.grafana import complaints, fields, unreachable
from generator.validate.panel_places import place
from spec.load import Loaded, load
from spec.locate import around, in_file
from tests.integration.observed import write
from tests.unit.played import played, vector
from tests.unit.smoked import SOON, impatient

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = Path(__file__).parents[1] / "mistakes" / "base"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(BASE / "stack.yaml")


def told(loaded: Loaded, path: tuple[str | int, ...]) -> str:
    mark, text = in_file(loaded.tree, around(loaded.tree, path))
    return f"{mark}: {text}"


# Lines of its log, as Grafana 9.4 writes them

DASHBOARD = "logger=provisioning.dashboard type=file name=web t=2026-11-21T15:55:13.000878588Z level=error "
LINES = {
    DASHBOARD + 'msg="failed to load dashboard from " file=/x/build/dashboards/web/shop-overview.json '
    'error="Dashboard title cannot be empty"':
        "services/shop.yaml:1:1: : Grafana refuses dashboards/web/shop-overview.json: Dashboard title cannot be empty",
    DASHBOARD + 'msg="failed to save dashboard" file=/etc/specola/dashboards/web/shop__own.json error="uid too long"':
        "services/shop.yaml:42:5: dashboards[0]: Grafana refuses dashboards/web/shop__own.json: uid too long",
    DASHBOARD + 'msg="failed to load dashboard from " file=/x/dashboards/home/home.json '
    r'error="invalid character \"n\""':
        'stack.yaml:10:13: components: Grafana refuses dashboards/home/home.json: invalid character "n"',
    'logger=provisioning.dashboard t=T level=warn msg="the same UID is used more than once" uid=shop__own times=2':
        "services/shop.yaml:42:5: dashboards[0]: Grafana refuses dashboard shop__own: the same UID is used more than once",
    'logger=provisioning.dashboard t=T level=warn msg="dashboard title is not unique in folder" title=Own '
    "folderID=4 times=2 providers=[web]":
        "stack.yaml:6:15: owners.web: Grafana refuses dashboards/web: dashboard title is not unique in folder 'Own'",
    DASHBOARD + 'msg="Failed to read content of symlinked path" path=/x/dashboards/web error="lstat: no such file"':
        "stack.yaml:6:15: owners.web: Grafana refuses dashboards/web: lstat: no such file",
    'logger=provisioning t=T level=error msg="Failed to provision data sources" error="Datasource provisioning '
    "error: failed to interpolate value '$__env{SPECOLA_PROMETHEUS_PASSWORD}'\"":
        "stack.yaml:10:13: components: Grafana ends: Failed to provision data sources: Datasource provisioning error: "
        "failed to interpolate value '$__env{SPECOLA_PROMETHEUS_PASSWORD}'",
    r'logger=settings t=T level=error msg="failed to parse \"grafana.ini\": key-value delimiter not found: x\n"':
        'stack.yaml:10:13: components: Grafana refuses its settings: failed to parse "grafana.ini": key-value delimiter '
        "not found: x ",
}  # fmt: skip
NOTHING = (
    'logger=settings t=T level=warn msg="\\"sentry\\" frontend logging provider is deprecated"',
    'logger=provisioning.dashboard t=T level=warn msg="dashboards provisioning provider has no database write '
    'permissions because of duplicates" provider=web',
    'logger=plugin.finder t=T level=warn msg="Skipping finding plugins as directory does not exist" path=/x',
    'logger=context t=T level=error msg="Request Completed" status=500',
    "Grafana server is running with elevated privileges. This is not recommended",
    "",
)


@pytest.mark.parametrize(("line", "text"), LINES.items(), ids=range(len(LINES)))
def test_a_complaint_names_its_place(loaded: Loaded, line: str, text: str) -> None:
    (one,) = complaints(loaded.stack, [line])
    assert f"{told(loaded, one.at)}: {one.text}" == text


@pytest.mark.parametrize("line", NOTHING)
def test_what_is_no_complaint_about_a_file(loaded: Loaded, line: str) -> None:
    assert complaints(loaded.stack, [line]) == ()


def test_a_complaint_that_is_repeated_is_told_once_with_its_latest_time(loaded: Loaded) -> None:
    line = next(iter(LINES))
    (one,) = complaints(loaded.stack, [line, line.replace("15:55:13", "15:55:23")])
    assert one.time == "2026-11-21T15:55:23.000878588Z"


def test_fields_of_a_line() -> None:
    assert fields(r'a=1 msg="two \"words\"" empty= last=x=y') == {
        "a": "1", "msg": 'two "words"', "empty": "", "last": "x=y",
    }  # fmt: skip


def test_why_a_data_source_does_not_answer() -> None:
    refused = 'logger=data-proxy-log path=/api/datasources/proxy/uid/prometheus/api/v1/query level=error err="dial tcp: refused"'
    assert unreachable([refused], "prometheus") == "dial tcp: refused"
    assert unreachable([refused], "loki") == ""


# Panels

PLACES = {
    ("shop-overview", "Errors"): "services/shop.yaml:21:11: indicators.errors",
    ("shop-overview", "Traffic: Requests"): "services/shop.yaml:20:13: indicators.requests",
    ("shop-overview", "Dependencies"): "services/shop.yaml:18:21: metrics.shop_database_up",
    ("shop-overview", "Availability: errors against the objective"): "services/shop.yaml:29:5: slos[0]",
    ("shop-overview", "Firing now"): "services/shop.yaml:1:1: ",
    ("shop-alerts", "QueueLong: Queue"): "services/shop.yaml:32:5: alerts[1]",
    ("shop-alerts", "ManyErrorLines: lines a second"): "services/shop.yaml:40:7: logs.alerts[0]",
    ("shop-alerts", "LiveProbeFailed: Probe live"): "services/shop.yaml:6:5: probes[0]",
    ("shop__own", "Free"): "services/shop.yaml:26:18: indicators.free.promql",
    ("home", "Firing now"): "stack.yaml:10:13: components",
}


def test_a_panel_comes_from_what_it_shows(loaded: Loaded) -> None:
    boards = [json.loads(one.content) for one in render(loaded.stack) if one.path.startswith("dashboards/")]
    asked = {(query.dashboard, query.title): query.expr for board in boards for query in panel_queries(board)}
    assert {key: told(loaded, place(loaded.stack, *key, asked[key])) for key in PLACES} == PLACES


OWN = """    sections:
      - title: All
        panels:
          - {metric: shop_queue, title: Waiting}
          - {metric: shop_refunds_total}
          - {objective: availability, title: Promise}
          - {logql: '{$scope} |= "x"', title: Lines}
"""


def test_a_panel_of_a_dashboard_of_ones_own_is_that_line(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "services/shop.yaml"
    path.write_text(path.read_text().partition("    sections:\n")[0] + OWN)
    loaded = load(tmp_path / "stack.yaml")
    assert [told(loaded, place(loaded.stack, "shop__own", *one)) for one in (
        ("Waiting", "shop_queue"), ("Refunds", "shop_refunds_total"), ("Promise: budget left", ""),
        ("Lines", ""), ("Somebody else's", ""), ("Somebody else's", "rate(shop_seconds_bucket[5m])"),
    )] == [
        "services/shop.yaml:48:13: dashboards[0].sections[0].panels[0]",
        "services/shop.yaml:49:13: dashboards[0].sections[0].panels[1]",
        "services/shop.yaml:50:13: dashboards[0].sections[0].panels[2]",
        "services/shop.yaml:51:21: dashboards[0].sections[0].panels[3].logql",
        "services/shop.yaml:42:5: dashboards[0]",
        "services/shop.yaml:15:5: metrics.shop_seconds",
    ]  # fmt: skip


# What smoke says


@pytest.fixture
def smoked(loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    """The spec's own stack, rendered and played, with lines in Grafana's log."""
    impatient(monkeypatch)
    write((one for one in render(loaded.stack) if one.path.endswith("/shop__own.json")), tmp_path)

    def world(*lines: str, absent: tuple[str, ...] = ("loki",), **answers: dict[str, Any]) -> World:
        made = World(
            loaded.stack, tmp_path, played(loaded.stack, **answers), frozenset(absent), time.monotonic() + SOON
        )
        return replace(made, log=lambda _: lines, tree=loaded.tree)

    return world


def refusal(age: float) -> str:
    when = datetime.now(UTC) - timedelta(seconds=age)
    return (
        f"logger=provisioning.dashboard t={when.isoformat()} level=error "
        'msg=no file=/x/dashboards/web/shop__own.json error="panels: not a list"'
    )


REFUSED = "services/shop.yaml:42:5: dashboards[0]: Grafana refuses dashboards/web/shop__own.json: panels: not a list"
LOST = "services/shop.yaml:42:5: dashboards[0]: dashboard shop__own is not in Grafana"


@pytest.mark.parametrize(("age", "served", "problems"), [
    (1, True, (REFUSED,)),
    (1, False, (REFUSED,)),
    (60, True, ()),
    (60, False, (LOST,)),
])  # fmt: skip
def test_a_dashboard_that_is_refused_now_is_told_with_the_reason(
    smoked: Callable[..., World], age: float, served: bool, problems: tuple[str, ...]
) -> None:
    answers = {"/api/search": [{"uid": "shop__own"}] if served else []}
    assert grafana.dashboards(smoked(refusal(age), grafana=answers)).problems == problems


def test_a_data_source_that_does_not_answer_names_its_component(smoked: Callable[..., World]) -> None:
    sources: dict[str, Any] = {f"/api/datasources/uid/{uid}": {} for uid in ("prometheus", "alertmanager")}
    line = "logger=data-proxy-log path=/api/datasources/proxy/uid/prometheus/api/v1/query level=error err=refused"
    assert grafana.datasources(smoked(line, grafana=sources)).problems == (
        "stack.yaml:10:13: components: data source prometheus answers 404 through Grafana: refused",
        'stack.yaml:10:13: components: data source alertmanager answers 404 through Grafana: "not here"',
    )


def test_a_query_that_grafana_reports_as_wrong_names_the_expression(smoked: Callable[..., World]) -> None:
    def query(body: dict[str, Any]) -> Any:
        return {"results": {one["refId"]: {"error": "bad_data: invalid label"} for one in body["queries"]}}

    values = "/api/datasources/uid/prometheus/resources/api/v1/label/service/values"
    found = panels.panels(smoked(grafana={"/api/ds/query": query, values: {"data": []}}))
    assert found.problems == (
        "services/shop.yaml:20:13: indicators.requests: shop__own: Requests: Grafana says: bad_data: invalid label",
        "services/shop.yaml:26:18: indicators.free.promql: shop__own: Free: Grafana says: bad_data: invalid label",
    )


def test_what_is_not_scraped_as_declared_names_its_line(smoked: Callable[..., World]) -> None:
    """The other programs' answers come back to the spec, too."""
    nothing = {"/api/v1/targets": {"data": {"activeTargets": []}}, "/api/v1/query": vector(),
               "/api/v1/rules": {"data": {"groups": [{"name": "shop", "rules": [
                   {"name": "QueueLong", "health": "err", "lastError": "many-to-many"}]}]}},
               "/api/v1/targets/metadata": {"data": []}, "/api/v1/series": {"data": []}}  # fmt: skip
    world = smoked(prometheus=nothing)
    assert "services/shop.yaml:4:9: scrape: job shop has no target" in metrics.targets(world).problems
    assert (
        "services/shop.yaml:6:5: probes[0]: probe shop-probe-live has no answer yet" in metrics.probes(world).problems
    )
    assert (
        "services/shop.yaml:32:5: alerts[1]: rule QueueLong of shop fails: many-to-many"
        in metrics.rules(world).problems
    )
    missing = (
        "services/shop.yaml:13:23: metrics.shop_refunds_total: shop: shop_refunds_total is declared, but not exposed"
    )
    assert missing in metrics.contracts(world).problems


@pytest.mark.parametrize(("ages", "problems"), [((9,), ()), ((9, 3), (REFUSED,)), ((9, 3, 1), (REFUSED,))])
def test_what_grafana_says_once_at_its_start_is_mended_when_it_next_reads_its_files(
    smoked: Callable[..., World], monkeypatch: pytest.MonkeyPatch, ages: tuple[float, ...], problems: tuple[str, ...]
) -> None:
    """It ended, or its database was busy, in the middle of a dashboard."""
    monkeypatch.setattr(grafana, "STILL", timedelta(seconds=0.01))
    lines = [refusal(age) for age in ages]
    heard = iter([lines[:1]] * 2)  # by the first two looks; the others hear all
    world = replace(smoked(grafana={"/api/search": [{"uid": "shop__own"}]}), log=lambda _: next(heard, lines))
    assert grafana.taken_up(world, datetime.now(UTC) - timedelta(minutes=1)) == problems
