"""What a metric of a contract says of its own labels: shares and bands are of labels and values that it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.references.finding import Finding, Path, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spec.metric import Metric
    from spec.root import StackSpec


def metrics(spec: StackSpec) -> Iterator[Finding]:
    """Shares and typical bands name labels of the metric, and values of the label."""
    for name, service in spec.services.items():
        for key, metric in service.metrics.items():
            yield from _labelled(metric, ("services", name, "metrics", key))


def _labelled(metric: Metric, path: Path) -> Iterator[Finding]:
    for label, shares in metric.shares.items():
        yield from _values(metric, label, shares, (*path, "shares", label), (*path, "shares", label))
    by, bands = metric.typical.by, metric.typical.bands
    if by is not None:
        yield from _values(metric, by, bands, (*path, "typical", "by"), (*path, "typical", "bands"))


def _values(metric: Metric, label: str, values: Iterable[str], at: Path, below: Path) -> Iterator[Finding]:
    if label not in metric.labels:
        yield at, *unknown("label", label, metric.labels)
        return
    for value in values:
        if value not in metric.labels[label]:
            yield (*below, value), *unknown(f"value of {label}", value, metric.labels[label])
