"""The PromQL of every kind of indicator, to the letter."""

from __future__ import annotations

from typing import Any

import promql_parser
import pytest
from pydantic import TypeAdapter

from spec.expr import anomaly_records, bad_events, bucket, expr, number, traffic
from spec.indicator import KIND_NAMES, Anomaly, Indicator, kind
from spec.metric import Metric
from spec.scalars import Duration
from spec.stack import Bound, Part, equal

METRICS = {
    "req_total": Metric(type="counter", help="Requests.", labels={"route": ("a", "b"), "code": ("2xx", "5xx")}),
    "dur_seconds": Metric(
        type="histogram", help="Time.", unit="seconds", buckets=(0.1, 1, 10), labels={"route": ("a",)}
    ),
    "pool": Metric(type="gauge", help="Connections.", labels={"state": ("free", "used")}),
    "beat": Metric(type="gauge", help="Last beat.", unit="timestamp"),
}
OWN = Part("", "shop", (equal("job", "shop"),), METRICS, {}, ())


def bound(spec: dict[str, Any], part: Part = OWN) -> Bound:
    return Bound("x", TypeAdapter(Indicator).validate_python(spec), part, Duration.parse("5m"), ())


REQ = 'sum by (service) (rate(req_total{job="shop"}[5m]))'
ERR = 'sum by (service) (rate(req_total{job="shop",code="5xx"}[5m]))'
NOW, MEAN, DEV = (f'service:req:x_{part}{{service="shop"}}' for part in ("now", "seasonal_mean", "seasonal_stddev"))
TABLE: list[tuple[dict[str, Any], str]] = [
    ({"value": "pool"}, 'max by (service) (pool{job="shop"})'),
    ({"value": 'pool{state="free"}', "aggregate": "sum", "by": ["state"]}, 'sum by (service, state) (pool{job="shop",state="free"})'),
    ({"rate": "req_total"}, REQ),
    ({"rate": "req_total", "by": ["route", "code"]}, 'sum by (service, route, code) (rate(req_total{job="shop"}[5m]))'),
    ({"increase": 'req_total{code="5xx"}'}, 'sum by (service) (increase(req_total{job="shop",code="5xx"}[5m]))'),
    ({"ratio": {"of": 'req_total{code="5xx"}', "to": "req_total"}}, f"({ERR} or {REQ} * 0) / ({REQ} > 0)"),
    ({"ratio": {"of": 'req_total{code="5xx"}', "to": "req_total"}, "complement": True}, f"1 - ({ERR} or {REQ} * 0) / ({REQ} > 0)"),
    (
        {"ratio": {"of": 'pool{state="free"}', "to": "pool"}, "by": ["state"]},
        'sum by (service, state) (pool{job="shop",state="free"}) / (sum by (service, state) (pool{job="shop"}) > 0)',
    ),
    (
        {"quantile": {"of": "dur_seconds"}},
        'histogram_quantile(0.95, sum by (service, le) (rate(dur_seconds_bucket{job="shop"}[5m])))',
    ),
    (
        {"quantile": {"of": 'dur_seconds{route="a"}', "q": 0.999}, "by": ["route"]},
        'histogram_quantile(0.999, sum by (service, route, le) (rate(dur_seconds_bucket{job="shop",route="a"}[5m])))',
    ),
    (
        {"average": "dur_seconds"},
        'sum by (service) (rate(dur_seconds_sum{job="shop"}[5m])) / (sum by (service) (rate(dur_seconds_count{job="shop"}[5m])) > 0)',
    ),
    (
        {"slower": {"of": "dur_seconds", "over": "100ms"}},
        '1 - sum by (service) (rate(dur_seconds_bucket{job="shop",le="0.1"}[5m])) / (sum by (service) (rate(dur_seconds_count{job="shop"}[5m])) > 0)',
    ),
    (
        {"slower": {"of": "dur_seconds", "over": "1s"}},
        '1 - sum by (service) (rate(dur_seconds_bucket{job="shop",le=~"1|1.0"}[5m])) / (sum by (service) (rate(dur_seconds_count{job="shop"}[5m])) > 0)',
    ),
    ({"absence": 'pool{state="free"}'}, 'sum by (service) (absent(pool{service="shop",job="shop",state="free"}))'),
    ({"age": "beat"}, 'time() - max by (service) (beat{job="shop"})'),
    ({"age": "beat", "aggregate": "min"}, 'time() - min by (service) (beat{job="shop"})'),
    ({"forecast": {"of": "pool", "ahead": "4h"}}, 'min by (service) (predict_linear(pool{job="shop"}[5m], 14400))'),
    (
        {"anomaly": {"of": "req_total"}},
        f"abs({NOW} - {MEAN}) / ({DEV} > 0.05 * abs({MEAN}) or 0.05 * abs({MEAN}) > 0)",
    ),
    ({"promql": "sum by ($by) (rate(pool{$scope}[$window]))"}, 'sum by (service) (rate(pool{job="shop"}[5m]))'),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "promql"), TABLE, ids=lambda value: kind(value) if isinstance(value, dict) else "")
