"""What is recorded for panels alone: long windows, totals of tables, the time left, the history of alerts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboards.catalog import dashboards
from dashboards.queries import panel_queries
from rules import panel_records
from rules.groups import groups
from spec.load import load
from spec.names import PROMETHEUS_UID
from tests.unit.small_stack import SHOP, small_stack
from tests.unit.test_topics import DISK, FULL, shop

ROOT = Path(__file__).parents[2]
LONG_RANGE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{[^}]*\})?\[(?:\$__range|\d+[dw]|[2-9]\dh)\]")


def test_thirty_days_are_read_from_records_on_every_dashboard() -> None:
    stack = load(ROOT / "stack.yaml", "development").stack
    recorded = {rule.record for group in groups(stack) for rule in group.rules if hasattr(rule, "record")}
    queries = [query for entry in dashboards(stack, {}) for query in panel_queries(entry.document)]
    read = {
        match[1] for query in queries if query.datasource == PROMETHEUS_UID for match in LONG_RANGE.finditer(query.expr)
    }
    assert read
    assert read <= recorded


@pytest.mark.parametrize(
    ("side", "seconds"),
    [
        ({"above": "1GB"}, "clamp_min(1000000000 - ({now}), 0) / ((({then}) - ({now})) / 864000 > 0) < 315360000"),
        ({"below": "1MB"}, "clamp_min(({now}) - 1000000, 0) / (-1 * (({then}) - ({now})) / 864000 > 0) < 315360000"),
    ],
)
def test_the_time_left_is_the_distance_to_the_threshold_by_the_slope(side: dict[str, str], seconds: str) -> None:
    alert = {name: value for name, value in FULL.items() if name != "above"} | side
    rule = panel_records.recordings(shop(**DISK, alerts=[alert]), 1)[-1]
    now = 'max by (service) (shop_store_size_bytes{job="shop"})'
    then = 'service:shop_store_size_bytes:ahead_forecast1d{service="shop"}'
    assert rule.expr == seconds.format(now=now, then=then)
    assert rule.labels == {"service": "shop", "resource": "ahead"}


def test_a_long_window_is_recorded_once_and_only_without_an_alert() -> None:
    names = [rule.record for rule in panel_records.recordings(shop(**DISK), 1)]
    assert names == ["service:shop_store_size_bytes:ahead_forecast1d", "service:shop_orders:per_day_increase1d"]
    assert [rule.record for rule in panel_records.recordings(shop(**DISK, alerts=[FULL]), 1)] == [
        "service:shop_orders:per_day_increase1d", "service:capacity_left:seconds",
    ]  # fmt: skip


def test_a_table_of_a_counter_sums_up_its_recorded_rate() -> None:
    table = {"metric": "shop_orders_total", "as": "table", "split": ["outcome"], "title": "Orders"}
    board = {"name": "b", "title": "B", "question": "?", "sections": [{"title": "S", "panels": [table]}]}
    stack = small_stack(services={"shop": SHOP | {"dashboards": [board, board | {"name": "c"}]}})
    (rule,) = panel_records.recordings(stack.by_name["shop"], 1)
    assert rule.expr == 'sum by (service, outcome) (rate(shop_orders_total{job="shop"}[5m]))'
    document = next(entry.document for entry in dashboards(stack, {}) if entry.uid == "shop__b")
    (query,) = panel_queries(document)
    assert query.expr == f'60 * sum_over_time({rule.record}{{service="shop"}}[$__range])'


def test_alerts_are_counted_by_the_time_they_fire_and_by_when_they_began() -> None:
    group = next(group for group in groups(small_stack()) if group.name == "alert-history")
    assert str(group.interval) == "1m"
    seconds, times = (rule.expr for rule in group.rules)
    assert seconds == (
        'clamp_max(15 * max by (service, alertname, severity, category) (count_over_time(ALERTS{alertstate="firing", alertname!="Watchdog", category!="slo"}[1m])), 60)'
        ' or clamp_max(60 * max by (service, alertname, severity, category) (count_over_time(ALERTS{alertstate="firing", alertname!="Watchdog", category="slo"}[1m])), 60)'
    )
    record = group.rules[0].record  # type: ignore[union-attr]  # both are recordings
    assert times == f"group by (service, alertname, severity, category) ({record} unless {record} offset 1m)"
