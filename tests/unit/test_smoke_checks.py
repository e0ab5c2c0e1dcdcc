"""What each check of `specola smoke` calls a problem, on a stack that is played."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from compose.backend import Observed
from compose.clients import UnreachableError
from compose.smoke import components, delivery, grafana, logs, metrics, panels
from compose.smoke.asking import of_grafana, substitute
from compose.smoke.check import World
from rules.groups import groups
from spec.names import ALERTMANAGER_UID, LOKI_UID, PROMETHEUS_UID, SMOKE_ALERT
from tests.unit.played import changing, matrix, played, vector
from tests.unit.small_stack import SHOP, small_stack

if TYPE_CHECKING:
    from pathlib import Path

    from spec.stack import Stack

SOON = 0.05
PROBED = {"services": {"shop": {**SHOP, "probes": [{"name": "live", "url": "http://shop:8080/live"}]}}}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compose.smoke.check.LEAST", SOON)


def world(tmp_path: Path, stack: Stack | None = None, absent: tuple[str, ...] = (), **answers: dict[str, Any]) -> World:
    stack = stack or small_stack()
    return World(stack, tmp_path, played(stack, **answers), frozenset(absent), time.monotonic() + SOON)


# Components


def test_components_that_are_not_ready_are_named(tmp_path: Path) -> None:
    seen = (
        Observed("redis", "running", "healthy"),
        Observed("simulator", "running"),
        Observed("loki", "absent"),
        Observed("node", "exited", detail="exited with code 1; next try in 4 s"),
        Observed("prometheus", "starting", "answers 503: not ready"),
        Observed("grafana", "running", "no answer within 2 s"),
    )
    stack = small_stack()
    found = components.ready(World(stack, tmp_path, played(stack), frozenset({"loki"}), observe=lambda: seen))
    assert found.detail == "2 of 5 components ready; not here: loki"
    assert found.counts == {"ready": 2, "total": 5}
    assert found.problems == (
        "node is exited: exited with code 1; next try in 4 s",
        "prometheus is starting",
        "grafana is not ready: no answer within 2 s",
    )


# Targets


def target(job: str, health: str = "up", error: str = "") -> dict[str, Any]:
    return {"labels": {"job": job, "instance": f"{job}:1"}, "health": health, "lastError": error}


def targets_of(stack: Stack, *besides: dict[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
    jobs = (job.name for service in stack.services for job in service.jobs)
    return {"/api/v1/targets": {"data": {"activeTargets": [*besides, *(target(j) for j in jobs if j not in without)]}}}


def test_targets_are_those_of_the_spec_and_all_up(tmp_path: Path) -> None:
    stack = small_stack()
    found = metrics.targets(world(tmp_path, stack, prometheus=targets_of(stack, target("somebody-else", "down"))))
    assert found.ok
    assert found.counts["up"] == found.counts["total"] == sum(len(service.jobs) for service in stack.services)


def test_a_target_that_is_down_unknown_or_not_there_is_named(tmp_path: Path) -> None:
    stack = small_stack(**PROBED)
    answers = targets_of(
        stack,
        target("shop", "down", "connection refused"),
        target("shop-probe-live", "unknown"),
        without=("shop", "shop-probe-live", "monitoring-node"),
    )
    found = metrics.targets(world(tmp_path, stack, prometheus=answers))
    assert found.problems == (
        "shop:1 of job shop is down: connection refused",
        *(p for p in found.problems if p.startswith("shop-probe")),
        "job monitoring-node has no target",
    )
    assert any("is unknown: not scraped yet" in problem for problem in found.problems)


def test_targets_of_components_that_are_not_here_are_not_asked_for(tmp_path: Path) -> None:
    stack = small_stack(**PROBED)
    jobs = tuple(job.name for service in stack.services for job in service.jobs)
    gone = tuple(name for name in jobs if name in ("monitoring-loki", "monitoring-blackbox") or "probe" in name)
    assert len(gone) == 3
    answers = targets_of(stack, without=gone)
    assert metrics.targets(world(tmp_path, stack, ("loki", "blackbox"), prometheus=answers)).ok
    assert len(metrics.targets(world(tmp_path, stack, prometheus=answers)).problems) == 3


# Rules and probes


def rules_of(stack: Stack, health: str = "ok", without: str = "", interval: float = 15) -> dict[str, Any]:
    shown = [
        {"name": group.name, "interval": interval, "rules": [
            {"name": getattr(rule, "alert", "") or getattr(rule, "record", ""), "health": health, "lastError": "bad"}
            for rule in group.rules
        ]}
        for group in groups(stack) if group.name != without
    ]  # fmt: skip
    return {"/api/v1/rules": {"data": {"groups": shown}}}


def test_every_rule_is_loaded_and_was_evaluated(tmp_path: Path) -> None:
    stack = small_stack()
    found = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack)))
    assert found.ok
    assert found.counts["groups"] == len(groups(stack))
    lost = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack, without="shop")))
    assert lost.problems == ("rule group shop is not loaded",)
    waiting = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack, "unknown")))
    assert waiting.problems[0] == "rule ServiceDown of shop was not evaluated yet"
    slow = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack, "unknown", interval=300)))
    assert (slow.ok, slow.counts["waiting"]) == (True, slow.counts["rules"])
    wrong = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack, "err")))
    assert wrong.problems[0] == "rule ServiceDown of shop fails: bad"


@pytest.mark.parametrize(("series", "problems", "well"), [
    ([({"job": "JOB"}, "1")], (), 1),
    ([({"job": "JOB"}, "0")], ("probe JOB fails",), 0),
    ([], ("probe JOB has no answer yet",), 0),
    ([({"job": "other"}, "0")], ("probe JOB has no answer yet",), 0),
])  # fmt: skip
def test_probes(tmp_path: Path, series: list[tuple[dict[str, str], str]], problems: tuple[str, ...], well: int) -> None:
    stack = small_stack(**PROBED)
    job = next(job.name for job in stack.by_name["shop"].jobs if job.probe)
    named = [({"job": labels["job"].replace("JOB", job)}, value) for labels, value in series]
    found = metrics.probes(world(tmp_path, stack, prometheus={"/api/v1/query": vector(*named)}))
    assert found.problems == tuple(problem.replace("JOB", job) for problem in problems)
    assert found.counts == {"ok": well, "total": 1}


def test_without_the_blackbox_exporter_probes_are_skipped(tmp_path: Path) -> None:
    assert metrics.probes(world(tmp_path, absent=("blackbox",))).skipped == "the blackbox exporter does not run"


# Contracts


@pytest.mark.parametrize(("types", "series", "problem"), [
    ({"shop_orders_total": "counter"}, [{"__name__": "shop_orders_total", "outcome": "paid"}], ""),
    ({"shop_orders": "counter"}, [{"__name__": "shop_orders_total", "outcome": "paid"}], ""),
    ({"shop_orders_total": "gauge"}, [{"__name__": "shop_orders_total", "outcome": "paid"}],
     "shop: shop_orders_total is declared as counter, but exposed as gauge"),
    ({}, [{"__name__": "shop_orders_total", "outcome": "paid"}], ""),
    ({"shop_orders_total": "counter"}, [{"__name__": "shop_orders_total"}],
     "shop: shop_orders_total lacks the declared labels outcome"),
    ({"shop_orders_total": "counter"}, [{"__name__": "shop_visits_total"}],
     "shop: shop_orders_total is declared, but not exposed"),
    ({}, [], "shop: shop_orders_total is declared, but not exposed"),
])  # fmt: skip
def test_a_contract_is_kept(tmp_path: Path, types: dict[str, str], series: list[dict[str, str]], problem: str) -> None:
    answers = {
        "/api/v1/targets/metadata": {"data": [{"metric": name, "type": type_} for name, type_ in types.items()]},
        "/api/v1/series": {"data": series},
    }
    found = metrics.contracts(world(tmp_path, prometheus=answers))
    assert found.problems == ((problem,) if problem else ())
    assert found.counts == {"metrics": 1}


# Delivery


def message(status: str, run: str, name: str = SMOKE_ALERT) -> dict[str, Any]:
    return {"alerts": [{"name": name, "status": status, "labels": {"run": run}}]}


@pytest.mark.parametrize(("active", "problems"), [
    ([{"labels": {}}], ()),
    ([], ("Alertmanager has not received the watchdog from Prometheus",)),
])  # fmt: skip
def test_the_watchdog(tmp_path: Path, active: list[object], problems: tuple[str, ...]) -> None:
    found = delivery.watchdog(world(tmp_path, alertmanager={"/api/v2/alerts": active}))
    assert found.problems == problems


def delivered(tmp_path: Path, *statuses: str, other: bool = False) -> tuple[tuple[str, ...], list[Any]]:
    """The check's problems when the inbox gets these, and what Alertmanager was sent."""
    sent: list[Any] = []

    def alerts(body: Any) -> None:
        sent.extend(body)

    def messages(status: str, **_: object) -> list[Any]:
        run = sent[0]["labels"]["run"]
        return [message(status, "another run" if other else run)] if status in statuses else []

    there = world(tmp_path, alertmanager={"/api/v2/alerts": alerts}, inbox={"/messages": messages})
    return delivery.delivery(there).problems, sent


