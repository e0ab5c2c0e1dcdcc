"""The series that a stack has: those of contracts and packs, those that rules record, those that Prometheus makes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Literal

from spec.names import SERVICE
from spec.references import DERIVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.promql.tree import Series
    from rules.rule import Group, Recording
    from spec.metric import Metric
    from spec.scalars import Duration
    from spec.selector import Matcher
    from spec.stack import Job, Part, Stack

Nature = Literal["counter", "gauge", "info", "bucket"]
Values = frozenset[str] | None
"""The values a label takes; None when they are not known."""
BUCKET = "le"
ALERTS = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
"""Series that Prometheus makes of alerts; they have the labels of all of them."""
OF_SCRAPES = frozenset({"scrape_samples_scraped", "scrape_series_added"})
OF_PROBES = frozenset({
    "probe_dns_lookup_time_seconds", "probe_http_duration_seconds", "probe_http_redirects", "probe_http_ssl",
    "probe_http_version", "probe_http_content_length", "probe_http_uncompressed_body_length", "probe_ip_protocol",
    "probe_ip_addr_hash", "probe_failed_due_to_regex", "probe_tls_version_info", "probe_ssl_last_chain_info",
    "probe_ssl_last_chain_expiry_timestamp_seconds", "probe_http_last_modified_timestamp_seconds",
})  # fmt: skip
"""Series of targets and of the blackbox exporter that Specola itself does not use."""


@dataclass(frozen=True)
class Known:
    """A series that a part of a service exposes: what of which metric, with which labels, how often it is scraped."""

    part: Part
    base: str
    metric: Metric
    nature: Nature
    labels: Mapping[str, Values]
    interval: Duration | None

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest value it can take."""
        if self.nature == "info":
            return (1, 1)
        if self.nature != "gauge":
            return (0, inf)
        if self.metric.range is not None:
            return self.metric.range
        if self.base in _SWITCHES or self.metric.unit == "ratio":
            return (0, 1)
        return {"bytes": (0, inf), "percent": (0, inf)}.get(self.metric.unit, (-inf, inf))


_SWITCHES = ("up", "probe_success")


class Catalogue:
    """Every series of a stack by its name."""

    def __init__(self, stack: Stack, groups: tuple[Group, ...]) -> None:
        self.stack = stack
        self.groups = groups
        self._meant: dict[int, tuple[Series, tuple[Known, ...]]] = {}

    @cached_property
    def exposed(self) -> Mapping[str, tuple[Known, ...]]:
        """The series of targets, by name."""
        found: dict[str, list[Known]] = {}
        for service in self.stack.services:
            for part in service.parts:
                jobs = tuple(job for job in service.jobs if part.name in (job.part, "target"))
                for name, one in _of_part(part, jobs):
                    found.setdefault(name, []).append(one)
        return {name: tuple(ones) for name, ones in found.items()}

    @cached_property
    def recorded(self) -> Mapping[str, Mapping[str, tuple[Recording, ...]]]:
        """The recording rules, by the name of their series and by the service that they are about."""
        from rules.rule import Recording

        found: dict[str, dict[str, list[Recording]]] = {}
        for group in self.groups:
            for rule in group.rules:
                if isinstance(rule, Recording):
                    found.setdefault(rule.record, {}).setdefault(group.file, []).append(rule)
        return {name: {service: tuple(rules) for service, rules in by.items()} for name, by in found.items()}

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str, str], tuple[Known, ...]]:
        """The series of targets by name and one label, `job` or `service`, with its value."""
        found: dict[tuple[str, str, str], list[Known]] = {}
        for name, ones in self.exposed.items():
            for one in ones:
                found.setdefault((name, SERVICE, one.part.service), []).append(one)
                for job in one.labels["job"] or ():
                    found.setdefault((name, "job", job), []).append(one)
        return {place: tuple(ones) for place, ones in found.items()}

    def of(self, series: Series) -> tuple[Known, ...]:
        """What a selector can mean; its matchers of job and service choose among series of the same name."""
        if id(series) not in self._meant:
            self._meant[id(series)] = (series, self._choose(series))
        return self._meant[id(series)][1]

    def _choose(self, series: Series) -> tuple[Known, ...]:
        wanted = {m.label: m for m in series.matchers if m.label in ("job", SERVICE) and "$" not in m.value}
        sure = next((m for m in wanted.values() if m.operator == "="), None)
        found = self.exposed.get(series.metric, ())
        if sure is not None and all(one.labels["job"] for one in found[:1]):
            found = self._by_place.get((series.metric, sure.label, sure.value), ())
        return tuple(one for one in found if _chosen(one, wanted.get("job"), wanted.get(SERVICE)))

    def knows(self, name: str) -> bool:
        """Whether there is a series of this name at all."""
        return name in self.exposed or name in self.recorded or name in ALERTS | OF_SCRAPES | OF_PROBES


def _chosen(one: Known, job: Matcher | None, service: Matcher | None) -> bool:
    jobs = one.labels["job"]
    if job is not None and jobs is not None and not any(map(job.matches, jobs)):
        return False
    return service is None or service.matches(one.part.service)


def _of_part(part: Part, jobs: tuple[Job, ...]) -> Iterator[tuple[str, Known]]:
    interval = max((job.interval for job in jobs), default=None)
    own = frozenset(m.value for m in part.matchers if m.label == "job") or frozenset(job.name for job in jobs)
    target: dict[str, Values] = {"job": own, "instance": None, SERVICE: frozenset({part.service})}
    put = [label for job in jobs for label in job.labels]
    target |= {label: frozenset(value for other, value in put if other == label) for label, _ in put}
    for base, metric in part.metrics.items():
        open_ended = bool(part.pack)
        labels = {label: None if open_ended else frozenset(values) for label, values in metric.labels.items()}
        for name, nature, more in _series(base, metric):
            yield name, Known(part, base, metric, nature, {**labels, **target, **more}, interval)


def _series(base: str, metric: Metric) -> Iterator[tuple[str, Nature, dict[str, Values]]]:
    if metric.type != "histogram":
        yield base, metric.type, {}
        return
    bucket, total, count = DERIVED
    yield base + bucket, "bucket", {BUCKET: None}
    yield base + total, "counter", {}
    yield base + count, "counter", {}
