"""The fault of each alert: what the simulator does so that its indicator crosses the threshold, and nothing else."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compose.simulator.node import Node
from compose.simulator.reading import read_contract
from generator import contract
from rules import inhibition
from rules.faults import EndpointFault, Fault, LogFault, faults, probe_path, wrong_side
from rules.given_series import playable
from rules.groups import all_alerts
from rules.inhibition import silences
from spec.indicator import Forecast, GivenSample, Increase
from spec.load import load
from spec.metric import Metric
from spec.records import selectors
from spec.samples import Sample
from spec.service import Probe
from spec.stack import BoundAlert
from tests.golden.small import small

if TYPE_CHECKING:
    from spec.stack import Stack

ROOT = Path(__file__).parents[2]


@cache
def five() -> Stack:
    return load(ROOT / "stack.yaml", "development").stack


def fault(service: str, alert: str) -> Fault:
    return next(one for one in faults(small("development").by_name[service]) if one.alert == alert)


@pytest.mark.parametrize(("alert", "value"), [
    ("jobs/JobsFail", 15),
    ("jobs/QueueLong", 150),
    ("shop/ErrorsHigh", 0.525),
    ("shop/ShelfSold", 0.9),
    ("shop/ShelfEmpty", 20 / 1.5),
    ("shop/NobodyBuys", 1),
    ("shop/LiveProbeFailed", 0),
    ("shop/LiveCertificateExpiring", -14 * 86_400 + 1),
])  # fmt: skip
def test_the_wrong_side_is_well_clear_of_the_threshold(alert: str, value: float) -> None:
    service, _, name = alert.partition("/")
    bound = next(b for b in small("development").by_name[service].alerts if b.alert.name == name)
    assert wrong_side(bound) == pytest.approx(value)


@pytest.mark.parametrize("service", [service.name for service in five().services])
def test_every_value_is_on_the_wrong_side(service: str) -> None:
    for bound in five().by_name[service].alerts:
        value, alert = wrong_side(bound), bound.alert
        assert alert.above is None or value > alert.above.value, alert.name
        falling = isinstance(bound.indicator.spec, Forecast)  # at the threshold from the start, and on its way down
        assert alert.below is None or value < alert.below.value or falling, alert.name


@pytest.mark.parametrize(("service", "alert", "expected"), [
    ("jobs", "QueueLong", Fault("QueueLong", (Sample("jobs_queue", value=150),))),
    ("jobs", "JobsStopped", Fault("JobsStopped", (Sample("jobs_last_run_timestamp_seconds", age=900),))),
    ("jobs", "JobsBehind", Fault("JobsBehind", (
        Sample("jobs_queue", value=9000), Sample("jobs_done_total", (("outcome", "done"),), rate=1)))),
    ("shop", "NobodyBuys", Fault("NobodyBuys", (Sample("shop_requests_total", (("route", "buy"),), absent=True),))),
    ("shop", "LiveProbeFailed", Fault("LiveProbeFailed", endpoints=(EndpointFault("/live", 503),))),
    ("shop", "LiveProbeSlow", Fault("LiveProbeSlow", endpoints=(EndpointFault("/live", latency=0.425),))),
    ("shop", "AdminProbeFailed", Fault("AdminProbeFailed", endpoints=(EndpointFault("/admin", 200),))),
    ("shop", "CartProbeFailed", Fault("CartProbeFailed", down=("",))),
    ("shop", "ServiceDown", Fault("ServiceDown", down=("",))),
    ("shop", "TargetDown", Fault("TargetDown", down=("node",))),
    ("shop", "ReachableBudgetBurnsSlowly", Fault("ReachableBudgetBurnsSlowly", endpoints=(EndpointFault("/live", 503),))),
    ("shop", "ErrorBurst", Fault("ErrorBurst", logs=(LogFault(None, 2.5, "ERROR"),))),
    ("shop", "LoginsRefused", Fault("LoginsRefused", logs=(LogFault("security", 1.3, None, 'login "refused"'),))),
    ("shop", "LogsSilent", Fault("LogsSilent", logs=(LogFault(None, 0.0),))),
])  # fmt: skip
def test_a_fault_for_each_kind_of_alert(service: str, alert: str, expected: Fault) -> None:
    found = fault(service, alert)
    assert (found.alert, found.endpoints, found.down) == (expected.alert, expected.endpoints, expected.down)
    assert found.series == tuple(expected.series)
    assert [(one.category, one.level, one.message) for one in found.logs] == [
        (one.category, one.level, one.message) for one in expected.logs
    ]
    assert [one.lines_per_second for one in found.logs] == pytest.approx(
        [one.lines_per_second for one in expected.logs]
    )


def test_a_ratio_fails_on_one_series_and_keeps_the_others_still() -> None:
    still, good, bad = fault("shop", "ErrorsHigh").series
    assert (still.labels, still.rate) == ((), 0)
    assert dict(bad.labels)["code"] == "5xx"
    assert bad.rate is not None
    assert good.rate is not None
    assert bad.rate / (bad.rate + good.rate) == pytest.approx(0.525)


def test_what_no_simulator_can_bring_about_has_no_fault() -> None:
    names = {one.alert for one in faults(small("development").by_name["shop"])}
    assert not {"TrafficOdd", "LiveCertificateExpiring", "TooBusy"} & names
    assert faults(small("development").by_name["monitoring"]) == ()


def test_a_burst_of_errors_is_none_of_critical_errors_which_would_silence_it() -> None:
    found = {one.alert: one for one in faults(five().by_name["artisan"])}
    assert found["TrackedErrorsBurst"].series == (
        Sample("artisan_errors_total", rate=0.0),
        Sample("artisan_errors_total", (("severity", "LOW"),), rate=1.5),
    )


@pytest.mark.parametrize("service", [service.name for service in five().services[:-1]])
def test_no_counter_that_a_fault_drives_sets_off_an_alert_that_silences_its_own(service: str) -> None:
    rules = tuple(inhibition.rules(five()))
    alerts = {rule.alert: rule for rule in all_alerts(five()) if rule.service == service}
    labels = {name: {**rule.labels, "alertname": name} for name, rule in alerts.items()}
    for one in faults(five().by_name[service]):
        driven = [sample for sample in one.series if sample.rate]
        for name, rule in alerts.items():
            source = rule.source
            if name != one.alert and isinstance(source, BoundAlert) and source.alert.above is not None:
                loud = [
                    sample
                    for sample in driven
                    for selector in selectors(source.indicator.spec)
                    if isinstance(source.indicator.spec, Increase)
                    and selector.metric == sample.metric
                    and all(m.matches(dict(sample.labels).get(m.label, m.value)) for m in selector.matchers)
                ]
                quiet = one.alert in labels and any(silences(r, labels[name], labels[one.alert]) for r in rules)
                assert not (loud and quiet), f"{name} silences {one.alert}, whose fault sets it off"


@pytest.mark.parametrize("service", [service.name for service in five().services[:-1]])
def test_of_the_five_systems_only_anomalies_have_no_fault(service: str) -> None:
    watched = five().by_name[service]
    names = {bound.alert.name for bound in watched.alerts} | {bound.alert.name for bound in watched.log_alerts}
    odd = {bound.alert.name for bound in watched.alerts if hasattr(bound.indicator.spec, "anomaly")}
    lone = set() if watched.spec.exporters else {"TargetDown"}  # its only target is the service itself
    assert names - {one.alert for one in faults(watched)} == odd | lone


def test_a_target_gets_more_series_than_it_should_have_and_fewer_than_it_may() -> None:
    watched = small("development").by_name["shop"]
    near = next(one.alert.above for one in watched.alerts if one.alert.name == "SeriesNearLimit")
    assert near is not None
    assert near.value < fault("shop", "SeriesNearLimit").crowd < watched.jobs[0].limit


@pytest.mark.parametrize("service", [service.name for service in five().services[:-1]])
def test_the_simulator_knows_everything_that_a_fault_touches(service: str) -> None:
    stack = five()
    artefact = next(one for one in contract.render(stack) if one.path == f"contracts/{service}.json")
    played = read_contract(Node(json.loads(artefact.content), f"{service}.json: "))
    watched = stack.by_name[service]
    assert played.faults.keys() == {one.alert for one in faults(watched)}
    metrics = {name: metric for part in watched.parts for name, metric in part.metrics.items()}
    paths = {endpoint.path for endpoint in played.endpoints}
    for one in faults(watched):
        for sample in one.series:
            declared = metrics[sample.metric].labels
            assert all(value in declared[label] for label, value in sample.labels), one.alert
            kinds = (sample.value, sample.age, sample.rate, True if sample.absent else None)
            assert sum(kind is not None for kind in kinds) == 1, one.alert
            assert sum(share for _, share in sample.observe) == pytest.approx(1 if sample.observe else 0), one.alert
        assert all(effect.path in paths for effect in one.endpoints), one.alert


@pytest.mark.parametrize(("probe", "path"), [
    ({"url": "http://shop:8080/live"}, "/live"),
    ({"url": "https://shop:8080"}, "/"),
    ({"url": "https://shop:8080/"}, "/"),
    ({"url": "http://shop:8080/a/b"}, "/a/b"),
    ({"tcp": "shop:6380"}, ""),
])  # fmt: skip
def test_the_path_of_a_probe(probe: dict[str, str], path: str) -> None:
    assert probe_path(Probe.model_validate({"name": "one", **probe})) == path


METRICS = {
    "jobs_queue": Metric(type="gauge", help="Jobs that wait"),
    "jobs_done_total": Metric(type="counter", help="Jobs ended"),
    "jobs_seconds": Metric(type="histogram", help="How long jobs took", buckets=(1, 5)),
}


@pytest.mark.parametrize(("given", "expected"), [
    ([("jobs_queue", "5x30")], (Sample("jobs_queue", value=5),)),
    ([("jobs_queue", "1x30 9x30")], (Sample("jobs_queue", value=9),)),
    ([("jobs_queue", "0.5")], (Sample("jobs_queue", value=0.5),)),
    ([("jobs_queue", "-3x10")], (Sample("jobs_queue", value=-3),)),
    ([('jobs_done_total{outcome="failed",service="jobs",job="jobs",instance="i"}', "0+15x30")],
     (Sample("jobs_done_total", (("outcome", "failed"),), rate=1),)),
    ([("jobs_done_total", "100+0x30")], (Sample("jobs_done_total", value=100),)),
    ([('jobs_seconds_bucket{le="1"}', "0+15x30"), ('jobs_seconds_bucket{le="5"}', "0+30x30"),
      ("jobs_seconds_count", "0+60x30")],
     (Sample("jobs_seconds", rate=4, observe=((1, 0.25), (5, 0.25), (20, 0.5))),)),
    ([('jobs_seconds_bucket{le="1"}', "0+15x30"), ('jobs_seconds_bucket{le="+Inf"}', "0+60x30")],
     (Sample("jobs_seconds", rate=4, observe=((1, 0.25), (4, 0.75))),)),
    ([('jobs_seconds_bucket{le="+Inf"}', "0+60x30")], (Sample("jobs_seconds", rate=4, observe=((1, 1),)),)),
    ([("jobs_seconds_sum", "0+180x30"), ("jobs_seconds_count", "0+60x30")],
     (Sample("jobs_seconds", rate=4, observe=((3, 1),)),)),
    ([('jobs_seconds_bucket{le="1"}', "0+15x30"), ("jobs_seconds_sum", "0+180x30")],
     (Sample("jobs_seconds", rate=1, observe=((1, 1),)),)),
    ([("jobs_seconds_sum", "0+30x30")], (Sample("jobs_seconds", rate=2, observe=((1, 1),)),)),
    ([("jobs_seconds_count", "7+0x30")], ()),
])  # fmt: skip
def test_given_series_are_played(given: list[tuple[str, str]], expected: tuple[Sample, ...]) -> None:
    assert playable([GivenSample(series=series, values=values) for series, values in given], METRICS) == expected
