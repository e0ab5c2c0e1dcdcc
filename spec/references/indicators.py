"""Where a service names its indicators, alerts and metrics, and what an alert needs to be one."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from spec import packs
from spec.indicator import Absence, PromQL
from spec.names import LOGS_PART
from spec.references.finding import Finding, Path, unknown
from spec.references.given_alerts import given_alerts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.root import StackSpec
    from spec.service import Panel, Service

TARGET_INDICATORS = ("target.up", "target.each-up", "target.samples", "target.series", "target.main-up")


def indicator_keys(service: Service) -> dict[str, Any]:
    """Every indicator a service can name, with its definition (None for those given to every service)."""
    keys: dict[str, Any] = dict(service.indicators)
    for exporter in service.exporters:
        if exporter.pack in packs.names():
            part = exporter.name or exporter.pack
            keys |= {f"{part}.{name}": one for name, one in packs.read(exporter.pack).indicators.items()}
    for probe in service.probes:
        keys |= {f"probe.{probe.name}-up": None, f"probe.{probe.name}-latency": None}
        if (probe.url or "").startswith("https:"):
            keys[f"probe.{probe.name}-certificate"] = None
    if service.logs is not None:
        keys |= {f"{LOGS_PART}.{name}": one for name, one in service.logs.indicators.items()}
    return keys | dict.fromkeys(TARGET_INDICATORS)


def indicators(spec: StackSpec) -> Iterator[Finding]:
    """Every indicator that is named exists."""
    for name, service in spec.services.items():
        known = indicator_keys(service)
        for path, key in named_indicators(service):
            if key not in known:
                yield ("services", name, *path), *unknown("indicator", key, known)


def thresholds(spec: StackSpec) -> Iterator[Finding]:
    """Alerts have a threshold: without one any value at all would fire, with an infinite one none ever."""
    for name, service in spec.services.items():
        known = indicator_keys(service)
        for index, alert in enumerate(service.alerts):
            path = ("services", name, "alerts", index)
            compares = isinstance(known.get(alert.indicator), Absence | PromQL) or alert.indicator not in known
            if alert.above is None and alert.below is None and not compares:
                yield path, "the alert has no threshold: it would fire at any value", "add above: or below:"
            for key, limit in (("above", alert.above), ("below", alert.below)):
                if limit is not None and not isfinite(limit.value):
                    yield (*path, key), "no value is beyond this threshold", "write a finite number"


def panel_subjects(spec: StackSpec) -> Iterator[Finding]:
    """Every metric, objective and log that a panel shows exists."""
    for name, service in spec.services.items():
        objectives = [objective.name for objective in service.slos]
        for path, panel in _panels(service):
            if panel.metric and panel.metric not in service.metrics:
                yield ("services", name, *path, "metric"), *unknown("metric", panel.metric, service.metrics)
            if panel.objective and panel.objective not in objectives:
                yield ("services", name, *path, "objective"), *unknown("objective", panel.objective, objectives)
            if panel.logs and service.logs is None:
                yield ("services", name, *path, "logs"), "the service has no logs", "describe them under logs:"


def silencers(spec: StackSpec) -> Iterator[Finding]:
    """Every alert that makes another redundant exists in the same service."""
    for name, service in spec.services.items():
        known = {*given_alerts(service), *(alert.name for alert in service.alerts)}
        for index, alert in enumerate(service.alerts):
            for position, other in enumerate(alert.silenced_by):
                if other not in known:
                    yield ("services", name, "alerts", index, "silenced_by", position), *unknown("alert", other, known)


def pack_changes(spec: StackSpec) -> Iterator[Finding]:
    """Every pack exists, and so does every alert of it that a service changes."""
    for name, service in spec.services.items():
        for index, exporter in enumerate(service.exporters):
            path = ("services", name, "exporters", index)
            if exporter.pack not in packs.names():
                yield (*path, "pack"), *unknown("pack", exporter.pack, packs.names())
                continue
            alerts = [alert.name for alert in packs.read(exporter.pack).alerts]
            for alert in exporter.alerts:
                if alert not in alerts:
                    yield (*path, "alerts", alert), *unknown(f"alert of pack {exporter.pack}", alert, alerts)


def named_indicators(service: Service) -> Iterator[tuple[Path, str]]:
    """Every place where a service names an indicator, with its key."""
    for index, alert in enumerate(service.alerts):
        yield ("alerts", index, "indicator"), alert.indicator
    for index, objective in enumerate(service.slos):
        yield ("slos", index, "indicator"), objective.indicator
    for signal, key in service.golden.items():
        yield ("golden", signal), key
    for index, key in enumerate(service.business):
        yield ("business", index), key
    for index, dependency in enumerate(service.dependencies):
        if dependency.health:
            yield ("dependencies", index, "health"), dependency.health
    for path, panel in _panels(service):
        if panel.indicator:
            yield (*path, "indicator"), panel.indicator


def _panels(service: Service) -> Iterator[tuple[Path, Panel]]:
    for d, dashboard in enumerate(service.dashboards):
        for s, section in enumerate(dashboard.sections):
            for p, panel in enumerate(section.panels):
                yield ("dashboards", d, "sections", s, "panels", p), panel
