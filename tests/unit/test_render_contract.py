"""Contract files: what the simulator plays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from compose.simulator.logs import LogStream
from compose.simulator.node import Node
from compose.simulator.reading import read_contract
from generator import contract
from spec.metric import Metric
from tests.golden.small import small
from tests.unit.simulated import NOON
from tests.unit.small_stack import small_stack


def contracts(environment: str = "development") -> dict[str, dict[str, Any]]:
    files = {artefact.path: json.loads(artefact.content) for artefact in contract.render(small(environment))}
    assert set(files) == {"contracts/jobs.json", "contracts/shop.json"}
    return {data["service"]: data for data in files.values()}


def test_where_a_service_is_played() -> None:
    shop = contracts()["shop"]
    assert (shop["listen"], shop["port"], shop["metrics_path"]) == ("127.0.0.1", 18210, "/internal/metrics")
    (node,) = shop["exporters"]
    assert (node["name"], node["port"], node["metrics_path"]) == ("node", 18211, "/metrics")
    assert contracts()["jobs"]["port"] == 18200


def test_every_declared_metric_is_played() -> None:
    shop = contracts()["shop"]
    assert [metric["name"] for metric in shop["metrics"]] == list(small("development").by_name["shop"].spec.metrics)


@pytest.mark.parametrize(("metric", "typical"), [
    ({"type": "counter"}, {"rate": 1.0}),
    ({"type": "counter", "typical": {"rate": 5}}, {"rate": 5.0}),
    ({"type": "histogram", "buckets": [1, 2, 3]}, {"rate": 1.0, "median": 2.0}),
    ({"type": "histogram", "typical": {"rate": 2, "median": 0.2}}, {"rate": 2.0, "median": 0.2}),
    ({"type": "gauge"}, {"low": 0.0, "high": 1.0}),
    ({"type": "gauge", "typical": {"between": [3, 4]}}, {"low": 3.0, "high": 4.0}),
    ({"type": "gauge", "labels": {"a": ["x"]}, "typical": {"by": "a", "bands": {"x": [1, 2]}}}, {"by": "a", "values": {"x": [1.0, 2.0]}}),
    ({"type": "gauge", "unit": "timestamp"}, {"started": True}),
    ({"type": "gauge", "unit": "timestamp", "typical": {"between": [0, 60]}}, {"age": [0.0, 60.0]}),
    ({"type": "info"}, None),
])  # fmt: skip
def test_an_ordinary_day(metric: dict[str, Any], typical: dict[str, Any] | None) -> None:
    assert contract.metric_data("m", Metric.model_validate({"help": "M."} | metric)).get("typical") == typical


def test_endpoints_answer_as_the_probes_expect() -> None:
    found = {one["path"]: (one["status"], one["auth"]) for one in contracts()["shop"]["endpoints"]}
    assert found == {"/live": (200, False), "/ready?full=1": (200, True), "/admin": (200, True)}


def test_a_service_without_categories_is_played_without_them() -> None:
    stack = small_stack(logs={"categories": ()})
    (artefact,) = contract.render(stack)
    played = read_contract(Node(json.loads(artefact.content), "shop.json: "))
    assert played.logs is not None
    text, _ = LogStream("shop", played.logs, NOON).lines(NOON + 5)
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["level"], line["message"], "category" in line) for line in lines] == [
        ("INFO", "shop at work", False)
    ] * len(lines)
    assert len(lines) >= 2


def test_logs() -> None:
    logs = contracts()["shop"]["logs"]
    assert (logs["path"], logs["error_path"]) == ("{logs}/shop/shop.log", "{logs}/shop/error.err")
    assert logs["fields"] == ["request_id"]
    assert [category["name"] for category in logs["categories"]] == ["request", "security"]


PLAYED_BY_NO_FAULT = {"SeriesNearLimit", "LiveCertificateExpiring", "TrafficOdd"}
"""A certificate that ends and an unusual day take longer than a simulator runs."""


@pytest.mark.parametrize("service", ["shop", "jobs"])
def test_every_alert_has_a_fault_that_brings_it_about(service: str) -> None:
    watched = small("development").by_name[service]
    alerts = {bound.alert.name for bound in watched.alerts} | {bound.alert.name for bound in watched.log_alerts}
    lone = set() if watched.spec.exporters else {"TargetDown"}  # ServiceDown silences it: there is no other target
    assert alerts - PLAYED_BY_NO_FAULT - lone <= set(contracts()[service]["faults"])


@pytest.mark.parametrize(("alert", "fault"), [
    ("LiveProbeFailed", {"endpoints": [{"path": "/live", "status": 503}]}),
    ("LiveProbeSlow", {"endpoints": [{"path": "/live", "latency": 0.425}]}),
    ("AdminProbeFailed", {"endpoints": [{"path": "/admin", "status": 200}]}),
    ("NobodyBuys", {"series": [{"metric": "shop_requests_total", "labels": {"route": "buy"}, "absent": True}]}),
    ("LoginsRefused", {"logs": [{"category": "security", "lines_per_second": 1.3, "message": 'login "refused"'}]}),
    ("LogsSilent", {"logs": [{"lines_per_second": 0.0}]}),
])  # fmt: skip
def test_faults(alert: str, fault: dict[str, Any]) -> None:
    found = contracts()["shop"]["faults"][alert]
    if "logs" in fault and "lines_per_second" in found.get("logs", [{}])[0]:
        found["logs"][0]["lines_per_second"] = round(found["logs"][0]["lines_per_second"], 6)
    assert found == fault