def test_the_promql_of_an_indicator(spec: dict[str, Any], promql: str) -> None:
    assert expr(bound(spec)) == promql
    promql_parser.parse(promql)


def test_the_table_has_every_kind() -> None:
    assert {kind(spec) for spec, _ in TABLE} == set(KIND_NAMES)


def test_an_anomaly_reads_the_value_now_and_the_same_hour_of_three_seasons() -> None:
    one = bound({"anomaly": {"of": "req_total", "season": "1d"}})
    assert isinstance(one.spec, Anomaly)
    (now, value), (mean, average), (deviation, spread) = anomaly_records(one, one.spec.anomaly)
    hours = [
        f'service:req:x_now{{service="shop"}}[1h] offset {offset}' for offset in ("23h30m", "1d23h30m", "2d23h30m")
    ]
    assert (now, value) == ("service:req:x_now", REQ)
    assert mean == "service:req:x_seasonal_mean"
    assert average == "avg by (service) ({})".format(
        " or ".join(f'label_replace(avg_over_time({hour}), "season", "{n}", "", "")' for n, hour in enumerate(hours, 1))
    )
    assert (deviation, spread) == (
        "service:req:x_seasonal_stddev",
        f"sqrt({average.replace('avg_over_time', 'stdvar_over_time')})",
    )


@pytest.mark.parametrize(("spec", "promql"), [
    ({"ratio": {"of": 'req_total{code="5xx"}', "to": "req_total"}}, REQ),
    ({"ratio": {"of": 'pool{state="free"}', "to": "pool"}}, ""),
    ({"quantile": {"of": "dur_seconds"}}, 'sum by (service) (rate(dur_seconds_count{job="shop"}[5m]))'),
    ({"average": "dur_seconds"}, 'sum by (service) (rate(dur_seconds_count{job="shop"}[5m]))'),
    ({"slower": {"of": "dur_seconds", "over": 1}}, 'sum by (service) (rate(dur_seconds_count{job="shop"}[5m]))'),
    ({"rate": "req_total"}, ""),
    ({"value": "pool"}, ""),
])  # fmt: skip
def test_the_traffic_behind_an_indicator(spec: dict[str, Any], promql: str) -> None:
    assert traffic(bound(spec)) == promql


@pytest.mark.parametrize(("spec", "promql"), [
    ({"ratio": {"of": 'req_total{code="5xx"}', "to": "req_total"}}, f"{ERR} or {REQ} * 0"),
    ({"ratio": {"of": 'req_total{code="2xx"}', "to": "req_total"}, "complement": True},
     f"{REQ} - {ERR.replace('5xx', '2xx')}"),
    ({"slower": {"of": "dur_seconds", "over": 10}},
     'clamp_min(sum by (service) (rate(dur_seconds_count{job="shop"}[5m])) - sum by (service) (rate(dur_seconds_bucket{job="shop",le=~"10|10.0"}[5m])), 0)'),
])  # fmt: skip
def test_what_spends_an_error_budget(spec: dict[str, Any], promql: str) -> None:
    assert bad_events(bound(spec), "5m") == promql


def test_a_gauge_spends_no_error_budget() -> None:
    with pytest.raises(TypeError, match=r"^Value has no events$"):
        bad_events(bound({"value": "pool"}), "5m")


def test_window_and_matchers_can_be_given() -> None:
    rate = bound({"rate": "req_total"})
    assert (
        expr(rate, "1h", (equal("route", 'a"b'),)) == r'sum by (service) (rate(req_total{job="shop",route="a\"b"}[1h]))'
    )
    free = bound({"promql": "pool{$scope}[$window]"})
    assert expr(free, "1h", (equal("route", "a"),)) == 'pool{job="shop",route="a"}[1h]'


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (0.1, "0.1"), (1e8, "100000000"), (1e-9, "1e-09"), (1 / 3, "0.3333333333")]
)
def test_numbers_without_needless_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "matcher"),
    [
        (0.25, 'le="0.25"'),
        (1.0, 'le=~"1|1.0"'),
        (2.5, 'le="2.5"'),
        (1e6, 'le=~"1000000|1e[+]06"'),
        (2_500_000, 'le=~"2500000|2.5e[+]06"'),
    ],
)
def test_a_bucket_is_found_in_prometheus_2_and_3(value: float, matcher: str) -> None:
    assert str(bucket(value)) == matcher
