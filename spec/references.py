"""What one part of the spec says of another: every name must exist, every name must be unique, everyone must be reachable."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from spec import packs
from spec.locate import in_file
from spec.names import OWN_SERVICE, nearest
from spec.notify import receiver_kind
from spec.problem import Problem
from spec.records import selectors
from spec.selector import Selector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from spec.notify import Route
    from spec.root import StackSpec
    from spec.service import Panel, Service
    from spec.yaml_tree import Map

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]
"""Where, what, and what to do."""
TARGET_LABELS = frozenset({"job", "instance", "service", "probe"})
DERIVED = ("_bucket", "_sum", "_count")


def check(spec: StackSpec, tree: Map) -> tuple[Problem, ...]:
    """Every dangling reference, double name, and everyone who cannot be reached."""
    problems = []
    for checker in CHECKS:
        for path, message, hint in checker(spec):
            mark, text = in_file(tree, path)
            problems.append(Problem(mark, text, message, hint))
    return tuple(problems)


def unknown(what: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    """Message and hint for a name that does not exist."""
    names = sorted(set(known))
    best = nearest(name, names)
    if best:
        return f"unknown {what} {name!r}", f"did you mean {best}?"
    listed = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    return f"unknown {what} {name!r}", f"known: {listed}" if names else "none is defined"


def _owners(spec: StackSpec) -> Iterator[Finding]:
    known = spec.owners.keys()
    if spec.owner not in known:
        yield ("owner",), *unknown("owner", spec.owner, known)
    for name, service in spec.services.items():
        if service.owner not in known:
            yield ("services", name, "owner"), *unknown("owner", service.owner, known)
    if OWN_SERVICE in spec.services:
        yield ("services", OWN_SERVICE, "service"), f"{OWN_SERVICE!r} is the stack itself", "choose another name"


def _twice(items: Iterable[Any], path: Path, what: str, name_of: Callable[[Any], str]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, item in enumerate(items):
        name = name_of(item)
        if name in first:
            yield (*path, index, "name"), f"{what} {name!r} is there twice", f"first as {path[-1]}[{first[name]}]"
        first.setdefault(name, index)


def _doubles(spec: StackSpec) -> Iterator[Finding]:
    for name, service in spec.services.items():
        path = ("services", name)
        for key, what in (("alerts", "alert"), ("slos", "objective"), ("probes", "probe"), ("dependencies", "dependency"), ("dashboards", "dashboard")):
            yield from _twice(getattr(service, key), (*path, key), what, lambda item: str(item.name))
        if service.logs is not None:
            yield from _twice(service.logs.alerts, (*path, "logs", "alerts"), "alert", lambda item: str(item.name))
            yield from _twice(service.logs.categories, (*path, "logs", "categories"), "category", lambda item: str(item.name))
        yield from _twice(service.exporters, (*path, "exporters"), "exporter", lambda item: str(item.name or item.pack))
    yield from _titles(spec)
    yield from _twice(spec.notification.routes, ("notification", "routes"), "route", lambda item: str(item.name))


def _titles(spec: StackSpec) -> Iterator[Finding]:
    """Grafana stops writing a folder in which two dashboards have the same title."""
    seen: dict[tuple[str, str], str] = {}
    for name, service in spec.services.items():
        for index, dashboard in enumerate(service.dashboards):
            key = (service.owner, dashboard.title)
            if key in seen:
                yield ("services", name, "dashboards", index, "title"), f"dashboard title {dashboard.title!r} is there twice for owner {service.owner}", f"first in service {seen[key]}"
            seen.setdefault(key, name)


def indicator_keys(service: Service) -> dict[str, Any]:
    """Every indicator a service can name, with its definition (None for those given to every service)."""
    keys: dict[str, Any] = dict(service.indicators)
    for exporter in service.exporters:
        if exporter.pack in packs.names():
            keys |= {f"{exporter.name or exporter.pack}.{name}": i for name, i in packs.read(exporter.pack).indicators.items()}
    for probe in service.probes:
        keys |= {f"probe.{probe.name}-up": None, f"probe.{probe.name}-latency": None}
        if (probe.url or "").startswith("https:"):
            keys[f"probe.{probe.name}-certificate"] = None
    return keys | {"target.up": None, "target.each-up": None, "target.samples": None, "target.main-up": None}


def _indicators(spec: StackSpec) -> Iterator[Finding]:
    for name, service in spec.services.items():
        known = indicator_keys(service)
        for path, key in _named_indicators(service):
            if key not in known:
                yield ("services", name, *path), *unknown("indicator", key, known)


def _named_indicators(service: Service) -> Iterator[tuple[Path, str]]:
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


def _panel_subjects(spec: StackSpec) -> Iterator[Finding]:
    for name, service in spec.services.items():
        objectives = [objective.name for objective in service.slos]
        for path, panel in _panels(service):
            if panel.metric and panel.metric not in service.metrics:
                yield ("services", name, *path, "metric"), *unknown("metric", panel.metric, service.metrics)
            if panel.objective and panel.objective not in objectives:
                yield ("services", name, *path, "objective"), *unknown("objective", panel.objective, objectives)
            if panel.logs and service.logs is None:
                yield ("services", name, *path, "logs"), "the service has no logs", "describe them under logs:"


def _contract(spec: StackSpec) -> Iterator[Finding]:
    """Selectors of the service's own indicators name metrics, labels and values of its contract."""
    for name, service in spec.services.items():
        for key, indicator in service.indicators.items():
            path = ("services", name, "indicators", key)
            for selector in selectors(indicator):
                yield from _selector(service, selector, path)
            labels = {label for selector in selectors(indicator) for label in _labels(service, selector)} | TARGET_LABELS | set(service.scrape.labels)
            for index, label in enumerate(indicator.by if selectors(indicator) else ()):
                if label not in labels:
                    yield (*path, "by", index), *unknown("label", label, labels - TARGET_LABELS)


