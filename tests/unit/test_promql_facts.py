"""What is known of an expression without running it; and right expressions that come near a mistake."""

from __future__ import annotations

import shutil
from functools import cache
from math import inf
from typing import TYPE_CHECKING

import pytest

from generator.promql.tree import read
from generator.render import render
from generator.validate.work import Work
from spec.load import load
from tests.mistakes.test_mistakes import BASE, said

if TYPE_CHECKING:
    from pathlib import Path

    from generator.promql.facts import Facts


@cache
def work() -> Work:
    loaded = load(BASE / "stack.yaml")
    return Work(loaded.stack, loaded.tree, BASE, BASE, {one.path: one.content for one in render(loaded.stack)})


def facts(text: str) -> Facts:
    tree = read(text)
    assert tree is not None
    return work().expressions.facts(tree)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5", 5, 5),
        ("shop_requests_total", 0, inf),
        ("shop_queue", -inf, inf),
        ("shop_database_up", 0, 1),
        ("shop_disk_bytes", 0, inf),
        ("-shop_database_up", -1, 0),
        ("1 - shop_database_up", 0, 1),
        ("shop_database_up * 100", 0, 100),
        ("shop_database_up / 4", 0, 0.25),
        ("sum(shop_database_up)", 0, inf),
        ("max(shop_database_up)", 0, 1),
        ("count(shop_queue)", 1, inf),
        ("group(shop_queue)", 1, 1),
        ("shop_queue > 7", 7, inf),
        ("shop_queue < bool 7", 0, 1),
        ("clamp(shop_queue, 2, 3)", 2, 3),
        ("abs(shop_queue)", 0, inf),
        ("sgn(shop_queue)", -1, 1),
        ("absent(shop_queue)", 1, 1),
        ("deriv(shop_queue[10m])", -inf, inf),
        ("avg_over_time(shop_database_up[1h])", 0, 1),
        ("sum_over_time(shop_database_up[1h])", 0, inf),
        ("shop_database_up or shop_queue", -inf, inf),
        ("shop_database_up and shop_queue", 0, 1),
        ("vector(3)", 3, 3),
        ("histogram_quantile(0.9, sum by (le) (rate(shop_seconds_bucket[5m])))", 0, 5),
        ('sum(rate(shop_requests_total{code="5xx"}[5m])) / sum(rate(shop_requests_total[5m]))', 0, 1),
        ('sum(rate(shop_requests_total{code="5xx"}[5m])) / (sum(rate(shop_requests_total[5m])) > 0)', 0, 1),
        ("sum(rate(shop_refunds_total[5m])) / sum(rate(shop_requests_total[5m]))", 0, inf),
        ('sum(rate(shop_requests_total{code="5xx"}[5m])) / sum(rate(shop_requests_total[1h]))', 0, inf),
        ('service:shop_requests:errors_ratio5m{service="shop"}', 0, 1),
        ("ALERTS", -inf, inf),
    ],
)
def test_the_bounds_of_a_value(text: str, low: float, high: float) -> None:
    found = facts(text)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("shop_queue", ["instance", "job", "service", "shelf"]),
        ("shop_seconds_bucket", ["instance", "job", "le", "route", "service"]),
        ("sum(shop_queue)", []),
        ("sum by (service, nothing) (shop_queue)", ["service"]),
        ("sum without (shelf) (shop_queue)", ["instance", "job", "service"]),
        ("topk(3, shop_queue)", ["instance", "job", "service", "shelf"]),
        ('count_values("value", shop_queue)', ["value"]),
        ('absent(shop_queue{shelf="a", job=~"x"})', ["shelf"]),
        ('label_replace(sum by (service) (shop_queue), "team", "web", "", "")', ["service", "team"]),
        ("histogram_quantile(0.9, sum by (service, le) (rate(shop_seconds_bucket[5m])))", ["service"]),
        ("shop_queue * on (service) group_left (code) sum by (service, code) (shop_requests_total)",
         ["code", "instance", "job", "service", "shelf"]),
        ("shop_queue / on (service) sum by (service) (shop_disk_bytes)", ["service"]),
        ("shop_queue / ignoring (shelf) shop_disk_bytes", ["instance", "job", "service"]),
        ("5 * sum by (service) (shop_queue)", ["service"]),
        ("ALERTS", None),
        ("sum by (service) (shop_queue) or sum by (shelf) (shop_queue)", None),
    ],
)  # fmt: skip
def test_the_labels_of_a_value(text: str, labels: list[str] | None) -> None:
    found = facts(text).labels
    assert (None if found is None else sorted(found)) == labels


@pytest.mark.parametrize(
    ("text", "label", "values"),
    [
        ("shop_queue", "shelf", {"a", "b"}),
        ('shop_queue{shelf!="a"}', "shelf", {"b"}),
        ('shop_queue{shelf=~"a|c"}', "shelf", {"a"}),
        ('shop_queue{shelf=~"$shelf"}', "shelf", {"a", "b"}),
        ('up{instance="x"}', "instance", {"x"}),
        ("up", "instance", None),
    ],
)
def test_the_values_of_a_label(text: str, label: str, values: set[str] | None) -> None:
    found = facts(text).labels
    assert found is not None
    assert found[label] == values


@pytest.mark.parametrize(
    "right",
    [
        'sum by (service) (rate(shop_requests_total{$scope,code=~"5xx|2xx"}[$window]))',
        "count by (service) (shop_requests_total{$scope})",
        "sum by (service) (shop_disk_bytes{$scope}) + sum by (service) (shop_requests_total{$scope} * 0)",
        "max by (service) (max_over_time(rate(shop_requests_total{$scope}[5m])[1h:1m]))",
        "max by (service) (shop_queue{$scope} and on (service) shop_requests_total{$scope})",
        "max by (service) (shop_queue{$scope} unless on (service) (shop_database_up{$scope} == 0))",
        "max by (service) (sum by (service, shelf) (shop_queue{$scope}) / on (service) group_left () (sum by (service) (rate(shop_requests_total{$scope}[5m])) > 0))",
        "sum by (service) (rate(shop_seconds_sum{$scope}[5m])) / (sum by (service) (rate(shop_seconds_count{$scope}[5m])) > 0)",
        "sum by (service) (rate(shop_refunds_total{$scope}[5m])) / (sum by (service) (rate(shop_requests_total{$scope}[5m])) != 0)",
        "sum by (service) (rate(shop_refunds_total{$scope}[5m])) / clamp_min(sum by (service) (rate(shop_requests_total{$scope}[5m])), 1)",
        "max by (service) (histogram_quantile(0.9, sum by (service, route, le) (rate(shop_seconds_bucket{$scope}[5m])))) * 100",
        "sum by (service) (changes(shop_queue{$scope}[10m]))",
        "sum by (service) (shop_disk_bytes{$scope}) / sum by (service) (shop_disk_bytes{$scope} offset 1d)",
        "max by (service) (deriv(shop_queue{$scope}[10m]) * 1000)",
        'max by (service) (label_replace(shop_queue{$scope}, "place", "$1", "shelf", "(.*)"))',
        "sum by (service) (increase(shop_requests_total{$scope}[1h]) - increase(shop_requests_total{$scope}[1h] offset 1d))",
    ],
)
def test_right_expressions_are_left_in_peace(tmp_path: Path, right: str) -> None:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    service = tmp_path / "services" / "shop.yaml"
    wrong = "'sum by (service) (shop_queue{$scope})'"
    text = service.read_text()
    assert text.count(wrong) == 1
    service.write_text(text.replace(wrong, f"'{right}'"))
    assert [line for line in said(tmp_path) if "[dashboards/" not in line] == []
