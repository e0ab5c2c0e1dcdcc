"""Labels that are added: none may take the place of one that routes, dashboards and rules are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spec.references.finding import Finding, Path
    from spec.root import StackSpec

EXTERNAL = (names.STACK, names.ENVIRONMENT)
OF_SERIES = (names.SERVICE, names.PROBE, "job", "instance")
OF_ALERTS = (names.SERVICE, names.TEAM, names.SEVERITY, names.STACK, names.ENVIRONMENT, "alertname", "category", "slo")


def labels(spec: StackSpec) -> Iterator[Finding]:
    """Labels of the stack, of targets and of alerts."""
    yield from _reserved(spec.labels, EXTERNAL, ("labels",))
    if spec.components.prometheus.replicas > 1:
        yield from _dropped(spec)
    for label, value in spec.labels.items():
        if "$" in value:
            message = "Prometheus would put environment variables in place of $ in this label"
            yield ("labels", label), message, "write the value without $"
    for name, service in spec.services.items():
        yield from _reserved(service.scrape.labels, OF_SERIES, ("services", name, "scrape", "labels"))
        for index, alert in enumerate(service.alerts):
            yield from _reserved(alert.labels, OF_ALERTS, ("services", name, "alerts", index, "labels"))


def _dropped(spec: StackSpec) -> Iterator[Finding]:
    """With several Prometheus, the label that tells them apart is taken from every alert."""
    where: list[tuple[Path, Iterable[str]]] = [(("labels",), spec.labels)]
    for name, service in spec.services.items():
        at = ("services", name)
        where.append(((*at, "scrape", "labels"), service.scrape.labels))
        where += [((*at, "alerts", index, "labels"), alert.labels) for index, alert in enumerate(service.alerts)]
        where += [((*at, "metrics", key, "labels"), metric.labels) for key, metric in service.metrics.items()]
    for path, given in where:
        if names.REPLICA in given:
            message = f"the label {names.REPLICA!r} tells Prometheus's replicas apart, and is taken from alerts"
            yield (*path, names.REPLICA), message, "choose another name"


def _reserved(given: Iterable[str], reserved: tuple[str, ...], path: Path) -> Iterator[Finding]:
    for label in given:
        if label in reserved:
            yield (*path, label), f"the label {label!r} is set by Specola", "choose another name"