def base_metric(service: Service, selector: Selector) -> str:
    """The declared metric behind a selector: a histogram's series end in _bucket, _sum or _count."""
    stems = [selector.metric.removesuffix(end) for end in DERIVED if selector.metric.endswith(end)]
    return next((stem for stem in (selector.metric, *stems) if stem in service.metrics), "")


def _labels(service: Service, selector: Selector) -> Iterable[str]:
    metric = service.metrics.get(base_metric(service, selector))
    return metric.labels if metric else ()


def _selector(service: Service, selector: Selector, path: Path) -> Iterator[Finding]:
    base = base_metric(service, selector)
    if not base:
        yield path, *unknown("metric", selector.metric, service.metrics)
        return
    labels = service.metrics[base].labels
    for matcher in selector.matchers:
        if matcher.label in TARGET_LABELS or matcher.label in service.scrape.labels or matcher.label == "le":
            continue
        if matcher.label not in labels:
            yield path, *unknown(f"label of {base}", matcher.label, labels)
        elif not any(matcher.matches(value) for value in labels[matcher.label]):
            yield path, f"{matcher} matches no declared value of {base}", f"declared: {', '.join(labels[matcher.label])}"


def _packs(spec: StackSpec) -> Iterator[Finding]:
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


def _silencers(spec: StackSpec) -> Iterator[Finding]:
    for name, service in spec.services.items():
        known = {alert.name for alert in service.alerts} | {"ServiceDown", "TargetDown"}
        for exporter in service.exporters:
            if exporter.pack in packs.names():
                known |= {alert.name for alert in packs.read(exporter.pack).alerts}
        for index, alert in enumerate(service.alerts):
            for position, other in enumerate(alert.silenced_by):
                if other not in known and not other.endswith(("ProbeFailed", "ProbeSlow")):
                    yield ("services", name, "alerts", index, "silenced_by", position), *unknown("alert", other, known)


def _secrets(spec: StackSpec) -> Iterator[Finding]:
    for path, name in secret_uses(spec):
        if name not in spec.secrets:
            yield path, *unknown("secret", name, spec.secrets)


def secret_uses(spec: StackSpec) -> Iterator[tuple[Path, str]]:
    """Every place that names a secret."""
    for receiver, value in spec.notification.receivers.items():
        kind = receiver_kind(value) or ""
        args = getattr(value, kind)
        for field in ("url", "token", "routing_key"):
            secret = getattr(args, field, None)
            if secret and (field != "url" or kind == "slack"):
                yield ("notification", "receivers", receiver, kind, field), secret
    smtp = spec.notification.smtp
    if smtp is not None and smtp.password:
        yield ("notification", "smtp", "password"), smtp.password
    for index, write in enumerate(spec.remote_write):
        yield from _auth_secrets(write.auth, ("remote_write", index, "auth"))
    for name, service in spec.services.items():
        yield from _auth_secrets(service.scrape.auth, ("services", name, "scrape", "auth"))
        for key in ("exporters", "probes"):
            for index, item in enumerate(getattr(service, key)):
                yield from _auth_secrets(item.auth, ("services", name, key, index, "auth"))


