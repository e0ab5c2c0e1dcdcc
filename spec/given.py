"""What every service gets for nothing: indicators and alerts of its targets and its probes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spec import names
from spec.alert import Alert, Severity
from spec.indicator import Age, Measure, Value
from spec.metric import Metric, Typical
from spec.scalars import Duration, Quantity
from spec.selector import Selector
from spec.stack import BoundAlert, Part, equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spec.service import Probe, Service
    from spec.stack import Bound, Job, SpecPath

TARGET_METRICS = {
    "up": Metric(type="gauge", help="1 while the target can be scraped", typical=Typical(between=(1, 1))),
    "scrape_duration_seconds": Metric(type="gauge", help="How long the scrape took", unit="seconds"),
    "scrape_samples_post_metric_relabeling": Metric(type="gauge", help="Series the target exposed"),
}
PROBE_METRICS = {
    "probe_success": Metric(type="gauge", help="1 while the probe succeeds", typical=Typical(between=(1, 1))),
    "probe_duration_seconds": Metric(type="gauge", help="How long the probe took", unit="seconds"),
    "probe_http_status_code": Metric(type="gauge", help="The answer's HTTP status"),
    "probe_ssl_earliest_cert_expiry": Metric(
        type="gauge", help="When the first certificate of the chain ends", unit="timestamp"
    ),
}
NEAR_LIMIT = 0.8
"""The share of a target's series limit from which on somebody is told."""
WEEK_AHEAD = Quantity.parse("-14d")


OF_TARGETS: Mapping[str, Measure] = {
    "up": Value(
        value=Selector("up"),
        aggregate="min",
        title="Lowest target state",
        help="1 while every target of the service answers its scrape",
    ),
    "each-up": Value(
        value=Selector("up"),
        aggregate="min",
        by=("job", "instance"),
        title="Target state",
        help="1 while the target answers its scrape",
    ),
    "samples": Value(value=Selector("scrape_samples_post_metric_relabeling"), by=("job",), title="Series by job"),
}


def target_part(service: Service, origin: SpecPath) -> Part:
    """Series that Prometheus makes itself for every scrape of the service."""
    indicators = {**OF_TARGETS}
    if service.scrape.targets or service.scrape.files:
        own = (equal("job", service.service),)
        indicators["series"] = Value(
            value=Selector("scrape_samples_post_metric_relabeling", own),
            by=("instance",),
            title="Series of an instance",
            help="Beyond the limit that follows from the contract, Prometheus takes nothing of the instance any more",
        )
        main = Selector("up", own)
        indicators["main-up"] = Value(
            value=main, aggregate="max", title="Service state", help="1 while at least one instance answers"
        )
    return Part(
        names.TARGET_PART, service.service, (equal(names.SERVICE, service.service),), TARGET_METRICS, indicators, origin
    )


def probe_part(service: Service, origin: SpecPath) -> Part:
    """Series of the blackbox exporter for every probe of the service."""
    indicators: dict[str, Measure] = {}
    for probe in service.probes:
        indicators |= _of_probe(probe.name, (probe.url or "").startswith("https:"))
    metrics = _of_probes(tuple(probe.name for probe in service.probes))
    return Part(
        names.PROBE_PART, service.service, (equal(names.SERVICE, service.service),), metrics, indicators, origin
    )


@lru_cache(maxsize=1000)
def _of_probe(name: str, certified: bool) -> Mapping[str, Measure]:
    """Many services have probes with the same names."""
    one = (equal(names.PROBE, name),)
    indicators: dict[str, Measure] = {
        f"{name}-up": Value(value=Selector("probe_success", one), aggregate="min", title=f"Probe {name}"),
        f"{name}-latency": Value(
            value=Selector("probe_duration_seconds", one), title=f"Probe {name} latency", unit="seconds"
        ),
    }
    if certified:
        expiry = Selector("probe_ssl_earliest_cert_expiry", one)
        title = f"Certificate of {name}, age after its end"
        indicators[f"{name}-certificate"] = Age(age=expiry, aggregate="min", title=title)
    return indicators


@lru_cache(maxsize=1000)
def _of_probes(probes: tuple[str, ...]) -> Mapping[str, Metric]:
    labels = {names.PROBE: probes}
    return {name: metric.model_copy(update={"labels": labels}) for name, metric in PROBE_METRICS.items()}


def _given(indicators: Mapping[str, Bound], service: Service, origin: SpecPath, **fields: Any) -> Iterator[BoundAlert]:
    if fields["indicator"] in indicators:
        alert = Alert.model_validate(fields)
        yield BoundAlert(alert, indicators[alert.indicator], service.service, origin)


SERIES_ALERT = "SeriesNearLimit"
"""Its threshold follows the contract, and moves with every metric."""


