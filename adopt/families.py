"""What a target exposes: its metrics page, read into families as a contract would name them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spec.references.labels import OF_SERIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from prometheus_client import Metric
    from prometheus_client.samples import Sample

Kind = Literal["counter", "gauge", "histogram", "info", "summary", "unknown"]
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_TYPED = re.compile(r"^#\s*TYPE\s+(\S+)\s+(\S+)\s*$", re.MULTILINE)
_KINDS: dict[str, Kind] = {
    "counter": "counter",
    "gauge": "gauge",
    "histogram": "histogram",
    "summary": "summary",
    "info": "info",
}
_OF_BUCKETS = ("le", "quantile")


class UnreadableError(Exception):
    """A page that is not in Prometheus' text format; says where it stops being so."""


@dataclass(frozen=True)
class Family:
    """One metric of a page. `values` holds what each series stands at; of a histogram, how often it was observed.

    `labels` has the values seen, under the names that the stored series get. `bounds` and `below` are a histogram's
    upper bounds without +Inf and how many observations were at most that, all series together. `split` has, for each
    label, the part that each of its values has in the whole.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    values: tuple[float, ...] = ()
    bounds: tuple[float, ...] = ()
    below: tuple[float, ...] = ()
    series: int = 0
    split: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()

    @property
    def total(self) -> float:
        return math.fsum(self.values)


def read(page: str) -> tuple[Family, ...]:
    """The families of a page, by name; OpenMetrics is told by its end mark. Raises UnreadableError."""
    named = set() if _is_openmetrics(page) else {name for name, _ in _TYPED.findall(page)}
    try:
        found = [_family(metric, named) for metric in _parsed(page)]
    except (ValueError, KeyError, IndexError) as error:
        raise UnreadableError(f"not a page of metrics: {error}") from error
    return tuple(sorted((family for family in found if NAME.fullmatch(family.name)), key=lambda family: family.name))


def _is_openmetrics(page: str) -> bool:
    return page.rstrip().endswith("# EOF")


def _parsed(page: str) -> Iterable[Metric]:
    if _is_openmetrics(page):
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

        parsed: Iterable[Metric] = openmetrics(page)  # type: ignore[no-untyped-call]  # the library says no types
        return parsed
    from prometheus_client.parser import text_string_to_metric_families as text

    return text(page)


def _family(metric: Metric, named: set[str]) -> Family:
    """The parser calls a counter by its name without `_total`; a contract calls it as its series are called."""
    samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
    kind = _KINDS.get(metric.type, "unknown")
    name = metric.name
    if kind == "counter":
        name = name if name in named and f"{name}_total" not in named else f"{name}_total"
    if kind == "gauge" and name.endswith("_info") and all(sample.value == 1 for sample in samples):
        kind = "info"
    counted = _counted(kind, metric.name, samples)
    bounds, below = _buckets(metric.name, samples) if kind == "histogram" else ((), ())
    values = tuple(sample.value for sample in counted if math.isfinite(sample.value))
    return Family(
        name, kind, metric.documentation, _labels(counted), values, bounds, below, len(samples), _split(counted)
    )


def _counted(kind: Kind, name: str, samples: Sequence[Sample]) -> list[Sample]:
    """One sample for each set of labels."""
    if kind in ("histogram", "summary"):
        return [sample for sample in samples if sample.name == f"{name}_count"]
    return list(samples)


def _labels(samples: Iterable[Sample]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The values of each label; one that is empty everywhere is none to Prometheus."""
    seen: dict[str, dict[str, None]] = {}
    for sample in samples:
        for label, value in sample.labels.items():
            if label not in _OF_BUCKETS:
                seen.setdefault(stored(label), {})[value] = None
    return tuple((label, tuple(sorted(values))) for label, values in sorted(seen.items()) if any(values))


def _split(samples: Iterable[Sample]) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    sums: dict[str, dict[str, float]] = {}
    for sample in samples:
        for label, value in sample.labels.items():
            by_value = sums.setdefault(stored(label), {})
            by_value[value] = by_value.get(value, 0.0) + sample.value
    return tuple((label, _parts(by_value)) for label, by_value in sorted(sums.items()))


def _parts(by_value: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    total = sum(by_value.values())
    if not (total > 0 and math.isfinite(total)):
        return ()
    return tuple((value, by_value[value] / total) for value in sorted(by_value))


def stored(label: str) -> str:
    """The name under which Prometheus keeps a label that a target sets although the scrape sets it too."""
    return f"exported_{label}" if label in OF_SERIES else label


def _buckets(name: str, samples: Sequence[Sample]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    below: dict[float, float] = {}
    for sample in samples:
        if sample.name == f"{name}_bucket" and "le" in sample.labels:
            bound = float(sample.labels["le"])
            if math.isfinite(bound):
                below[bound] = below.get(bound, 0.0) + sample.value
    bounds = tuple(sorted(below))
    return bounds, tuple(below[bound] for bound in bounds)
