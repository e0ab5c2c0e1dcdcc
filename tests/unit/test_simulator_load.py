"""Load over time and what a service's series show, under an injected clock."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from compose.simulator import load
from compose.simulator.memory import Memory, recall, remember
from compose.simulator.node import Node
from compose.simulator.reading_metrics import read_port
from compose.simulator.service import Service
from tests.unit.simulated import NOON, Clock, only, shop, value

if TYPE_CHECKING:
    from pathlib import Path


def test_the_load_is_1_on_average_over_a_day_and_stays_within_its_swing() -> None:
    rhythm = load.rhythm("shop", "requests")
    assert rhythm.total(NOON, NOON + load.DAY) == pytest.approx(load.DAY, rel=0.001)
    relative = [rhythm.at(NOON + second) for second in range(0, 86_400, 60)]
    assert 0.62 <= min(relative) < 0.75
    assert 1.25 < max(relative) <= 1.38
    assert all(-1 <= rhythm.sway(NOON + second) <= 1 for second in range(0, 86_400, 60))


def test_the_integral_is_the_sum_of_the_load() -> None:
    rhythm = load.rhythm("shop", "requests")
    summed = sum(rhythm.at(NOON + second + 0.5) for second in range(3_600))
    assert rhythm.total(NOON, NOON + 3_600) == pytest.approx(summed, rel=1e-6)


def test_the_same_name_has_the_same_rhythm_and_another_name_another() -> None:
    assert load.rhythm("shop", "requests") == load.rhythm("shop", "requests")
    assert load.rhythm("shop", "requests") != load.rhythm("shop", "errors")


@pytest.mark.parametrize(
    ("low", "high", "sway", "expected"),
    [
        (0.4, 0.6, 0.0, 0.5),
        (0.4, 0.6, 1.0, 0.6),
        (800.0, 900.0, 0.333, 867.0),
        (0.0, 1.0, 0.333, 0.6665),
        (5.0, 5.0, -1.0, 5.0),
    ],
)
def test_a_gauge_between(low: float, high: float, sway: float, expected: float) -> None:
    assert load.between(low, high, sway) == pytest.approx(expected)


@pytest.mark.parametrize(("counts", "expected"), [(True, 2.0), (False, 1.5)])
def test_a_gauge_that_counts_is_whole_however_small(counts: bool, expected: float) -> None:
    assert load.between(0.0, 3.0, 0.0, counts) == expected


@pytest.mark.parametrize(("unit", "counts"), [("", True), ("ratio", False), ("seconds", False)])
def test_a_gauge_without_a_unit_counts(unit: str, counts: bool) -> None:
    gauge = {"name": "jobs_waiting", "type": "gauge", "help": "Jobs", "typical": {"low": 0, "high": 3}, "unit": unit}
    port = read_port(Node({"port": 1, "metrics_path": "/metrics", "metrics": [gauge]}, "m: "), "shop")
    assert port.metrics[0].counts is counts


def test_usual_observations_are_log_normal_around_the_median() -> None:
    below_median, up_to_five_medians, above, total = load.usual_values((0.04, 0.2), 0.04)
    assert below_median == pytest.approx(0.5)
    assert up_to_five_medians == pytest.approx(0.499, abs=0.001)
    assert 0 < above < 0.001
    assert total == pytest.approx(0.04 * math.exp(0.125))


def test_given_observations_fall_into_their_buckets() -> None:
    assert load.observed_values((0.1, 1.0, 5.0), ((0.1, 1.0), (2.0, 3.0))) == (0.25, 0.0, 0.75, 0.0, 1.525)


def test_counters_look_as_if_the_program_had_run_since_midnight() -> None:
    service = Service(shop(), Clock())
    requests = only(service, "shop_http_requests_total", "/", "2xx")
    assert requests == pytest.approx(20 * 0.7 * 0.979 * 12 * 3_600, rel=0.25)
    assert requests.is_integer()


def test_counters_grow_at_their_rate_and_never_fall() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    before = only(service, "shop_http_requests_total", "/", "2xx")
    for step in (0.0, 0.001, 15.0, 3_600.0):
        clock.now += step
        after = only(service, "shop_http_requests_total", "/", "2xx")
        assert after - before == pytest.approx(20 * 0.7 * 0.979 * step, rel=0.4, abs=1)
        assert after >= before
        before = after


def test_a_clock_that_is_set_back_does_not_make_counters_fall() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    before = only(service, "node_context_switches_total", port="node")
    clock.now -= 3_600
    assert only(service, "node_context_switches_total", port="node") == before


def test_rare_events_are_fractional_so_that_ratios_stay_smooth() -> None:
    clock = Clock()
    service = Service(shop(), clock)
    before = only(service, "shop_orders_failed_total", "card")
    clock.now += 15
    assert only(service, "shop_orders_failed_total", "card") - before == pytest.approx(0.075, rel=0.5)


@pytest.mark.parametrize("hours", [1, 6, 12, 18, 23])
def test_histograms_are_cumulative_and_consistent(hours: int) -> None:
    clock = Clock(load.midnight(NOON) + hours * 3_600)
    numbers = value(Service(shop(), clock), "shop_http_request_duration_seconds", "/")
    assert numbers is not None
    *counts, total = numbers
    assert counts == sorted(counts)
    assert counts[-1] == pytest.approx(14 * hours * 3_600, rel=0.38)
    assert total / counts[-1] == pytest.approx(0.04, rel=0.25)
    assert counts[-1] - counts[3] < 0.001 * counts[-1], "hardly anything is above twelve medians"


def test_an_observation_is_in_its_bucket_and_in_the_count_at_the_same_moment() -> None:
    """Else usual load would look, for a scrape at a time, as if something had been slow: budgets would burn."""
    clock = Clock()
    service = Service(shop(), clock)
    slow = []
    for _ in range(400):
        numbers = value(service, "shop_http_request_duration_seconds", "/")
        assert numbers is not None
        slow.append(numbers[-2] - numbers[3])
        clock.now += 0.7
    assert slow == [slow[0]] * len(slow)


@pytest.mark.parametrize(
    ("metric", "labels", "low", "high"),
    [
        ("shop_memory_used_ratio", (), 0.4, 0.6),
        ("shop_stock_items", ("available",), 800, 900),
        ("shop_stock_items", ("reserved",), 0, 1),
        ("shop_events_total", (), 1_000, 2_000),
        ("shop_heartbeat_timestamp_seconds", (), NOON - 5, NOON - 1),
        ("process_start_time_seconds", (), load.midnight(NOON), load.midnight(NOON)),
        ("shop_build_info", ("1.4.2", "3f2a9c1"), 1, 1),
    ],
)
def test_gauges_stay_in_their_range(metric: str, labels: tuple[str, ...], low: float, high: float) -> None:
    assert low <= only(Service(shop(), Clock()), metric, *labels) <= high


def test_a_restart_goes_on_where_the_program_was(tmp_path: Path) -> None:
    clock = Clock()
    service = Service(shop(), clock)
    service.start("HighErrorRate", 60)
    clock.now += 120
    remember(tmp_path / "memory.json", service.memory())
    expected = value(service, "shop_http_requests_total", "/", "5xx")
    assert value(Service(shop(), clock, recall(tmp_path / "memory.json")), "shop_http_requests_total", "/", "5xx") == (
        expected
    )


def test_numbers_of_another_shape_are_not_taken_over() -> None:
    clock = Clock()
    identity = json.dumps(["node", "node_context_switches_total"])
    fresh = only(Service(shop(), clock), "node_context_switches_total", port="node")
    assert only(Service(shop(), clock, Memory(NOON, NOON, {identity: [1.0, 2.0]})), "node_context_switches_total",
                port="node") == fresh  # fmt: skip


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 1}', '{"version": 2, "numbers": {"a": 1}}'])
def test_a_memory_that_cannot_be_understood_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "memory.json").write_text(content)
    with pytest.raises(ValueError, match=r"Expecting value|is of version|lacks what it should hold"):
        recall(tmp_path / "memory.json")


def test_there_is_no_memory_at_first(tmp_path: Path) -> None:
    assert recall(tmp_path / "memory.json") is None
