"""Selectors of a service's own indicators against its metric contract: metrics, labels and values that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.indicator import kind
from spec.references.finding import Finding, Path, unknown
from spec.selector import Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spec.indicator import Measure
    from spec.root import StackSpec
    from spec.service import Service

TARGET_LABELS = frozenset({"job", "instance", "service", "probe"})
"""Labels that every series of a target has."""
BUCKET_LABEL = "le"
DERIVED = ("_bucket", "_sum", "_count")
"""How the names of a histogram's series end."""


def contract(spec: StackSpec) -> Iterator[Finding]:
    """Every selector names a declared metric, its labels, and values that they may take; so do the labels to keep."""
    for name, service in spec.services.items():
        for key, indicator in service.indicators.items():
            path = ("services", name, "indicators", key)
            found = dict(_selectors(indicator))
            for inner, selector in found.items():
                yield from _selector(service, selector, (*path, *inner))
            if not found or not indicator.by:
                continue
            own = {label for selector in found.values() for label in _labels(service, selector)}
            for index, label in enumerate(indicator.by):
                if label not in own | TARGET_LABELS | set(service.scrape.labels):
                    yield (*path, "by", index), *unknown("label", label, own | set(service.scrape.labels))


def _selectors(indicator: Measure) -> Iterator[tuple[Path, Selector]]:
    """Every selector of an indicator, with its path below it: `value`, or `ratio.of` and `ratio.to`."""
    name = kind(indicator) or ""
    args = getattr(indicator, name)
    if isinstance(args, Selector):
        yield (name,), args
        return
    for field, value in getattr(args, "__dict__", {}).items():
        if isinstance(value, Selector):
            yield (name, field), value


def base_metric(service: Service, selector: Selector) -> str:
    """The declared metric behind a selector: a histogram's series end in _bucket, _sum or _count."""
    if selector.metric in service.metrics:
        return selector.metric
    stems = [selector.metric.removesuffix(end) for end in DERIVED if selector.metric.endswith(end)]
    return next((stem for stem in stems if stem in service.metrics), "")


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
        if matcher.label in TARGET_LABELS or matcher.label in service.scrape.labels or matcher.label == BUCKET_LABEL:
            continue
        if matcher.label not in labels:
            yield path, *unknown(f"label of {base}", matcher.label, labels)
        elif not any(matcher.matches(value) for value in labels[matcher.label]):
            yield (
                path,
                f"{matcher} matches no declared value of {base}",
                f"declared: {', '.join(labels[matcher.label])}",
            )
        else:
            for word in matcher.lost(labels[matcher.label]):
                yield path, *unknown(f"value of {matcher.label}", word, labels[matcher.label])
