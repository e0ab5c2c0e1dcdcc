"""The five systems of the showcase: complete and consistent (test_ordinary_day.py holds that they are quiet)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from dashboards import topics
from spec.include import read_tree
from spec.indicator import Slower
from spec.load import load
from spec.notify import RECEIVER_KINDS, receiver_kind
from spec.references import indicator_keys
from spec.root import StackSpec
from spec.service import Service

if TYPE_CHECKING:
    from spec.alert import Alert

ROOT = Path(__file__).parents[2]
NAMES = ("arxos", "arkrelay", "tug", "starter", "artisan")
ENVIRONMENTS = ("development", "production")


def _service(name: str) -> Service:
    return Service.model_validate(yaml.safe_load((ROOT / "services" / f"{name}.yaml").read_text(encoding="utf-8")))


SERVICES = {name: _service(name) for name in NAMES}
EVERY_ALERT = [
    pytest.param(service, alert, id=f"{name}-{alert.name}")
    for name, service in SERVICES.items()
    for alert in service.alerts
]


def _alert(service: str, name: str) -> Alert:
    return next(alert for alert in SERVICES[service].alerts if alert.name == name)


def _stated(alert: Alert, service: Service) -> tuple[str, str, str, str]:
    """Threshold, time it must last, window and severity, as the file writes them."""
    indicator = service.indicators[alert.indicator]
    threshold = f"> {alert.above}" if alert.above is not None else f"< {alert.below}"
    return threshold, str(alert.for_), str(indicator.window or ""), alert.severity


# What the systems ask for


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_named_after_its_service(name: str) -> None:
    assert SERVICES[name].service == name


@pytest.mark.parametrize(
    ("service", "metric", "kind", "labels"),
    [
        ("arxos", "arxos_api_requests_total", "counter", {"endpoint", "method", "status"}),
        ("arxos", "arxos_api_request_duration_seconds", "histogram", {"endpoint"}),
        ("arxos", "arxos_api_errors_total", "counter", {"type"}),
        ("arxos", "arxos_export_jobs_total", "counter", {"format", "outcome"}),
        ("arxos", "arxos_export_job_duration_seconds", "histogram", {"format"}),
        ("arxos", "arxos_active_users", "gauge", set()),
        ("arxos", "arxos_database_connections", "gauge", {"state"}),
        ("arxos", "arxos_rate_limit_hits_total", "counter", {"endpoint"}),
        ("arxos", "arxos_security_alerts_total", "counter", {"type", "severity"}),
        ("starter", "monitoring_total_events", "gauge", set()),
        ("starter", "monitoring_active_alerts", "gauge", set()),
    ],
)
def test_metrics_which_the_systems_name(service: str, metric: str, kind: str, labels: set[str]) -> None:
    declared = SERVICES[service].metrics[metric]
    assert (declared.type, set(declared.labels)) == (kind, labels)


@pytest.mark.parametrize(
    ("service", "alert", "threshold", "lasting", "window", "severity"),
    [
        ("arkrelay", "HighCpu", "> 80%", "5m", "", "high"),
        ("arkrelay", "HighMemory", "> 85%", "5m", "", "high"),
        ("arkrelay", "DiskAlmostFull", "> 90%", "0s", "", "critical"),
        ("arkrelay", "HeartbeatMissing", "> 2m", "30s", "", "critical"),
        ("arkrelay", "JobFailureRateHigh", "> 10%", "0s", "10m", "medium"),
        ("arkrelay", "VtxoInventoryLow", "< 20%", "0s", "", "medium"),
        ("tug", "HighErrorRate", "> 10%", "5m", "", "critical"),
        ("tug", "SlowResponses", "> 2s", "5m", "", "high"),
        ("tug", "DatabaseUnreachable", "< 1", "1m", "", "critical"),
    ],
)
def test_alerts_which_the_systems_set(
    service: str, alert: str, threshold: str, lasting: str, window: str, severity: str
) -> None:
    assert _stated(_alert(service, alert), SERVICES[service]) == (threshold, lasting, window, severity)


def test_tug_asks_for_cpu_and_memory_of_its_host() -> None:
    changes = SERVICES["tug"].exporters[0].alerts
    stated = {name: (str(c.above), str(c.for_), c.severity) for name, c in changes.items()}
    assert stated == {"HostCpuHigh": ("80%", "5m", "high"), "HostMemoryHigh": ("85%", "5m", "high")}


@pytest.mark.parametrize(
    ("service", "open_doors", "closed_doors"),
    [
        ("arxos", ["/health"], []),
        (
            "arkrelay",
            ["/health", "/health/comprehensive"],
            [
                *("/admin/status", "/admin/database/stats", "/admin/alerts", "/admin/cleanup"),
                *("/admin/backup", "/admin/profile", "/admin/dashboard"),
            ],
        ),
        ("tug", ["/monitoring/health", "/monitoring/health/live", "/monitoring/health/ready"], []),
        ("starter", ["/health"], ["/monitoring/incidents", "/monitoring/alerts"]),
        ("artisan", ["/health/", "/health/liveness", "/health/readiness", "/health/detailed"], ["/health/metrics"]),
    ],
)  # fmt: skip
def test_every_health_endpoint_is_probed_and_every_closed_door_is_tried(
    service: str, open_doors: list[str], closed_doors: list[str]
) -> None:
    def paths(expect: int) -> list[str]:
        probes = SERVICES[service].probes
        return ["/" + (probe.url or "").split("/", 3)[3] for probe in probes if probe.expect == (expect,)]

    assert (paths(200), paths(401)) == (open_doors, closed_doors)


@pytest.mark.parametrize(
    ("service", "port", "path"),
    [("arxos", "arxos:9090", "/metrics"), ("tug", "tug:8000", "/monitoring/metrics")],
)
def test_metrics_are_asked_for_where_the_system_serves_them(service: str, port: str, path: str) -> None:
    scrape = SERVICES[service].scrape
    assert (scrape.targets, scrape.path) == ((port,), path)


def test_arxos_is_scraped_every_30_seconds() -> None:
    assert str(SERVICES["arxos"].scrape.interval) == "30s"


@pytest.mark.parametrize(
    ("service", "logs", "metrics"),
    [("arxos", "7d", "30d"), ("starter", "30d", "90d"), ("artisan", "30d", "7d")],
)
def test_retention_is_what_was_promised(service: str, logs: str, metrics: str) -> None:
    spec = SERVICES[service]
    assert spec.logs is not None
    assert (str(spec.logs.keep), str(spec.keep_metrics), str(spec.logs.rotate)) == (logs, metrics, "100MB")


def test_artisan_keeps_errors_longer_than_alerts() -> None:
    logs = SERVICES["artisan"].logs
    assert logs is not None
    kept = {category.name: str(category.keep) for category in logs.categories}
    assert {name: kept[name] for name in ("application", "error", "metrics", "alert")} == {
        "application": "30d",
        "error": "30d",
        "metrics": "7d",
        "alert": "7d",
    }


def test_dashboards_of_tug_have_their_names() -> None:
    titles = [dashboard.title for dashboard in SERVICES["tug"].dashboards]
    assert titles[:4] == ["TUG API Overview", "System Resources", "Database Performance", "Error Tracking"]


@pytest.mark.parametrize(
    ("service", "objective", "percent", "bound"),
    [
        ("arkrelay", "availability", 99.9, None),
        ("arkrelay", "monitoring", 99.9, None),
        ("arkrelay", "health-latency", 99.9, "100ms"),
    ],
)
def test_promises_of_arkrelay_are_objectives(service: str, objective: str, percent: float, bound: str | None) -> None:
    spec = SERVICES[service]
    slo = next(slo for slo in spec.slos if slo.name == objective)
    indicator = spec.indicators[slo.indicator]
    over = str(indicator.slower.over) if isinstance(indicator, Slower) else None
    assert (slo.objective, over) == (percent, bound)


# What every service owes its operators


@pytest.mark.parametrize(("service", "alert"), EVERY_ALERT)
def test_an_alert_says_what_it_means_and_what_to_do(service: Service, alert: Alert) -> None:
    assert alert.meaning
    assert 2 <= len(alert.steps) <= 4
    assert alert.summary != alert.meaning


@pytest.mark.parametrize("service", SERVICES.values(), ids=NAMES)
def test_alert_names_are_unique_within_a_service(service: Service) -> None:
    logged = service.logs.alerts if service.logs else ()
    names = Counter([alert.name for alert in service.alerts] + [alert.name for alert in logged])
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("service", SERVICES.values(), ids=NAMES)
def test_every_dependency_has_an_alert(service: Service) -> None:
    watched = {alert.indicator for alert in service.alerts}
    assert [d.name for d in service.dependencies if d.health not in watched] == []


@pytest.mark.parametrize("service", SERVICES.values(), ids=NAMES)
def test_golden_signals_objectives_and_business_are_there(service: Service) -> None:
    assert set(service.golden) == {"traffic", "errors", "latency", "saturation"}
    assert service.business
    assert any(metric.business for metric in service.metrics.values())
    assert len(service.slos) >= 2


@pytest.mark.parametrize("service", SERVICES.values(), ids=NAMES)
def test_references_resolve_within_the_file_or_a_pack(service: Service) -> None:
    known = indicator_keys(service)
    named = [alert.indicator for alert in service.alerts] + [slo.indicator for slo in service.slos]
    named += [*service.golden.values(), *service.business, *(d.health for d in service.dependencies if d.health)]
    named += [panel.indicator for d in service.dashboards for s in d.sections for panel in s.panels if panel.indicator]
    assert [name for name in named if name not in known] == []


@pytest.mark.parametrize("service", SERVICES.values(), ids=NAMES)
def test_every_indicator_is_used(service: Service) -> None:
    """By an alert, an objective, a signal, or a panel of the service's own dashboards or of its pages by topic."""
    used = {alert.indicator for alert in service.alerts} | {slo.indicator for slo in service.slos}
    used |= {*service.golden.values(), *service.business, *(d.health or "" for d in service.dependencies)}
    used |= {panel.indicator or "" for d in service.dashboards for s in d.sections for panel in s.panels}
    watched = load(ROOT / "stack.yaml", "development").stack.by_name[service.service]
    used |= {key for page in topics.pages(watched).values() for key in page.indicators}
    assert sorted(set(service.indicators) - used) == []


