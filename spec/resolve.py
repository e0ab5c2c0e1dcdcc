"""From the typed spec to the resolved stack: packs are opened, defaults applied, indicators bound to their series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spec import names, packs
from spec.given import GIVEN_ALERTS, probe_part, target_part
from spec.indicator import Forecast, kind
from spec.instances import Instance
from spec.log_series import logs_part
from spec.own import PACK_OF, own_service
from spec.pace import LONGEST_PAST, faster, paced, paced_alert, paced_log_alert, perhaps, perhaps_scraped
from spec.scalars import Duration
from spec.stack import Bound, BoundAlert, BoundLogAlert, BoundObjective, Job, Part, Stack, Target, Watched, equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spec.alert import Alert, AlertChange
    from spec.metric import Metric
    from spec.root import StackSpec
    from spec.service import Exporter, Probe, Service
    from spec.stack import SpecPath

SCRAPES_IN_A_WINDOW = 4
LONG_WINDOWS = {"forecast": Duration.parse("1h"), "anomaly": Duration.parse("5m")}


def resolve(spec: StackSpec, positions: Mapping[str, int] | None = None) -> Stack:
    """The stack with every consequence drawn. References must have been checked before (spec/references.py).

    `positions` are those of the services where the spec is without some of them.
    """
    if positions is None:
        positions = {name: position for position, name in enumerate(spec.services)}
    stack = resolve_alone(spec, positions)
    own = _watch(stack.spec, own_service(stack.spec), ("components",), len(positions))
    return Stack(stack.spec, (*stack.services, own))


def resolve_alone(spec: StackSpec, positions: Mapping[str, int]) -> Stack:
    """The stack of these services only, each as it stands in the whole one."""
    spec = paced(spec)
    services = spec.services.items()
    return Stack(spec, tuple(_watch(spec, one, ("services", name), positions[name]) for name, one in services))


def _watch(spec: StackSpec, service: Service, origin: SpecPath, position: int) -> Watched:
    jobs = tuple(_jobs(spec, service, origin))
    real = not (spec.simulation.enabled and service.simulate) or service.service == names.OWN_SERVICE
    parts = tuple(replace(part, real=real) for part in _parts(spec, service, jobs, origin))
    indicators = {bound.key: bound for part in parts for bound in _bind(spec, part, jobs)}
    pace = spec.pace
    alerts = tuple(
        BoundAlert(paced_alert(bound.alert, pace), bound.indicator, bound.service, bound.origin)
        for bound in _alerts(service, jobs, indicators, origin)
    )
    objectives = tuple(
        BoundObjective(objective, indicators[objective.indicator], service.service, (*origin, "slos", index))
        for index, objective in enumerate(service.slos)
        if objective.indicator in indicators
    )
    log_alerts = tuple(
        BoundLogAlert(paced_log_alert(alert, pace), service.service, (*origin, "logs", "alerts", index))
        for index, alert in enumerate(service.logs.alerts if service.logs else ())
        if alert.enabled
    )
    return Watched(service, jobs, parts, indicators, alerts, objectives, log_alerts, origin, position)


def _jobs(spec: StackSpec, service: Service, origin: SpecPath) -> Iterator[Job]:
    defaults, scrape, name = spec.defaults, service.scrape, service.service
    if scrape.targets or scrape.files:
        interval = perhaps_scraped(scrape.interval, spec.pace) or defaults.interval
        yield Job(
            name=name,
            service=name,
            part="",
            targets=tuple(map(Target, scrape.targets)),
            interval=interval,
            timeout=min(scrape.timeout or defaults.timeout, interval),
            path=scrape.path,
            scheme=scrape.scheme,
            files=scrape.files,
            limit=scrape.limit or series_limit(service.metrics, defaults.series_headroom),
            auth=scrape.auth,
            labels=tuple(scrape.labels.items()),
            origin=(*origin, "scrape"),
        )
    for index, exporter in enumerate(service.exporters):
        yield _exporter_job(spec, service, exporter, _place(service, origin, index))
    for index, probe in enumerate(service.probes):
        interval = max(perhaps_scraped(probe.interval, spec.pace) or defaults.interval, _patience(probe))
        yield Job(
            name=f"{name}-probe-{probe.name}",
            service=name,
            part="probe",
            targets=(Target(probe.url or probe.tcp or ""),),
            interval=interval,
            timeout=min(max(probe.timeout or defaults.timeout, _patience(probe)), interval),
            path="/probe",
            limit=100,
            labels=((names.PROBE, probe.name),),
            probe=probe,
            origin=(*origin, "probes", index),
        )


def _place(service: Service, origin: SpecPath, index: int) -> SpecPath:
    """Where the spec names an exporter; those of the stack itself are its components."""
    if service.service != names.OWN_SERVICE:
        return (*origin, "exporters", index)
    pack = service.exporters[index].pack
    return (*origin, next((component for component, of in PACK_OF if of == pack), pack))


def _patience(probe: Probe) -> Duration:
    """A probe must wait longer than its promised latency, at any pace, to tell slow from dead."""
    return Duration((int(2 * probe.max_latency.seconds) + 1) * 1000) if probe.max_latency else Duration(0)


def _exporter_job(spec: StackSpec, service: Service, exporter: Exporter, origin: SpecPath) -> Job:
    interval = perhaps_scraped(exporter.interval, spec.pace) or spec.defaults.interval
    components = {pack: component for component, pack in PACK_OF} if service.service == names.OWN_SERVICE else {}
    component = components.get(exporter.pack, "")
    return Job(
        name=f"{service.service}-{exporter.name or exporter.pack}",
        service=service.service,
        part=exporter.name or exporter.pack,
        targets=tuple(
            Target(address, Instance(component, number) if component else None)
            for number, address in enumerate(exporter.targets, 1)
        ),
        interval=interval,
        timeout=min(spec.defaults.timeout, interval),
        path=exporter.path,
        auth=exporter.auth,
        limit=20_000,
        origin=origin,
    )


def series_limit(metrics: Mapping[str, Metric], headroom: float) -> int:
    """The most series a target may expose: the contract, with headroom, and what a client library adds."""
    library_series = 100
    return int(sum(metric.series for metric in metrics.values()) * headroom) + library_series


def _parts(spec: StackSpec, service: Service, jobs: tuple[Job, ...], origin: SpecPath) -> Iterator[Part]:
    name = service.service
    yield Part("", name, (equal("job", name),), service.metrics, service.indicators, origin)
    for index, exporter in enumerate(service.exporters):
        pack = packs.read(exporter.pack)
        part = exporter.name or exporter.pack
        matchers = (equal("job", f"{name}-{part}"),)
        yield Part(
            part,
            name,
            matchers,
            pack.metrics,
            pack.indicators,
            _place(service, origin, index),
            pack.sections,
            pack.pack,
        )
    if service.probes:
        yield probe_part(service, origin)
    if service.logs is not None and service.logs.indicators and spec.components.loki.enabled:
        yield logs_part(spec, service, service.logs, origin)
    if jobs:
        yield target_part(service, origin)


def _bind(spec: StackSpec, part: Part, jobs: tuple[Job, ...]) -> Iterator[Bound]:
    intervals = [job.interval for job in jobs if job.part == part.name] or [spec.defaults.interval]
    shortest = Duration(max(intervals).ms * SCRAPES_IN_A_WINDOW)
    for name, indicator in part.indicators.items():
        usual = LONG_WINDOWS.get(kind(indicator) or "")
        long = None if usual is None else faster(usual, spec.pace)
        window = perhaps(indicator.window, spec.pace) or long or spec.defaults.window
        if spec.pace > 1 and isinstance(indicator, Forecast):
            window = min(window, LONGEST_PAST)
        window = max(window, shortest)
        origin = (*part.origin, "indicators", name) if part.name in ("", names.LOGS_PART) else part.origin
        yield Bound(name, indicator, part, window, origin)


def _alerts(
    service: Service, jobs: Iterable[Job], indicators: Mapping[str, Bound], origin: SpecPath
) -> Iterator[BoundAlert]:
    for index, alert in enumerate(service.alerts):
        if alert.enabled and alert.indicator in indicators:
            yield BoundAlert(alert, indicators[alert.indicator], service.service, (*origin, "alerts", index))
    for index, exporter in enumerate(service.exporters):
        part = exporter.name or exporter.pack
        for alert in packs.read(exporter.pack).alerts:
            change = exporter.alerts.get(alert.name)
            place = (*_place(service, origin, index), *(("alerts", alert.name) if change else ()))
            changed = changed_alert(alert, change)
            if changed.enabled:
                yield BoundAlert(changed, indicators[f"{part}.{alert.indicator}"], service.service, place)
    for given in GIVEN_ALERTS:
        yield from given(service, jobs, indicators, origin)


def changed_alert(alert: Alert, change: AlertChange | None) -> Alert:
    """The pack's alert with what the service says differently; a new threshold replaces the old one on either side."""
    if change is None:
        return alert
    update: dict[str, Any] = {name: getattr(change, name) for name in change.model_fields_set}
    if "above" in update or "below" in update:
        update = {"above": None, "below": None, **update}
    return alert.model_copy(update=update)
