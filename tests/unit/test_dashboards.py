"""The dashboards: what holds for every one of them, and what each kind of panel is made of."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import chain, combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import promql_parser
import pytest

from dashboards import look
from dashboards.catalog import Filed, dashboards
from dashboards.queries import panel_queries, variables
from dashboards.subject import Subject, subject
from generator import dashboard_files
from spec.load import load
from spec.names import (
    LOKI_UID,
    OWN_SERVICE,
    PROMETHEUS_UID,
    SEVERITIES,
    UID_LENGTH,
    alert_panel,
    alerts_dashboard,
    overview_dashboard,
    own_dashboard,
)
from tests.unit.small_stack import SHOP, small_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import Stack

ROOT = Path(__file__).parents[2]
WITHOUT_VALUES = ("row", "text")
GRAFANA_VARIABLES = re.compile(r"\$__(?:rate_interval|interval|range)\b")


@cache
def five_systems(*settings: str) -> Stack:
    return load(ROOT / "stack.yaml", "development", settings).stack


@cache
def filed(*settings: str) -> tuple[Filed, ...]:
    return dashboards(five_systems(*settings), {})


def panels(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The panels of a dashboard, those in collapsed rows too, without the rows."""
    for panel in document["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", ())


def shown(uid: str, *settings: str) -> dict[str, Any]:
    return next(dict(entry.document) for entry in filed(*settings) if entry.uid == uid)


def panel(uid: str, title: str) -> dict[str, Any]:
    return next(entry for entry in panels(shown(uid)) if entry["title"] == title)


def stack_of(service: dict[str, Any], **root: Any) -> Stack:
    return small_stack(services={"shop": SHOP | service}, **root)


def shop_subject(indicator: dict[str, Any], *alerts: dict[str, Any], split: tuple[str, ...] = ()) -> Subject:
    service = {"indicators": {"it": indicator}, "alerts": [{"indicator": "it", "summary": "S", **a} for a in alerts]}
    return subject(stack_of(service).by_name["shop"], "it", split)


every = pytest.mark.parametrize("entry", filed(), ids=lambda entry: entry.uid)


def test_uids_are_unique_and_titles_in_their_folder_too() -> None:
    entries = filed()
    assert len({entry.uid for entry in entries}) == len(entries)
    assert len({(entry.folder, entry.title.casefold()) for entry in entries}) == len(entries)
    assert max(len(entry.uid) for entry in entries) <= UID_LENGTH


def test_dashboards_are_filed_under_their_owner_and_what_is_common_under_home() -> None:
    folders = {entry.uid: entry.folder for entry in filed()}
    assert {uid for uid, folder in folders.items() if folder == "home"} == {
        *("home", "alerts", "history", "slos", "hosts", "capacity", "security", "logs"),
    }
    assert folders["tug-overview"] == folders["tug__database-performance"] == "community"
    assert folders[overview_dashboard(OWN_SERVICE)] == "observability"


def test_the_four_dashboards_of_tug_have_their_names() -> None:
    titles = {entry.title for entry in filed() if entry.folder == "community"}
    assert titles >= {"TUG API Overview", "System Resources", "Database Performance", "Error Tracking"}


