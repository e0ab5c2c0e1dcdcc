"""A contract against what a live target exposes, both ways: what was promised and is missing, what is there besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adopt.metrics import unit_of
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adopt.families import Family
    from spec.metric import Metric

_ALIKE = {"info": ("gauge",)}
"""Types that an exposition may give for a declared one. A target that gives none is believed."""
DERIVED = ("_sum", "_count")
POINTS_AND_SPANS = {"timestamp", "seconds"}
"""What a name in seconds may mean; which of them shows only once there is a value."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as declared. `path` is within the contract, `()` where nothing of it is meant.

    A `grave` difference is a promise that the target does not keep; the others are what it exposes besides.
    """

    path: tuple[str, ...]
    message: str
    hint: str = ""
    grave: bool = True


def compare(contract: Mapping[str, Metric], families: Sequence[Family]) -> tuple[Difference, ...]:
    """Every difference, those of declared metrics first, in the contract's order."""
    exposed = {family.name: family for family in families}
    known = dict(exposed)
    for family in families:
        if family.kind == "summary":
            known |= {f"{family.name}{ending}": family for ending in DERIVED}
    differences = [found for name, metric in contract.items() for found in _declared(name, metric, known)]
    return (*differences, *_besides(contract, exposed))


def _declared(name: str, metric: Metric, known: Mapping[str, Family]) -> Iterator[Difference]:
    family = known.get(name)
    if family is None:
        near = nearest(name, known)
        yield Difference((name,), "declared, but not exposed", f"the target exposes {near}" if near else "")
        return
    if family.kind not in (metric.type, *_ALIKE.get(metric.type, ()), "unknown", "summary"):
        yield Difference((name, "type"), f"declared as {metric.type}, but exposed as {family.kind}")
        return
    if not family.series:
        yield Difference((name,), "exposed without any series yet", "labels appear with the first event", grave=False)
        return
    yield from _labels(name, metric, family)
    if metric.type == "histogram" and family.kind == "histogram" and family.bounds != metric.buckets:
        yield Difference((name, "buckets"), f"the target's buckets are {', '.join(f'{b:g}' for b in family.bounds)}")
    told = unit_of(family)
    if told and metric.unit and told != metric.unit and {told, metric.unit} != POINTS_AND_SPANS:
        yield Difference((name, "unit"), f"declared in {metric.unit}, but its name says {told}", grave=False)


def _labels(name: str, metric: Metric, family: Family) -> Iterator[Difference]:
    seen = dict(family.labels)
    for label, values in metric.labels.items():
        if label not in seen:
            yield Difference((name, "labels", label), "this label is declared, but not exposed", _near(label, seen))
            continue
        strange = sorted(set(seen[label]) - set(values))
        if strange:
            yield Difference((name, "labels", label), f"values that are not declared: {_some(strange)}")
        absent = [value for value in values if value not in seen[label]]
        if absent:
            yield Difference((name, "labels", label), f"declared values not seen yet: {_some(absent)}", grave=False)
    for label in sorted(seen.keys() - metric.labels.keys()):
        yield Difference((name,), f"the target adds label {label} with {len(seen[label])} values", "declare it")


def _besides(contract: Mapping[str, Metric], exposed: Mapping[str, Family]) -> Iterator[Difference]:
    for name, family in exposed.items():
        if family.kind == "summary" and any(f"{name}{ending}" in contract for ending in DERIVED):
            continue
        if name not in contract:
            message = f"{name} ({family.kind}, {family.series} series) is exposed, but not declared"
            yield Difference((), message, grave=False)


def _near(name: str, known: Mapping[str, object]) -> str:
    near = nearest(name, known)
    return f"the target has {near}" if near else ""


def _some(values: Sequence[str]) -> str:
    """The first five, and how many more."""
    more = f" and {len(values) - 5} more" if len(values) > 5 else ""
    return ", ".join(repr(value) for value in values[:5]) + more
