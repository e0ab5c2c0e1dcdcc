"""The text exposition of a port (format 0.0.4): every metric under exactly its declared name and type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric as Family

    from .contract import Metric
    from .service import Sample, Service

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TYPE_LINE = re.compile(rb"(?m)^(# TYPE \S+) gauge$")


class Exposition:
    """The metrics of one port of a service.

    The client library appends `_total` to a counter's name. Counters that are declared without it are collected apart,
    as gauges, whose names it leaves alone, and get their type back in the text.
    """

    def __init__(self, service: Service, port: str) -> None:
        self._service, self._port = service, port
        self._usual = CollectorRegistry()
        self._usual.register(_PortCollector(service, port, legacy=False))
        self._legacy = CollectorRegistry()
        self._legacy.register(_PortCollector(service, port, legacy=True))

    def text(self) -> bytes:
        """What a scrape gets now."""
        usual = generate_latest(self._usual) + _TYPE_LINE.sub(rb"\1 counter", generate_latest(self._legacy))
        return usual + _crowd(usual, self._service.crowd(self._port))


def _crowd(text: bytes, wanted: int) -> bytes:
    """Series of a label that never ends, so that there are as many as wanted."""
    there = sum(not line.startswith(b"#") for line in text.splitlines())
    return b"".join(b'specola_crowd{number="%d"} 1\n' % number for number in range(wanted - there))


class _PortCollector(Collector):
    def __init__(self, service: Service, port: str, *, legacy: bool) -> None:
        self._service, self._port, self._legacy = service, port, legacy

    def collect(self) -> Iterator[Family]:
        for metric, samples in self._service.samples(self._port):
            if samples and _is_legacy(metric) == self._legacy:
                yield _family(metric, samples)


def _is_legacy(metric: Metric) -> bool:
    return metric.type == "counter" and not metric.name.endswith("_total")


def _family(metric: Metric, samples: list[Sample]) -> Family:
    labels = tuple(metric.labels)
    if metric.type == "histogram":
        histogram = HistogramMetricFamily(metric.name, metric.help, labels=labels)
        bounds = [*(repr(bound) for bound in metric.buckets), "+Inf"]
        for sample in samples:
            *counts, total = sample.numbers
            histogram.add_metric(sample.labels, list(zip(bounds, counts, strict=True)), total)
        return histogram
    usual_counter = metric.type == "counter" and not _is_legacy(metric)
    kind = CounterMetricFamily if usual_counter else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=labels)
    for sample in samples:
        family.add_metric(sample.labels, sample.numbers[0])
    return family
