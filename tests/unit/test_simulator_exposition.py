"""The text that a scrape gets, read back with the client library's own parser."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from compose.simulator.exposition import Exposition
from compose.simulator.service import Service
from tests.unit.simulated import Clock, shop


def text(service: Service, port: str = "shop") -> str:
    return Exposition(service, port).text().decode()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("shop_http_requests_total", "counter"),
        ("shop_http_request_duration_seconds", "histogram"),
        ("shop_legacy_calls", "counter"),
        ("shop_events_total", "gauge"),
        ("shop_build_info", "gauge"),
    ],
)
def test_each_metric_keeps_its_declared_name_and_type(name: str, kind: str) -> None:
    lines = text(Service(shop(), Clock())).splitlines()
    assert f"# TYPE {name} {kind}" in lines
    suffix = "_count" if kind == "histogram" else ""
    assert any(line.startswith((f"{name}{suffix} ", f"{name}{suffix}{{")) for line in lines)


def test_every_declared_series_is_there_from_the_first_scrape() -> None:
    contract = shop()
    for port in contract.ports:
        families = text_string_to_metric_families(text(Service(contract, Clock()), port.name))
        found = {
            (sample.name.removesuffix("_count").removesuffix("_total"), tuple(sorted(sample.labels.items())))
            for family in families
            for sample in family.samples
            if not sample.name.endswith(("_bucket", "_sum"))
        }
        declared = {  # without `_total`, which the parser gives to every counter
            (metric.name.removesuffix("_total"), tuple(sorted(zip(metric.labels, labels, strict=True))))
            for metric in port.metrics
            for labels in metric.combinations()
        }
        assert found == declared


def test_help_and_label_values_are_escaped() -> None:
    odd = {"name": "a_total", "type": "counter", "help": 'a "b"\\\nc', "labels": {"x": ['q"\\\n# TYPE z gauge']},
           "typical": {"rate": 0}}  # fmt: skip
    service = Service(shop(metrics=[odd, odd | {"name": "legacy"}], faults={}), Clock())
    families = {family.name: family for family in text_string_to_metric_families(text(service))}
    assert families["a"].documentation == 'a "b"\\\nc'
    assert families["a"].samples[0].labels == {"x": 'q"\\\n# TYPE z gauge'}
    assert families["legacy"].type == "counter"


def test_a_metric_without_series_is_left_out() -> None:
    hidden = {"StockGone": {"series": [{"metric": "shop_stock_items", "absent": True}]}}
    service = Service(shop(faults=hidden), Clock())
    service.start("StockGone", 60)
    assert "shop_stock_items" not in text(service)