def _auth_secrets(auth: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if auth is not None and auth.bearer:
        yield (*path, "bearer"), auth.bearer
    if auth is not None and auth.basic:
        yield (*path, "basic", "password"), auth.basic.password


def _dependencies(spec: StackSpec) -> Iterator[Finding]:
    for name, service in spec.services.items():
        for index, dependency in enumerate(service.dependencies):
            if dependency.service and dependency.service not in spec.services:
                yield ("services", name, "dependencies", index, "service"), *unknown("service", dependency.service, spec.services)


def _notification(spec: StackSpec) -> Iterator[Finding]:
    notification = spec.notification
    receivers = notification.receivers
    if notification.default not in receivers:
        yield ("notification", "default"), *unknown("receiver", notification.default, receivers)
    if notification.heartbeat and notification.heartbeat not in receivers:
        yield ("notification", "heartbeat"), *unknown("receiver", notification.heartbeat, receivers)
    for key, items in (("routes", notification.routes), ("must_reach", notification.must_reach)):
        for index, item in enumerate(items):
            for position, name in enumerate(item.to):
                if name not in receivers:
                    yield ("notification", key, index, "to", position), *unknown("receiver", name, receivers)
            yield from _when(spec, item.when, ("notification", key, index, "when"))
    for index, route in enumerate(notification.routes):
        for position, name in enumerate(route.mute):
            if name not in notification.mute_intervals:
                yield ("notification", "routes", index, "mute", position), *unknown("mute interval", name, notification.mute_intervals)
    for name, receiver in receivers.items():
        if receiver_kind(receiver) in ("email",) and notification.smtp is None:
            yield ("notification", "receivers", name), "e-mail needs a mail server", "add notification.smtp"


def _when(spec: StackSpec, when: Any, path: Path) -> Iterator[Finding]:
    services = [*spec.services, OWN_SERVICE]
    environments = {spec.environment, *spec.overlays}
    for field, known in (("owner", list(spec.owners)), ("service", services), ("environment", sorted(environments))):
        for position, name in enumerate(getattr(when, field)):
            if name not in known:
                yield (*path, field, position), *unknown(field, name, known)


def _reachable(spec: StackSpec) -> Iterator[Finding]:
    """Every receiver is named by a route (in any environment), and every owner's alerts of every severity reach someone by a route."""
    notification = spec.notification
    used = Counter(name for route in notification.routes for name in route.to)
    used.update((notification.default, notification.heartbeat or ""))
    for name in notification.receivers:
        if not used[name]:
            yield ("notification", "receivers", name), f"receiver {name!r} is reached by no route", "add it to a route, or remove it"
    for owner in spec.owners:
        missing = [s for s in ("critical", "high", "medium", "low") if not any(_takes(r, owner, s) for r in notification.routes)]
        if missing:
            yield ("owners", owner), f"no route takes the {', '.join(missing)} alerts of owner {owner!r}", "add a route, so that they do not fall to the default receiver"


def _takes(route: Route, owner: str, severity: str) -> bool:
    """Whether the route takes such alerts of at least some services, in some environment."""
    when = route.when
    general = not (when.category or when.alert)
    return general and (not when.owner or owner in when.owner) and (not when.severity or severity in when.severity)


def _retention(spec: StackSpec) -> Iterator[Finding]:
    """Prometheus has one retention for all; it must hold what each service asks for."""
    kept = spec.storage.metrics.retention
    for name, service in spec.services.items():
        if service.keep_metrics is not None and service.keep_metrics > kept:
            yield ("services", name, "keep_metrics"), f"storage.metrics.retention is only {kept}", "raise it, or keep less"


CHECKS: tuple[Callable[[StackSpec], Iterator[Finding]], ...] = (
    _owners, _doubles, _indicators, _panel_subjects, _contract, _packs, _silencers, _secrets, _dependencies,
    _notification, _reachable, _retention,
)  # fmt: skip
