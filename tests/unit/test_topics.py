"""A service's pages by topic: what belongs to which, which pages there are, and what stands on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dashboards import topics
from dashboards.catalog import dashboards
from dashboards.queries import panel_queries
from spec.alert_history import FIRED_TIMES
from spec.metric import Metric
from spec.time_left import TIME_LEFT
from spec.topic import TOPICS
from tests.unit.small_stack import SHOP, small_stack

if TYPE_CHECKING:
    from spec.stack import Stack, Watched

JOBS = {
    "shop_jobs_total": {
        "type": "counter",
        "help": "Jobs.",
        "labels": {"outcome": ["done", "failed"], "kind": ["a", "b"]},
    },
    "shop_job_queue_length": {"type": "gauge", "help": "Jobs that wait."},
}
DISK: dict[str, Any] = {
    "metrics": {"shop_store_size_bytes": {"type": "gauge", "help": "Size.", "unit": "bytes"}},
    "indicators": {
        "store": {"value": "shop_store_size_bytes"},
        "ahead": {"forecast": {"of": "shop_store_size_bytes", "ahead": "10d"}, "aggregate": "max", "window": "1d"},
        "per-day": {"increase": "shop_orders_total", "window": "1d"},
    },
}
FULL = {"name": "Full", "indicator": "ahead", "above": "1GB", "severity": "high", "summary": "S"}


def stack_of(**service: Any) -> Stack:
    metrics = {**SHOP["metrics"], **service.pop("metrics", {})}  # type: ignore[dict-item]  # SHOP is plain data
    return small_stack(services={"shop": SHOP | service | {"metrics": metrics}})


def shop(**service: Any) -> Watched:
    return stack_of(**service).by_name["shop"]


def page(stack: Stack, uid: str) -> dict[str, Any]:
    return next(dict(entry.document) for entry in dashboards(stack, {}) if entry.uid == uid)


def titles(document: dict[str, Any]) -> list[str]:
    return [panel["title"] for panel in document["panels"]]


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("shop_jobs_total", "jobs"),
        ("shop_job_errors_total", "jobs"),
        ("shop_errors_total", "errors"),
        ("shop_failed_logins_total", "security"),
        ("shop_rate_limit_hits_total", "security"),
        ("shop_mongodb_query_duration_seconds", "dependencies"),
        ("shop_deployment_info", "deployments"),
        ("shop_disk_usage_ratio", "capacity"),
        ("shop_orders_total", None),
        ("shop_querying_total", None),
    ],
)
def test_the_name_of_a_metric_tells_its_topic(name: str, topic: str | None) -> None:
    assert topics.of_metric(name, Metric(type="gauge", help="H")) == topic


def test_the_contract_has_the_last_word() -> None:
    assert topics.of_metric("shop_errors_total", Metric(type="counter", help="H", topic="jobs")) == "jobs"


@pytest.mark.parametrize(
    ("indicator", "alert", "expected"),
    [
        ({"rate": "shop_orders_total"}, {}, set()),
        ({"rate": "shop_orders_total"}, {"category": "business"}, {"business"}),
        ({"rate": "shop_orders_total"}, {"category": "security"}, {"security"}),
        ({"ratio": {"of": 'shop_orders_total{outcome="failed"}', "to": "shop_orders_total"}}, {}, {"errors"}),
        ({"ratio": {"of": 'shop_orders_total{outcome!="completed"}', "to": "shop_orders_total"}}, {}, {"errors"}),
        ({"ratio": {"of": 'shop_orders_total{outcome="paid"}', "to": "shop_orders_total"}}, {}, set()),
        ({"forecast": {"of": "shop_stock", "ahead": "1d"}}, {}, {"capacity"}),
        ({"rate": "shop_jobs_total"}, {}, {"jobs"}),
    ],
)
def test_alerts_kinds_and_metrics_tell_the_topics_of_an_indicator(
    indicator: dict[str, Any], alert: dict[str, Any], expected: set[str]
) -> None:
    orders = {"type": "counter", "help": "O", "labels": {"outcome": ["paid", "failed", "completed"]}}
    metrics = {**JOBS, "shop_stock": {"type": "gauge", "help": "Stock"}, "shop_orders_total": orders}
    watch = [{"name": "Odd", "indicator": "it", "above": 1, "severity": "low", "summary": "S", **alert}]
    service = shop(metrics=metrics, indicators={"it": indicator}, alerts=watch)
    assert topics.of_indicator(service, service.indicators["it"]) == expected


def test_a_topic_with_little_to_show_has_no_page() -> None:
    assert topics.pages(shop()) == {}
    assert set(topics.pages(shop(metrics=JOBS))) == set()
    assert set(topics.pages(shop(metrics=JOBS, indicators={"waiting": {"value": "shop_job_queue_length"}}))) == {"jobs"}


def test_a_dashboard_of_the_service_s_own_takes_the_place_of_the_page() -> None:
    own = {"name": "work", "title": "W", "question": "?", "topic": "jobs"}
    board = own | {"sections": [{"title": "S", "panels": [{"metric": "shop_jobs_total"}]}]}
    service = shop(metrics=JOBS, indicators={"waiting": {"value": "shop_job_queue_length"}}, dashboards=[board])
    assert topics.pages(service) == {}
    assert topics.uids(service) == {"jobs": "shop__work"}


def test_a_page_goes_from_the_glance_to_what_is_below() -> None:
    stack = stack_of(
        metrics=JOBS,
        indicators={"waiting": {"value": "shop_job_queue_length", "title": "Waiting jobs"}},
        alerts=[{"name": "Backlog", "indicator": "waiting", "above": 5, "severity": "low", "summary": "S"}],
        logs=SHOP["logs"] | {"categories": [{"name": "job", "message": "done"}]},  # type: ignore[operator]  # plain data
    )
    document = page(stack, "shop-jobs")
    assert titles(document) == [
        *("Alerts firing", "Waiting jobs"),
        *("Over time", "Waiting jobs"),
        *("By kind", "Jobs by outcome", "Jobs by kind"),
        *("Alerts", "Firing now", "Alerts over time"),
        *("Log", "Log lines by level", "Log"),
    ]
    limits = next(p for p in document["panels"] if p["type"] == "timeseries")["fieldConfig"]["defaults"]["thresholds"]
    assert [step["value"] for step in limits["steps"]] == [None, 5]


def test_pages_have_the_same_order_whatever_the_file_says() -> None:
    found = topics.contents(shop(metrics=JOBS))
    assert tuple(found) == TOPICS


def test_what_has_an_end_says_when_it_comes() -> None:
    document = page(stack_of(**DISK, alerts=[FULL]), "shop-capacity")
    left = next(panel for panel in document["panels"] if panel["title"] == "Ahead: time left")
    now = 'max by (service) (shop_store_size_bytes{job="shop"})'
    ends = f'min({TIME_LEFT}{{service="shop", resource="ahead"}})'
    assert left["targets"][0]["expr"] == f"{ends} or 315360000 + 0 * min({now})"
    assert left["fieldConfig"]["defaults"]["mappings"][0]["options"]["315360000"]["text"] == "not in sight"


def test_a_deployment_is_marked_when_it_began() -> None:
    time = {"type": "gauge", "help": "When it was deployed.", "unit": "timestamp"}
    document = page(stack_of(metrics={"shop_deployment_timestamp_seconds": time}), "shop-overview")
    marks = {mark["name"]: mark for mark in document["annotations"]["list"]}
    assert marks["Deployments"]["expr"] == '1000 * max by (service) (shop_deployment_timestamp_seconds{job="shop"})'
    assert marks["Deployments"]["useValueForTime"] is True
    assert marks["Alerts"]["expr"] == f'max_over_time({FIRED_TIMES}{{service="shop"}}[$__interval])'


def test_long_windows_are_read_from_records() -> None:
    document = page(stack_of(**DISK), "shop-capacity")
    asked = {query.expr for query in panel_queries(document)}
    assert 'service:shop_store_size_bytes:ahead_forecast1d{service="shop"}' in asked