def _series_alert(
    service: Service, jobs: Iterable[Job], indicators: Mapping[str, Bound], origin: SpecPath
) -> Iterator[BoundAlert]:
    limit = next((job.limit for job in jobs if not job.part), 0)
    near = int(limit * NEAR_LIMIT)
    yield from _given(
        indicators,
        service,
        (*origin, "scrape"),
        name=SERIES_ALERT,
        indicator="target.series",
        above=near,
        **{"for": Duration.parse("15m")},
        severity="medium",
        summary=f"An instance of {service.title} exposes nearly as many series as it may",
        meaning=f"Beyond {limit} series Prometheus refuses the whole scrape, and with it every metric and alert.",
        steps=(
            "Compare the contract with what is exposed: specola contract, with the address of the instance.",
            "A label with values that never end, such as an id, is the usual reason: remove it from the program.",
            "When the growth is wanted, write it into the contract: the limit follows.",
        ),
    )


def _target_alerts(
    service: Service, jobs: Iterable[Job], indicators: Mapping[str, Bound], origin: SpecPath
) -> Iterator[BoundAlert]:
    yield from _given(
        indicators,
        service,
        (*origin, "scrape"),
        name="ServiceDown",
        indicator="target.main-up",
        below=1,
        **{"for": Duration.parse("1m")},
        severity="critical",
        missing="fires",
        summary=f"{service.title} is down: no instance answers",
        meaning=f"No instance of {service.title} can be scraped, or its targets are gone from service discovery.",
        steps=(
            "Open the service's overview and see whether its probes fail as well.",
            "Look at the last log lines of the service.",
            "Check what was deployed last, and roll it back when in doubt.",
        ),
    )
    yield from _given(
        indicators,
        service,
        (*origin, "scrape"),
        name="TargetDown",
        indicator="target.each-up",
        below=1,
        **{"for": Duration.parse("2m")},
        severity="high",
        summary=f"A target of {service.title} does not answer its scrape",
        meaning="One instance or exporter cannot be scraped: its metrics are missing, and alerts on them stay silent.",
        steps=(
            "See which job and instance the alert names.",
            "Ask the target's metrics address by hand from the monitoring host.",
        ),
        silenced_by=("ServiceDown",) if "target.main-up" in indicators else (),
    )


def _probe_alerts(
    service: Service, jobs: Iterable[Job], indicators: Mapping[str, Bound], origin: SpecPath
) -> Iterator[BoundAlert]:
    for index, probe in enumerate(service.probes):
        yield from _alerts_of_probe(service, probe, indicators, (*origin, "probes", index))


def _alerts_of_probe(
    service: Service, probe: Probe, indicators: Mapping[str, Bound], origin: SpecPath
) -> Iterator[BoundAlert]:
    stem = camel(probe.name)
    failed: Severity = "critical" if probe.critical else "medium"
    closed = probe.kind == "closed"
    down = ("ServiceDown",) if "target.main-up" in indicators else ()
    yield from _given(
        indicators,
        service,
        origin,
        name=f"{stem}ProbeFailed",
        indicator=f"probe.{probe.name}-up",
        below=1,
        **{"for": Duration.parse("1m")},
        severity=failed,
        missing="fires",
        summary=f"{service.title}: {probe.url or probe.tcp} "
        + ("is open without credentials, or fails" if closed else "does not answer as it should"),
        meaning="A request from outside did not get the expected answer within its time.",
        steps=(
            "Send the same request by hand and read the answer.",
            "Compare with the service's own error rate: is it the service, or the way to it?",
        ),
        silenced_by=down,
    )
    if probe.max_latency is not None:
        yield from _given(
            indicators,
            service,
            origin,
            name=f"{stem}ProbeSlow",
            indicator=f"probe.{probe.name}-latency",
            above=Quantity(probe.max_latency.seconds, "seconds", str(probe.max_latency)),
            **{"for": Duration.parse("5m")},
            severity="medium",
            summary=f"{service.title}: {probe.url or probe.tcp} answers more slowly than {probe.max_latency}",
            meaning="The probe succeeds, but takes longer than was promised.",
            steps=("Look at the service's latency and saturation on its overview.",),
            silenced_by=(f"{stem}ProbeFailed", *down),
        )
    yield from _given(
        indicators,
        service,
        origin,
        name=f"{stem}CertificateExpiring",
        indicator=f"probe.{probe.name}-certificate",
        above=WEEK_AHEAD,
        **{"for": Duration.parse("10m")},
        severity="high",
        summary=f"{service.title}: the certificate of {probe.url} ends within 14 days",
        meaning="After its end every client refuses the connection.",
        steps=("Renew the certificate, and find out why it did not renew itself.",),
    )


def camel(name: str) -> str:
    """`ready-db` → `ReadyDb`"""
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))


GIVEN_ALERTS = (_target_alerts, _series_alert, _probe_alerts)
