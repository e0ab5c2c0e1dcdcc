"""What the checks of Grafana and its panels call a problem, on a stack that is played."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from compose.clients import UnreachableError
from compose.smoke import grafana, panels
from compose.smoke.asking import of_grafana, substitute
from rules.groups import groups
from rules.rule import Recording
from spec.names import ALERTMANAGER_UID, LOKI_UID, OWN_SERVICE, PROMETHEUS_UID
from spec.own import PACK_OF
from tests.unit.played import matrix, vector
from tests.unit.small_stack import small_stack
from tests.unit.smoked import impatient, world

if TYPE_CHECKING:
    from pathlib import Path

    from spec.stack import Stack


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


# Grafana

SOURCES: dict[str, Any] = {f"/api/datasources/uid/{uid}": {} for uid in (PROMETHEUS_UID, LOKI_UID, ALERTMANAGER_UID)}
ANSWERING: dict[str, Any] = {
    f"/api/datasources/proxy/uid/{PROMETHEUS_UID}/api/v1/query": {},
    f"/api/datasources/proxy/uid/{LOKI_UID}/loki/api/v1/labels": {},
    f"/api/alertmanager/{ALERTMANAGER_UID}/api/v2/status": {},
}


def test_data_sources_are_there_and_answer(tmp_path: Path) -> None:
    whole = grafana.datasources(world(tmp_path, grafana=SOURCES | ANSWERING))
    assert (whole.detail, whole.problems) == ("3 of 3 data sources healthy", ())
    deaf = grafana.datasources(world(tmp_path, absent=("loki",), grafana=SOURCES))
    assert deaf.problems == (
        'data source prometheus answers 404 through Grafana: "not here"',
        'data source alertmanager answers 404 through Grafana: "not here"',
    )
    none = grafana.datasources(world(tmp_path, absent=("loki",), grafana={"/": {}}))
    assert none.problems == ("data source prometheus is not there", "data source alertmanager is not there")
    assert grafana.datasources(world(tmp_path, absent=("grafana",))).skipped == "Grafana does not run here"


def dashboard(folder: Path, uid: str, *panels_: dict[str, Any], variables: tuple[dict[str, Any], ...] = ()) -> None:
    (folder / "dashboards/ops").mkdir(parents=True, exist_ok=True)
    document = {"uid": uid, "panels": list(panels_), "templating": {"list": list(variables)}}
    (folder / f"dashboards/ops/{uid}.json").write_text(json.dumps(document))


def panel(
    number: int, expr: str, empty: str = "", source: str = PROMETHEUS_UID, instant: bool = True
) -> dict[str, Any]:
    defaults = {"noValue": empty} if empty else {}
    asked = {"refId": "A", "expr": expr, "datasource": {"uid": source}, "instant": instant}
    return {"id": number, "title": f"Panel {number}", "targets": [asked], "fieldConfig": {"defaults": defaults}}


def test_every_rendered_dashboard_is_served(tmp_path: Path) -> None:
    for uid in ("home", "alerts"):
        dashboard(tmp_path, uid)
    found = grafana.dashboards(world(tmp_path, grafana={"/api/search": [{"uid": "home"}, {"uid": "by-hand"}]}))
    assert found.problems == ("dashboard alerts is not in Grafana",)
    assert found.counts == {"served": 1, "total": 2}


# Panels


def test_panels_with_data_rightly_empty_without_and_not_asked(tmp_path: Path) -> None:
    dashboard(
        tmp_path,
        "home",
        panel(1, "up"),
        panel(2, "nothing", empty="no alerts"),
        panel(3, "nothing"),
        panel(4, '{service="shop"}', source=LOKI_UID),
        panel(5, "nan"),
        panel(6, "rate(up[5m])", instant=False),
        {**panel(7, "nothing"), "targets": [*panel(7, "nothing")["targets"], *panel(7, "up")["targets"]]},
    )
    known = {"up": vector(({}, "1")), "nan": vector(({}, "NaN"))}
    answers = {
        "/api/v1/query": lambda query, **_: known.get(query, vector()),
        "/api/v1/query_range": matrix(("NaN", "2")),
    }
    found = panels.panels(world(tmp_path, absent=("loki", "grafana"), prometheus=answers))
    assert found.counts == {"with_data": 3, "empty_ok": 1, "no_data": 2, "not_asked": 1, "total": 7}
    assert found.problems == ("home: Panel 3: no data: nothing", "home: Panel 5: no data: nan")
    assert (
        found.detail
        == "3 of 7 panels with data, 1 rightly empty, 2 without, 1 not asked (what they show does not run here); "
        "0 variables filled, asked directly"
    )


def test_a_query_that_fails_is_told_even_where_a_panel_may_be_empty(tmp_path: Path) -> None:
    dashboard(tmp_path, "home", panel(1, "up{", empty="none"))
    found = panels.panels(world(tmp_path, absent=("grafana",), prometheus={"/": {}}))
    assert found.problems == ('home: Panel 1: prometheus answers 404 at /api/v1/query: "not here"',)


def test_a_stack_without_grafana_has_no_dashboards_to_look_at(tmp_path: Path) -> None:
    bare = small_stack(components={"grafana": {"enabled": False}})
    assert panels.panels(world(tmp_path, bare)).skipped == "this stack has no Grafana, so no dashboards"
    dashboard(tmp_path, "home", variables=(choice("job", "label_values(up, job)"),))
    with pytest.raises(UnreachableError):
        panels.panels(world(tmp_path))


def choice(name: str, query: str, current: str = "", multi: bool = False, kind: str = "query") -> dict[str, Any]:
    source = {"uid": PROMETHEUS_UID}
    return {
        "name": name,
        "type": kind,
        "query": query,
        "current": {"value": current},
        "multi": multi,
        "datasource": source,
    }


@pytest.mark.parametrize(("variable", "asked"), [
    (choice("job", "label_values(up, job)"), 'up{job=~"a.b"}'),
    (choice("job", "label_values(up, job)", multi=True), 'up{job=~"(a\\\\.b|c)"}'),
    (choice("job", "label_values(up, job)", "$__all"), 'up{job=~"(a\\\\.b|c)"}'),
    (choice("job", "label_values(up, job)", "c"), 'up{job=~"c"}'),
    (choice("job", "", "typed", kind="textbox"), 'up{job=~"typed"}'),
])  # fmt: skip
def test_variables_are_filled_in_as_grafana_does_at_first(tmp_path: Path, variable: dict[str, Any], asked: str) -> None:
    dashboard(tmp_path, "home", panel(1, 'up{job=~"$job"}'), variables=(variable,))
    heard = []

    def query(query: str, **_: object) -> Any:
        heard.append(query)
        return vector(({}, "1"))

    answers = {"/api/v1/query": query, "/api/v1/label/job/values": {"data": ["a.b", "c"]}}
    assert panels.panels(world(tmp_path, absent=("grafana",), prometheus=answers)).ok
    assert heard == [asked]


def test_a_variable_without_values_is_a_problem(tmp_path: Path) -> None:
    dashboard(tmp_path, "home", variables=(choice("job", "label_values(up, job)"),))
    found = panels.panels(world(tmp_path, absent=("grafana",), prometheus={"/api/v1/label/job/values": {"data": []}}))
    assert found.problems == ("home: variable job has no values",)


@pytest.mark.parametrize(("expr", "expected"), [
    ("rate(a[$__rate_interval])", "rate(a[60s])"),
    ("rate(a[${__rate_interval}])", "rate(a[60s])"),
    ('a{b="$one"}', 'a{b="1"}'),
    ('a{b="${one:regex}"}', 'a{b="1"}'),
    ('a{b="$unknown"}', 'a{b="$unknown"}'),
    ('a{b=~"x$"}', 'a{b=~"x$"}'),
    ("increase(a[$__range])", "increase(a[21600s])"),
])  # fmt: skip
def test_substitution(expr: str, expected: str) -> None:
    assert substitute(expr, {"one": "1"}, of_grafana(15)) == expected


def frame(kind: str, *values: object) -> dict[str, Any]:
    return {
        "schema": {"fields": [{"type": "time"}, {"type": kind}]},
        "data": {"values": [[0] * len(values), list(values)]},
    }


def test_grafana_is_asked_as_its_own_page_does_where_it_runs(tmp_path: Path) -> None:
    known = {
        'up{job=~"a"}': {"frames": [frame("number", None, 1)]},
        "rate(up[$__rate_interval])": {"frames": [frame("number", None)]},
        '{service="shop"}': {"frames": [frame("string", "a line")]},
        "wrong": {"error": "bad_data:\n no such function", "frames": []},
    }
    bodies = []

    def query(body: dict[str, Any]) -> Any:
        bodies.append(body)
        return {"results": {one["refId"]: known.get(one["expr"], {"frames": []}) for one in body["queries"]}}

    logs = panel(3, '{service="shop"}', source=LOKI_UID, instant=False)
    both = {
        **panel(5, "wrong"),
        "targets": [*panel(5, "wrong")["targets"], {**panel(5, "up")["targets"][0], "refId": "B"}],
    }
    shown = (
        panel(1, 'up{job=~"$job"}'),
        panel(2, "rate(up[$__rate_interval])"),
        logs,
        panel(4, "none", empty="none"),
        both,
    )
    dashboard(tmp_path, "home", *shown, variables=(choice("job", "label_values(up, job)"),))
    values = f"/api/datasources/uid/{PROMETHEUS_UID}/resources/api/v1/label/job/values"
    found = panels.panels(world(tmp_path, grafana={"/api/ds/query": query, values: {"data": ["a"]}}))
    assert (
        found.detail == "2 of 5 panels with data, 1 rightly empty, 2 without; 1 variables filled, asked through Grafana"
    )
    assert found.problems == (
        "home: Panel 2: no data: rate(up[$__rate_interval])",
        "home: Panel 5: Grafana says: bad_data: no such function",
    )
    assert [one["expr"] for body in bodies for one in body["queries"]][-2:] == ["wrong", "up"]
    asked = {one["expr"]: one for body in bodies for one in body["queries"]}
    assert asked['{service="shop"}']["datasource"] == {"type": "loki", "uid": LOKI_UID}
    assert (asked["wrong"]["instant"], asked["wrong"]["range"]) == (True, False)


def test_what_prometheus_refuses_is_told_where_grafana_shows_nothing(tmp_path: Path) -> None:
    dashboard(tmp_path, "home", panel(1, "rate(up[$__rate_interval])", empty="none"), panel(2, "up", empty="none"))
    refused = {"status": "error", "errorType": "execution", "error": "many-to-many matching not allowed"}

    def ask(query: str, **_: object) -> Any:
        return refused if query == "rate(up[60s])" else vector()

    nothing: dict[str, Any] = {"/api/ds/query": {"results": {}}}
    prometheus = {"/api/v1/query": ask, "status": lambda answer: 422 if "error" in answer else 200}
    found = panels.panels(world(tmp_path, grafana=nothing, prometheus=prometheus))
    assert found.problems == ("home: Panel 1: Prometheus says: execution: many-to-many matching not allowed",)
    assert found.counts["empty_ok"] == 1


def test_what_does_not_run_here_is_not_asked_of_its_panels(tmp_path: Path) -> None:
    dashboard(tmp_path, "home", panel(1, "alloy_config_last_load_successful"), panel(2, "up"))
    answers = {"/api/v1/query": vector()}
    found = panels.panels(world(tmp_path, absent=("grafana", "alloy"), prometheus=answers))
    assert (found.counts["not_asked"], found.problems) == (1, ("home: Panel 2: no data: up",))


@pytest.mark.parametrize(("component", "pack"), PACK_OF)
def test_what_is_recorded_from_a_component_that_is_not_here_may_be_empty(
    tmp_path: Path, component: str, pack: str
) -> None:
    stack = small_stack()
    parts = [part for part in stack.by_name[OWN_SERVICE].parts if part.pack == pack]
    asked = tuple(record for part in parts for record in recorded(stack, tuple(part.metrics)))
    assert asked or component == "inbox", "nothing but the inbox has no records, whose panels read it as it is"
    dashboard(tmp_path, "home", *(panel(number, expr) for number, expr in enumerate(asked)))
    found = panels.panels(world(tmp_path, absent=("grafana", component), prometheus={"/api/v1/query": vector()}))
    assert (found.problems, found.counts["not_asked"]) == ((), len(asked))


def recorded(stack: Stack, metrics: tuple[str, ...]) -> list[str]:
    """The names of what is recorded straight from the metrics."""
    own = [rule for group in groups(stack) for rule in group.rules if group.file == OWN_SERVICE]
    made = re.compile(rf"\b({'|'.join(metrics)})")
    return [rule.record for rule in own if isinstance(rule, Recording) and made.search(rule.expr)]


def test_grafana_that_answers_something_else_is_told(tmp_path: Path) -> None:
    dashboard(tmp_path, "home", panel(1, "up"))
    found = panels.panels(world(tmp_path, grafana={"/api/ds/query": {"message": "Unauthorized"}}))
    assert found.problems == ('home: Panel 1: grafana answers 200 at /api/ds/query: {"message": "Unauthorized"}',)


def test_a_rate_interval_is_four_scrapes() -> None:
    assert substitute("$__rate_interval", {}, of_grafana(30)) == "120s"
