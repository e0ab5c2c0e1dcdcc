"""Checks of dashboards: each finds its mistake in a small board, at the spec's line, and nothing in what we render."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from generator.lint.catalog import LINTS
from generator.lint.dashboards.boards import parsed
from generator.series import Estimate
from spec.names import LOKI_UID, PROMETHEUS_UID
from tests.unit.checked import laid_out, project_in, said
from tests.unit.test_dashboards import five_systems

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.validate.work import Work

PATH = "dashboards/home/home.json"
CHECKS = {check.name: check.look for check in LINTS if check.name.startswith("dashboards/")}


def target(expr: str, legend: str = "requests", ref: str = "A", uid: str = PROMETHEUS_UID) -> dict[str, Any]:
    return {"refId": ref, "expr": expr, "legendFormat": legend, "datasource": {"uid": uid}}


PANEL: dict[str, Any] = {
    "id": 1, "type": "timeseries", "title": "Requests", "description": "How many.",
    "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "fieldConfig": {"defaults": {"unit": "reqps"}},
    "options": {"legend": {"displayMode": "list"}},
    "targets": [target('sum(rate(shop_requests_total{job="shop"}[$__rate_interval]))')],
}  # fmt: skip
BOARD: dict[str, Any] = {"uid": "home", "title": "Home", "description": "Is all well?", "panels": [PANEL]}
PROMISES = sum(len(service.objectives) for service in five_systems().services)
SPLIT = 'sum by (code) (rate(shop_requests_total{job="shop"}[$__rate_interval]))'


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Work:
    return laid_out(project_in(tmp_path_factory.mktemp("project")), tmp_path_factory.mktemp("work"))


def with_board(work: Work, change: Callable[[dict[str, Any]], object]) -> Work:
    board = deepcopy(BOARD)
    change(board)
    return replace(work, artefacts={PATH: json.dumps(board).encode()})


def panel(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda board: board["panels"][0].update(changes)


def asks(*expressions: str, **changes: object) -> Callable[[dict[str, Any]], object]:
    targets = [target(expr, f"query {n}", "ABC"[n]) for n, expr in enumerate(expressions)]
    return panel(targets=targets, **changes)


def beside(x: int) -> Callable[[dict[str, Any]], object]:
    return lambda board: board["panels"].append(
        PANEL | {"id": 2, "title": "Errors", "gridPos": PANEL["gridPos"] | {"x": x}}
    )


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_what_is_rendered_passes(sound: Work, check: str) -> None:
    assert said(sound, CHECKS[check]) == []
    assert said(with_board(sound, lambda board: board), CHECKS[check]) == []


@pytest.mark.parametrize(
    ("check", "change", "message"),
    [
        ("unit", panel(fieldConfig={"defaults": {}}), "it has no unit"),
        ("description", panel(description=" "), "it does not say what it shows"),
        ("description", lambda board: board.pop("description"), "it does not say which question it answers"),
        ("data-source", panel(targets=[target("up", uid="P1234")]), "query A asks the data source 'P1234', which is not provisioned"),
        ("data-source", panel(targets=[{"refId": "A", "datasource": "Prometheus"}]), "query A asks the data source 'Prometheus', which"),
        ("interval", asks("rate(x_total{a='b'}[7m])"), "rate over a fixed 7m: rate(x_total{a='b'}[7m])"),
        ("selector", asks("sum(rate(x_total[$__rate_interval]))"), "x_total without a selector: sum(rate("),
        ("legend", panel(targets=[target("up", "")]), "query 1 has no legend"),
        ("legend", panel(targets=[target("a"), target("b", ref="B")]), "two queries have the same legend"),
        ("legend", panel(targets=[target(SPLIT, "{{code}}")], options={"legend": {"displayMode": "hidden"}}), "it draws several series and hides their legend"),
        ("overlap", beside(11), "panels 'Requests' and 'Errors' overlap"),
        ("panel-type", panel(type="graph"), "it is of the kind 'graph', which Grafana has not any more"),
        ("long-range", asks("increase(x_total{a='b'}[30d])"), "it reads a day or more of the raw series x_total: increase("),
        ("long-range", asks("increase(x_total{a='b'}[$__range])"), "it reads a day or more of the raw series x_total: increase("),
    ],
)  # fmt: skip
def test_a_mistake_is_found(sound: Work, check: str, change: Callable[[dict[str, Any]], object], message: str) -> None:
    (problem,) = said(with_board(sound, change), CHECKS[f"dashboards/{check}"])
    assert message in problem
    assert problem.startswith("stack.yaml:")


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("unit", panel(type="logs", fieldConfig={"defaults": {}})),
        ("data-source", panel(targets=[target("{a='b'}", uid=LOKI_UID)])),
        ("interval", asks("increase(x_total{a='b'}[5m])")),
        ("selector", asks("service:slo_budget_left:ratio")),
        ("legend", panel(targets=[target("up", "{{service}}")], options={"legend": {"displayMode": "hidden"}})),
        ("overlap", beside(12)),
        ("long-range", asks("sum_over_time(service:x:rate5m[30d])")),
        ("long-range", asks("avg_over_time(x{a='b'}[12h])")),
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(sound: Work, check: str, change: Callable[[dict[str, Any]], object]) -> None:
    assert said(with_board(sound, change), CHECKS[f"dashboards/{check}"]) == []


@pytest.mark.parametrize(
    ("expr", "read", "given"),
    [
        ('tug_http_requests_total{job="tug"}', 6 * 4 * 4, 6 * 4 * 4),
        ('tug_http_requests_total{job="tug", code="5xx"}', 6 * 4, 6 * 4),
        ('tug_http_requests_total{job="tug", code=~"4xx|5xx", route!="auth"}', 5 * 4 * 2, 5 * 4 * 2),
        ('tug_http_requests_total{job="another"}', 0, 0),
        ('tug_http_requests_total{job="tug", route=~"$route"}', 6 * 4 * 4, 6 * 4 * 4),
        ('sum(rate(tug_http_requests_total{job="tug"}[$__rate_interval]))', 96, 1),
        ('sum by (service, code) (rate(tug_http_requests_total{job="tug"}[5m]))', 96, 4),
        ('histogram_quantile(0.9, sum by (le) (rate(tug_http_request_duration_seconds_bucket{job="tug"}[5m])))', 66, 1),
        ('topk(3, tug_mongodb_connections{job="tug"}) / on () group_left tug_mongodb_connections_max', 3, 2),
        ('service:tug_http_requests:errors_ratio5m{service="tug"}', 1, 1),
        ("service:slo_budget_left:ratio", PROMISES, PROMISES),
        ('probe_success{service="tug"}', 9, 9),
        ('up{service!="tug"}', 5, 5),
        ("vector(1)", 0, 1),
    ],
)  # fmt: skip
def test_series_are_counted_from_the_contract(expr: str, read: int, given: int) -> None:
    estimate = Estimate(five_systems(), parsed)
    assert (estimate.read(parsed(expr)), estimate.given(parsed(expr))) == (read, given)


def test_a_panel_over_the_budget_is_a_warning_at_its_dashboard(sound: Work) -> None:
    spec = sound.stack.spec
    frugal = spec.model_copy(update={"budget": spec.budget.model_copy(update={"series_per_panel": 1})})
    work = replace(sound, stack=replace(sound.stack, spec=frugal))
    problems = list(CHECKS["dashboards/series"](work))
    assert {problem.level for problem in problems} == {"warning"}
    assert any("budget.series_per_panel is 1" in problem.message for problem in problems)