def test_a_test_alert_is_sent_and_ended_whatever_happens(tmp_path: Path) -> None:
    problems, sent = delivered(tmp_path, "firing", "resolved")
    assert problems == ()
    assert [alert["labels"]["alertname"] for alert in sent] == [SMOKE_ALERT, SMOKE_ALERT]
    assert sent[0]["labels"] == sent[1]["labels"]
    assert sent[0]["startsAt"] < sent[1]["endsAt"] < sent[0]["endsAt"]


@pytest.mark.parametrize(("statuses", "other", "problem"), [
    ((), False, "the inbox has not received the firing test alert"),
    (("firing",), False, "the inbox has not received the resolved test alert"),
    (("firing", "resolved"), True, "the inbox has not received the firing test alert"),
])  # fmt: skip
def test_an_alert_that_does_not_come_or_does_not_go(
    tmp_path: Path, statuses: tuple[str, ...], other: bool, problem: str
) -> None:
    problems, sent = delivered(tmp_path, *statuses, other=other)
    assert problems == (problem,)
    assert len(sent) == 2  # ended in any case


@pytest.mark.parametrize("gone", ["alertmanager", "inbox"])
def test_delivery_needs_both_ends(tmp_path: Path, gone: str) -> None:
    assert delivery.delivery(world(tmp_path, absent=(gone,))).skipped == "needs Alertmanager and the inbox"


