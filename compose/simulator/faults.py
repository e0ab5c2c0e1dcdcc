"""Faults over time: which are on, when they end, and what they do to each series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .contract import Effect, Fault, Metric


@dataclass(frozen=True, slots=True)
class Active:
    """A fault that is on from `since` until `until` (Unix seconds)."""

    fault: Fault
    since: float
    until: float


def pieces(active: Sequence[Active], start: float, end: float) -> Iterator[tuple[float, float, tuple[Active, ...]]]:
    """The time from `start` to `end`, cut where a fault ends: (from, to, the faults on in between)."""
    cuts = sorted({item.until for item in active if start < item.until < end} | {end})
    for cut in cuts:
        yield start, cut, tuple(item for item in active if item.until > start)
        start = cut


def effect_on(fault: Fault, metric: Metric, labels: Mapping[str, str]) -> Effect | None:
    """What a fault does to one series: its most specific override decides, the last of equally specific ones."""
    fitting = [
        override
        for override in fault.series
        if override.metric == metric.name and override.labels.items() <= labels.items()
    ]
    return max(reversed(fitting), key=lambda override: len(override.labels)).effect if fitting else None
