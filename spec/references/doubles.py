"""Names that must be given once: two of the same would overwrite each other in files, dashboards or messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import OWN_SERVICE, PARTS_WITHOUT_PROGRAM, alert_panel
from spec.references.given_alerts import given_alerts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spec.references.finding import Finding, Path
    from spec.root import StackSpec
    from spec.service import Service


def doubles(spec: StackSpec) -> Iterator[Finding]:
    """Elements of one list with the same name."""
    for name, service in spec.services.items():
        for path, what, names in _lists(service):
            yield from _twice(names, ("services", name, *path), what)
        yield from _part_names(service)
    notification = spec.notification
    for key, what, items in (
        ("routes", "route", notification.routes), ("inhibitions", "inhibition", notification.inhibitions),
        ("silences", "silence", notification.silences), ("must_reach", "promise", notification.must_reach),
    ):  # fmt: skip
        yield from _twice((item.name for item in items), ("notification", key), what)
    yield from _twice((report.name for report in spec.reports), ("reports",), "report")
    if OWN_SERVICE in spec.services:
        yield ("services", OWN_SERVICE, "service"), f"{OWN_SERVICE!r} is the stack itself", "choose another name"


def _part_names(service: Service) -> Iterator[Finding]:
    for index, exporter in enumerate(service.exporters):
        name = exporter.name or exporter.pack
        if name in PARTS_WITHOUT_PROGRAM:
            path = ("services", service.service, "exporters", index, "name" if exporter.name else "pack")
            yield path, f"{name!r} is what every service's {name} indicators are called by", "choose another name"


def titles(spec: StackSpec) -> Iterator[Finding]:
    """Grafana stops writing a folder in which two dashboards have the same title."""
    seen: dict[tuple[str, str], str] = {}
    for name, service in spec.services.items():
        for index, dashboard in enumerate(service.dashboards):
            key = (service.owner, dashboard.title)
            if key in seen:
                message = f"dashboard title {dashboard.title!r} is there twice for owner {service.owner}"
                yield ("services", name, "dashboards", index, "title"), message, f"first in service {seen[key]}"
            seen.setdefault(key, name)


def taken(spec: StackSpec) -> Iterator[Finding]:
    """Alerts of a service with the name of one that it has already: given to every service, by a pack, on its logs."""
    for name, service in spec.services.items():
        known = given_alerts(service)
        for index, alert in enumerate(service.alerts):
            if alert.name in known:
                yield ("services", name, "alerts", index, "name"), *_taken(alert.name, known)
        known |= {alert.name: "is in alerts" for alert in service.alerts}
        for index, log_alert in enumerate(service.logs.alerts if service.logs else ()):
            if log_alert.name in known:
                yield ("services", name, "logs", "alerts", index, "name"), *_taken(log_alert.name, known)


def crowded(spec: StackSpec) -> Iterator[Finding]:
    """Alerts of a service whose panels would have the same id: links would lead to the wrong one of them."""
    for name, service in spec.services.items():
        seen = {alert_panel(alert): alert for alert in given_alerts(service)}
        own = [(("alerts", index), alert.name) for index, alert in enumerate(service.alerts)]
        logged = enumerate(service.logs.alerts if service.logs else ())
        for place, alert in (*own, *((("logs", "alerts", index), one.name) for index, one in logged)):
            first = seen.setdefault(alert_panel(alert), alert)
            if first != alert:
                message = f"the panel of alert {alert!r} would have the id of {first!r}"
                yield ("services", name, *place, "name"), message, "the id is made from the name: choose another"


def _taken(name: str, known: dict[str, str]) -> tuple[str, str]:
    return f"the service has an alert {name!r} already", f"it {known[name]}; choose another name"


def _lists(service: Service) -> Iterator[tuple[Path, str, Iterable[str]]]:
    yield ("alerts",), "alert", (alert.name for alert in service.alerts)
    yield ("slos",), "objective", (objective.name for objective in service.slos)
    yield ("probes",), "probe", (probe.name for probe in service.probes)
    yield ("dependencies",), "dependency", (dependency.name for dependency in service.dependencies)
    yield ("dashboards",), "dashboard", (dashboard.name for dashboard in service.dashboards)
    yield ("exporters",), "exporter", (exporter.name or exporter.pack for exporter in service.exporters)
    if service.logs is not None:
        yield ("logs", "alerts"), "alert", (alert.name for alert in service.logs.alerts)
        yield ("logs", "categories"), "category", (category.name for category in service.logs.categories)


def _twice(names: Iterable[str], path: Path, what: str) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in first:
            yield (*path, index, "name"), f"{what} {name!r} is there twice", f"first as {path[-1]}[{first[name]}]"
        first.setdefault(name, index)