# Logs


def streams(count: int) -> dict[str, Any]:
    return {"data": {"result": [{}] * count}}


def test_a_line_is_written_and_found(tmp_path: Path) -> None:
    pushed: list[Any] = []
    answers = {
        "/loki/api/v1/push": lambda body: pushed.append(body),
        "/loki/api/v1/query_range": changing(streams(0), streams(1)),
    }
    found = logs.line(
        World(small_stack(), tmp_path, played(small_stack(), loki=answers), deadline=time.monotonic() + 5)
    )
    assert found.ok
    assert pushed[0]["streams"][0]["stream"] == {"service": "monitoring", "level": "INFO", "environment": "development"}
    lost = logs.line(world(tmp_path, loki={**answers, "/loki/api/v1/query_range": streams(0)}))
    assert lost.problems == ("the line that was written is not found",)


def test_a_service_whose_lines_do_not_come(tmp_path: Path) -> None:
    silent = logs.services(world(tmp_path, loki={"/loki/api/v1/query_range": streams(0)}))
    assert (silent.detail, silent.problems) == ("logs of 0 of 1 services arrive", ("no line of shop has arrived",))
    assert logs.services(world(tmp_path, loki={"/loki/api/v1/query_range": streams(1)})).ok
    assert logs.services(world(tmp_path, absent=("alloy",))).skipped == "needs Loki and Alloy"
    assert logs.line(world(tmp_path, absent=("loki",))).skipped == "Loki does not run here"


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
        "data source prometheus answers 404 through Grafana",
        "data source alertmanager answers 404 through Grafana",
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


def test_what_does_not_run_here_is_not_asked_of_its_panels(tmp_path: Path) -> None:
    dashboard(tmp_path, "home", panel(1, "alloy_config_last_load_successful"), panel(2, "up"))
    answers = {"/api/v1/query": vector()}
    found = panels.panels(world(tmp_path, absent=("grafana", "alloy"), prometheus=answers))
    assert (found.counts["not_asked"], found.problems) == (1, ("home: Panel 2: no data: up",))


def test_grafana_that_answers_something_else_is_told(tmp_path: Path) -> None:
    dashboard(tmp_path, "home", panel(1, "up"))
    found = panels.panels(world(tmp_path, grafana={"/api/ds/query": {"message": "Unauthorized"}}))
    assert found.problems == ('home: Panel 1: grafana answers 200 at /api/ds/query: {"message": "Unauthorized"}',)


def test_a_rate_interval_is_four_scrapes() -> None:
    assert substitute("$__rate_interval", {}, of_grafana(30)) == "120s"


# The world


def test_waiting_ends_with_success_or_with_the_last_complaint(tmp_path: Path) -> None:
    answers = iter(["not yet", "nearly", ""])
    there = World(small_stack(), tmp_path, played(small_stack()), deadline=time.monotonic() + 5)
    assert there.until(lambda: next(answers), pause=0.001) == ""
    assert world(tmp_path).until(lambda: "never", pause=0.001) == "never"
