"""What faults do, and when they end, under an injected clock."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from compose.simulator.contract import Fault
from compose.simulator.exposition import Exposition
from compose.simulator.faults import Active, pieces
from compose.simulator.memory import recall, remember
from compose.simulator.service import Service
from tests.unit.simulated import NOON, Clock, only, shop, value

if TYPE_CHECKING:
    from pathlib import Path


def test_time_is_cut_where_faults_end() -> None:
    short, long = Active(Fault("short"), 0, 10), Active(Fault("long"), 0, 30)
    assert list(pieces((short, long), 5, 20)) == [(5, 10, (short, long)), (10, 20, (long,))]
    assert list(pieces((), 5, 20)) == [(5, 20, ())]
    assert list(pieces((short,), 20, 20)) == [(20, 20, ())]


def test_a_counter_grows_at_the_faults_rate_while_it_is_on() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    before = only(service, "shop_http_requests_total", "/pay", "5xx")
    service.start("HighErrorRate", 60)
    clock.now += 60
    during = only(service, "shop_http_requests_total", "/pay", "5xx")
    assert during - before == pytest.approx(5 * 60), "its most specific override decides"
    clock.now += 60
    assert only(service, "shop_http_requests_total", "/pay", "5xx") - during < 1


def test_a_fault_that_ended_between_two_scrapes_did_its_part() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    before = only(service, "shop_http_requests_total", "/pay", "5xx")
    service.start("HighErrorRate", 10)
    clock.now += 3_600
    grown = only(service, "shop_http_requests_total", "/pay", "5xx") - before
    assert grown == pytest.approx(5 * 10 + 20 * 0.001 * 0.15 * 3_590, rel=0.1)
    assert service.active() == ()


def test_counters_never_fall_as_faults_come_and_go() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    seen = []
    for step in range(40):
        if step % 10 == 3:
            service.start("HighErrorRate", 20)
        if step % 10 == 6:
            service.end("HighErrorRate")
        clock.now += 5
        seen.append(only(service, "shop_http_requests_total", "/", "2xx"))
    assert all(left <= right for left, right in pairwise(seen))


def test_what_faults_did_to_counters_since_a_checkpoint_can_be_undone_to_the_last_digit(tmp_path: Path) -> None:
    """A counter that falls by a rounding error is taken for one that was reset: its whole value would count as new."""
    clock = Clock()
    quiet, service = Service(shop(), clock), Service(shop(), clock)

    def counters(of: Service) -> list[Any]:
        return [samples for metric, samples in of.samples("shop") if metric.type in ("counter", "histogram")]

    service.checkpoint()
    for name, fault in shop().faults.items():
        if not fault.restart:
            service.start(name, 30)
    clock.now += 40
    assert counters(service) != counters(quiet)
    remember(tmp_path / "memory.json", service.memory())
    service = Service(shop(), clock, recall(tmp_path / "memory.json"))
    clock.now += 5
    service.rewind()
    again = counters(service)
    service.rewind()
    assert again == counters(service)
    faulty = {override.metric for fault in shop().faults.values() for override in fault.series}
    usual = [samples for metric, samples in quiet.samples("shop") if metric.name in faulty and metric.type != "gauge"]
    undone = [
        samples for metric, samples in service.samples("shop") if metric.name in faulty and metric.type != "gauge"
    ]
    assert undone == usual


def test_a_histogram_gets_the_faults_observations() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    before = value(service, "shop_http_request_duration_seconds", "/pay")
    service.start("SlowAnswers", 100)
    clock.now += 100
    after = value(service, "shop_http_request_duration_seconds", "/pay")
    assert before is not None
    assert after is not None
    grown = [right - left for left, right in zip(before, after, strict=True)]
    assert grown == pytest.approx([0, 500, 500, 500, 500, 1_000, 1_000, 1_265], abs=1)


def test_a_gauge_takes_the_faults_value_and_slope() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    service.start("MemoryLeak", 600)
    clock.now += 100
    assert only(service, "shop_memory_used_ratio") == pytest.approx(0.6)
    service.start("MemoryLeak", 600)
    clock.now += 100
    assert only(service, "shop_memory_used_ratio") == pytest.approx(0.7), "starting it again only makes it last longer"


def test_a_timestamp_stands_still() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    service.start("NoHeartbeat", 600)
    clock.now += 300
    assert only(service, "shop_heartbeat_timestamp_seconds") == pytest.approx(NOON)


def test_absent_series_are_not_exposed() -> None:
    service = Service(shop(), Clock())
    service.start("StockGone", 60)
    assert value(service, "shop_stock_items", "available") is None
    assert value(service, "shop_stock_items", "reserved") is not None


def test_the_own_port_gets_crowded_and_no_other() -> None:
    clock = Clock()
    service = Service(shop(faults={"Crowd": {"crowd": 500}}), clock)
    own, exporter = (Exposition(service, port.name) for port in service.contract.ports)
    before = own.text(), exporter.text()
    service.start("Crowd", 60)
    lines = [line for line in own.text().splitlines() if not line.startswith(b"#")]
    assert len(lines) == len(set(lines)) == 500
    assert own.text().startswith(before[0])
    assert exporter.text() == before[1]
    clock.now += 61
    assert b"specola_crowd" not in own.text()


def test_a_restart_sets_counters_to_zero() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    service.start("Restarted", 1)
    assert only(service, "node_context_switches_total", port="node") == 0
    assert only(service, "process_start_time_seconds") == NOON


def test_endpoints_ports_and_logs_follow_faults() -> None:
    service = Service(shop(), Clock())
    own, node = service.contract.ports
    for fault in ("Unhealthy", "SlowAnswers", "NodeDown", "SignInAttack"):
        service.start(fault, 60)
    health = service.endpoint("/health")
    assert health is not None
    assert (health.status, health.latency) == (503, 0.3)
    assert (service.is_down(own), service.is_down(node)) == (False, True)
    assert [effect.lines_per_second for effect in service.log_effects()] == [50]
    assert service.end() == 4
    assert service.end() == 0
    health = service.endpoint("/health")
    assert health is not None
    assert (health.status, health.latency) == (200, 0.01)


def test_the_latest_of_two_faults_on_a_series_decides() -> None:
    changed = shop(
        faults={
            "Low": {"series": [{"metric": "shop_memory_used_ratio", "value": 0.1}]},
            "High": {"series": [{"metric": "shop_memory_used_ratio", "value": 0.9}]},
        }
    )
    service = Service(changed, Clock())
    service.start("Low", 60)
    service.start("High", 30)
    assert only(service, "shop_memory_used_ratio") == 0.9
    service.end("High")
    assert only(service, "shop_memory_used_ratio") == 0.1


def test_faults_survive_a_new_contract_that_still_has_them() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    service.start("MemoryLeak", 60)
    service.start("Down", 60)
    again = Service(shop(faults={"Down": {"down": True}}), clock, service.memory())
    again.adopt(service.active())
    assert [item.fault.name for item in again.active()] == ["Down"]