@pytest.mark.parametrize("service", SERVICES.values(), ids=NAMES)
def test_no_alert_keeps_a_label_that_it_has_itself(service: Service) -> None:
    own = {"severity", "service", "team", "category"}
    known = indicator_keys(service)
    kept = {alert.indicator: set(known[alert.indicator].by) & own for alert in service.alerts if known[alert.indicator]}
    assert {name: labels for name, labels in kept.items() if labels} == {}


@pytest.mark.parametrize("service", SERVICES.values(), ids=NAMES)
def test_latency_bounds_are_buckets(service: Service) -> None:
    slower = [indicator.slower for indicator in service.indicators.values() if isinstance(indicator, Slower)]
    assert slower
    for slow in slower:
        assert slow.over.value in service.metrics[slow.of.metric].buckets


# The whole


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_stack_loads_in_every_environment(environment: str) -> None:
    stack = load(ROOT / "stack.yaml", environment).stack
    assert [service.name for service in stack.services][:5] == sorted(NAMES)


def _whole() -> StackSpec:
    tree, problems, *_ = read_tree(ROOT / "stack.yaml")
    assert problems == ()
    return StackSpec.model_validate(tree)


def test_receivers_of_all_five_kinds_are_used() -> None:
    notification = _whole().notification
    told = {name for route in notification.routes for name in route.to}
    assert {receiver_kind(notification.receivers[name]) for name in told} == set(RECEIVER_KINDS)


def test_development_is_simulated_and_production_is_not() -> None:
    def simulated(environment: str) -> tuple[bool, str]:
        spec = load(ROOT / "stack.yaml", environment).stack.spec
        return spec.simulation.enabled, spec.notification.deliver

    assert [simulated(name) for name in ENVIRONMENTS] == [(True, "inbox"), (False, "receivers")]


def test_an_overlay_changes_one_threshold_and_nothing_beside_it() -> None:
    stack = load(ROOT / "stack.yaml", "production").stack
    alert = next(a.alert for a in stack.by_name["artisan"].alerts if a.alert.name == "RequestErrorsHigh")
    assert (str(alert.above), str(alert.for_), alert.severity) == ("2%", "2m", "critical")