@every
def test_ids_are_unique_and_nothing_overlaps(entry: Filed) -> None:
    document: Any = entry.document
    ids = [each["id"] for each in chain(document["panels"], *(e.get("panels", ()) for e in document["panels"]))]
    assert len(set(ids)) == len(ids)
    for one, other in combinations((each["gridPos"] for each in document["panels"]), 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y, (one, other)


@every
def test_panels_say_what_they_show_in_what_unit_and_of_what(entry: Filed) -> None:
    for each in panels(dict(entry.document)):
        assert each["description"], each["title"]
        if each["type"] in (*WITHOUT_VALUES, "logs"):
            continue
        assert each["fieldConfig"]["defaults"]["unit"], each["title"]
        assert all(target["datasource"]["uid"] in (PROMETHEUS_UID, LOKI_UID) for target in each["targets"])
        if each["type"] in ("timeseries", "state-timeline"):
            assert all(target["legendFormat"] not in ("", "__auto") for target in each["targets"]), each["title"]


@every
def test_every_expression_is_promql(entry: Filed) -> None:
    names = [variable.name for variable in variables(entry.document)]
    for query in panel_queries(entry.document):
        if query.datasource == PROMETHEUS_UID:
            filled = GRAFANA_VARIABLES.sub("1m", query.expr)
            promql_parser.parse(re.sub(rf"\$(?:{'|'.join(names) or '-'})\b", "x", filled))


@every
def test_links_lead_to_dashboards_that_exist(entry: Filed) -> None:
    known = {each.uid for each in filed()}
    linked = set(re.findall(r'"/d/([A-Za-z0-9_-]+)[?"]', json.dumps(entry.document)))
    assert linked
    assert linked <= known


def test_every_alert_has_its_graph_its_runbook_and_its_states_where_messages_link_to() -> None:
    for service in five_systems().services:
        by_id = {each["id"]: each for each in panels(shown(alerts_dashboard(service.name)))}
        named = [*(b.alert.name for b in service.alerts), *(b.alert.name for b in service.log_alerts)]
        for alert in named:
            graph, text, states = (by_id[alert_panel(alert) + n] for n in range(3))
            assert (graph["type"], text["type"], states["type"]) == ("timeseries", "text", "state-timeline")
            assert graph["title"].startswith(f"{alert}: ")


def test_the_rows_of_alerts_are_closed_and_the_urgent_ones_first() -> None:
    rows = [each for each in shown(alerts_dashboard("tug"))["panels"] if each["type"] == "row" and each["panels"]]
    severities = [re.sub(r".*\((.*)\)", r"\1", row["title"]) for row in rows]
    assert severities == sorted(severities, key=SEVERITIES.index)
    assert len(severities) == len({alert_panel(row["title"].split()[0]) for row in rows}) > 50
    open_panels = [each for each in shown(alerts_dashboard("tug"))["panels"] if each["type"] != "row"]
    assert len(open_panels) < 10


def test_the_runbook_stands_beside_the_graph_without_its_heading() -> None:
    entries = dashboards(small_stack(), {("shop", "TargetDown"): "# TargetDown\n\nSee which one.\n"})
    details: Any = next(entry.document for entry in entries if entry.uid == "shop-alerts")
    text = next(each for each in panels(details) if each["id"] == alert_panel("TargetDown") + 1)
    assert text["options"]["content"] == "See which one.\n"


def test_an_alerted_indicator_is_shown_as_the_alert_sees_it_with_its_threshold() -> None:
    errors = panel("tug-overview", "Errors: Error rate")
    assert [t["expr"] for t in errors["targets"]] == ['service:tug_http_requests:errors_ratio5m{service="tug"}']
    steps = errors["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert steps[1:] == [{"color": look.SEVERITY_COLOURS["critical"], "value": 0.1}]
    assert errors["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "dashed"}


def test_without_loki_no_panel_asks_it() -> None:
    asked = [q.datasource for entry in filed("components.loki.enabled=false") for q in panel_queries(entry.document)]
    assert set(asked) == {PROMETHEUS_UID}
    assert own_dashboard("arxos", "logs") not in {entry.uid for entry in filed("components.loki.enabled=false")}


def test_titles_that_are_there_already_get_their_uid() -> None:
    glance = [{"title": "G", "panels": [{"metric": "shop_orders_total"}]}]
    own = [{"name": name, "title": title, "question": "?", "sections": glance} for name, title in (("a", "A"), ("b", "sales"))]  # fmt: skip
    titles = {
        entry.uid: entry.title for entry in dashboards(stack_of({"dashboards": [*own, own[0] | {"name": "c"}]}), {})
    }
    assert titles["shop__a"] == "A"
    assert titles["shop__c"] == "A (shop__c)"
    assert titles["shop__b"] == "sales (shop__b)"


def test_an_indicator_without_alert_follows_the_screen_unless_it_has_a_window() -> None:
    rate = {"rate": "shop_orders_total"}
    assert shop_subject(rate).query == 'sum by (service) (rate(shop_orders_total{job="shop"}[$__rate_interval]))'
    assert shop_subject(rate | {"window": "1h"}).query == 'sum by (service) (rate(shop_orders_total{job="shop"}[1h]))'


def test_a_split_indicator_is_asked_anew_and_has_a_line_for_each_value() -> None:
    refused = {"name": "Refused", "above": 1, "severity": "low"}
    split = shop_subject({"increase": "shop_orders_total"}, refused, split=("outcome",))
    assert split.query == 'sum by (service, outcome) (increase(shop_orders_total{job="shop"}[5m]))'
    assert split.legend == "{{outcome}}"
    assert split.series == 2
    assert split.worst == f"sum({split.query})"


@pytest.mark.parametrize(
    ("rate", "query", "unit"),
    [
        (5, "sum by", "/s"),
        (0.1, "60 * sum by", "/min"),
        (0.001, "3600 * sum by", "/h"),
        (0.00001, "86400 * sum by", "/d"),
    ],
)
def test_rates_of_rare_events_are_shown_by_a_longer_time(rate: float, query: str, unit: str) -> None:
    metrics = {"shop_orders_total": SHOP["metrics"]["shop_orders_total"] | {"typical": {"rate": rate}}}  # type: ignore[index]
    alert = {"name": "Many", "indicator": "it", "above": "10/s", "severity": "low", "summary": "S"}
    service = {"metrics": metrics, "indicators": {"it": {"rate": "shop_orders_total"}}}
    quiet = subject(stack_of(service).by_name["shop"], "it")
    assert (quiet.query.startswith(query), quiet.unit) == (True, unit)
    loud = subject(stack_of(service | {"alerts": [alert]}).by_name["shop"], "it")
    factor = {"/s": 1, "/min": 60, "/h": 3600, "/d": 86400}[unit]
    assert [threshold.value for threshold in loud.thresholds] == [10 * factor]


def test_no_event_is_not_beyond_an_alert_on_any_event() -> None:
    any_event = {"name": "Any", "above": 0, "severity": "low"}
    assert shop_subject({"increase": "shop_orders_total"}, any_event).thresholds[0].value > 0


def test_states_have_meanings_and_the_colour_of_their_alert() -> None:
    up = subject(five_systems().by_name["tug"], "mongodb")
    assert [(meaning.value, meaning.text) for meaning in up.meanings] == [(1.0, "ok"), (0.0, "failing")]
    assert up.meanings[1].colour == look.SEVERITY_COLOURS["critical"]
    degraded = subject(five_systems().by_name["artisan"], "degraded")
    assert [(meaning.value, meaning.text) for meaning in degraded.meanings] == [(0.0, "no"), (1.0, "yes")]


def test_files_lie_in_the_folder_of_their_owner_and_need_grafana() -> None:
    paths = {artefact.path for artefact in dashboard_files.render(small_stack())}
    assert paths >= {"dashboards/home/home.json", "dashboards/sales/shop-overview.json"}
    assert dashboard_files.render(small_stack(components={"grafana": {"enabled": False}})) == ()
