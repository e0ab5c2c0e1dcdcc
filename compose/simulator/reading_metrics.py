"""Reads the metrics of a contract."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from .contract import Age, Between, ByLabel, Metric, Port, Rate, Started, Typical
from .node import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .node import Node

TYPES = ("counter", "gauge", "histogram", "info")
MOST_SERIES = 20_000
"""Series of one port: far above what a service exposes, and low enough that a slip does not fill the memory."""

_METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")


def read_port(node: Node, name: str) -> Port:
    """A port with its metrics: the service itself or one of its exporters."""
    metrics = tuple(_metric(item) for item in node.get("metrics").items())
    names = [metric.name for metric in metrics]
    for metric in metrics:
        if names.count(metric.name) > 1:
            raise ContractError(f"{node.get('metrics').place}: {metric.name} is declared twice")
    return Port(
        name=name,
        port=node.get("port").whole(low=0, high=65535),
        metrics_path=node.get("metrics_path").text("/metrics"),
        metrics=_bounded(node, metrics),
    )


def _bounded(node: Node, metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    series = sum(
        math.prod(len(values) for values in metric.labels.values()) * (len(metric.buckets) + 3 if metric.buckets else 1)
        for metric in metrics
    )
    if series > MOST_SERIES:
        raise ContractError(f"{node.get('metrics').place}: {series} series, and at most {MOST_SERIES} can be played")
    return metrics


def _metric(node: Node) -> Metric:
    name, kind = node.get("name").text(), node.get("type").text()
    if not _METRIC_NAME.fullmatch(name):
        raise node.get("name").wrong("a metric name")
    if kind not in TYPES:
        raise ContractError(f"{node.get('type').place}: must be one of {', '.join(TYPES)}, and is '{kind}'")
    labels = {label: _label(label, values) for label, values in node.get("labels").entries().items()}
    return Metric(
        name=name,
        type=kind,
        help=node.get("help").text(""),
        labels=labels,
        buckets=_buckets(node.get("buckets")) if kind == "histogram" else (),
        typical=None if kind == "info" else _typical(node.get("typical"), kind, labels),
        shares=_shares(node.get("shares"), labels),
        counts=node.has("unit") and not node.get("unit").text(""),
    )


def _label(name: str, node: Node) -> tuple[str, ...]:
    if not _LABEL_NAME.fullmatch(name) or name == "le":
        raise ContractError(f"{node.place}: '{name}' cannot be a label")
    values = node.texts()
    if not values or len(set(values)) < len(values):
        raise ContractError(f"{node.place}: must list the label's values, each once")
    return values


def _buckets(node: Node) -> tuple[float, ...]:
    buckets = tuple(item.number(low=0) for item in node.items())
    if not buckets or any(left >= right for left, right in pairwise(buckets)):
        raise ContractError(f"{node.place}: must list upper bounds in rising order")
    return buckets


def _typical(node: Node, kind: str, labels: Mapping[str, tuple[str, ...]]) -> Typical:
    if kind == "counter":
        return Rate(node.get("rate").number(low=0))
    if kind == "histogram":
        return Rate(node.get("rate").number(low=0), node.get("median").number(low=1e-12))
    if node.get("started").flag():
        return Started()
    if node.has("age"):
        oldest = _between(node.get("age"))
        return Age(oldest.low, oldest.high)
    if node.has("by"):
        return _by_label(node, labels)
    low = node.get("low").number()
    return Between(low, node.get("high").number(low=low))


def _by_label(node: Node, labels: Mapping[str, tuple[str, ...]]) -> ByLabel:
    label, ranges = node.get("by").text(), node.get("values").entries()
    if set(ranges) != set(labels.get(label, ())):
        raise ContractError(
            f"{node.place}: 'values' must give a range for each value of a label, and '{label}' has "
            f"{', '.join(labels.get(label, ())) or 'none'}"
        )
    return ByLabel(label, {value: _between(item) for value, item in ranges.items()})


def _between(node: Node) -> Between:
    match node.items():
        case (low, high):
            least = low.number()
            return Between(least, high.number(low=least))
    raise node.wrong("a list of two numbers, the lower first")


def _shares(node: Node, labels: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, float]]:
    """The share of each label value, summing to 1; values without a share divide what the others leave."""
    shares = {}
    for label, entry in node.entries().items():
        given = {value: share.number(low=0) for value, share in entry.entries().items()}
        unknown = set(given) - set(labels.get(label, ()))
        if unknown:
            raise ContractError(f"{entry.place}: no such value of label '{label}': {', '.join(sorted(unknown))}")
        left = [value for value in labels[label] if value not in given]
        given |= dict.fromkeys(left, max(0.0, 1.0 - sum(given.values())) / max(1, len(left)))
        total = sum(given.values())
        if total <= 0:
            raise ContractError(f"{entry.place}: the shares must sum to more than 0")
        shares[label] = {value: share / total for value, share in given.items()}
    return shares
