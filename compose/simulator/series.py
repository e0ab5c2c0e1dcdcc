"""One time series each: flows, which add up (counters and histograms), and levels (gauges)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from . import load
from .contract import Age, Between, ByLabel, Level, Metric, Rate, Started, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .contract import Typical

SLOW = 0.3
"""Share of a histogram's observations in a slower strand with ripples of its own, which makes its quantiles move."""
_STRANDS = ((1.0 - SLOW, 0.92), (SLOW, 1.2))


@dataclass(frozen=True, slots=True)
class Strand:
    """A part of a flow: events a second on average, their rhythm, and what one event adds to each number."""

    rate: float
    rhythm: load.Rhythm
    adds: tuple[float, ...]


@dataclass(slots=True)
class Flow:
    """A series that adds up. `base` are its numbers at the moment `since`; from then on it grows by its strands.

    A counter has one number. A histogram has one for each bucket, without those below it, and the sum last.
    """

    identity: str
    labels: tuple[str, ...]
    bounds: tuple[float, ...]
    strands: tuple[Strand, ...]
    base: list[float] = field(default_factory=list)
    since: float = 0.0
    mark: tuple[float, list[float]] | None = None
    """`since` and `base` at the last checkpoint, when a fault has changed the numbers after it."""

    def numbers(self, moment: float) -> list[float]:
        """The numbers at a moment that is not before `since`, under usual load since then."""
        numbers = list(self.base)
        for strand in self.strands:
            events = strand.rate * strand.rhythm.total(self.since, moment)
            numbers = [number + events * added for number, added in zip(numbers, strand.adds, strict=True)]
        return numbers

    def settle(self, moment: float, numbers: list[float]) -> None:
        """From this moment on, go on from these numbers."""
        self.base, self.since = numbers, moment

    def force(self, start: float, end: float, stream: Stream) -> None:
        """Grow by the stream of a fault, instead of the usual load, between two moments."""
        adds = self._adds(stream)
        numbers = self.numbers(start)
        events = stream.rate * (end - start)
        self.mark = self.mark or (self.since, self.base)
        self.settle(end, [number + events * added for number, added in zip(numbers, adds, strict=True)])

    def rewind(self) -> None:
        """Go on as if there had been no fault since the last checkpoint: to the last digit, for a counter that falls
        by a rounding error is taken for one that was reset."""
        if self.mark:
            self.since, self.base = self.mark
            self.mark = None

    def shown(self, moment: float) -> list[float]:
        """The numbers to expose: events are whole where they are frequent, and a histogram's buckets are cumulative.

        Rare events stay fractional: a lone whole event would be most of its window's rate, and trip alerts on ratios.
        Buckets are made whole before they are added up, so that an observation is seen in its bucket and in the count
        at the same moment: else the count would run ahead of a bucket now and then, as if something had been slow.
        """
        numbers = self.numbers(moment)
        events, total = (numbers[:-1], numbers[-1:]) if self.bounds else (numbers, [])
        if sum(strand.rate for strand in self.strands) >= 1.0:
            events = [float(int(number)) for number in events]
        return [*accumulate(events), *total]

    def _adds(self, stream: Stream) -> tuple[float, ...]:
        if stream.observe:
            return load.observed_values(self.bounds, stream.observe)
        shares = [share for share, _ in _STRANDS] if self.bounds else [1.0]
        columns = zip(*(strand.adds for strand in self.strands), strict=True)
        return tuple(sum(part * share for part, share in zip(column, shares, strict=True)) for column in columns)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A series with a value at each moment, or an info series, whose value is always 1."""

    labels: tuple[str, ...]
    typical: Between | Age | Started | None
    rhythm: load.Rhythm
    counts: bool = False

    def value(self, moment: float, started: float) -> float:
        """The usual value at a moment, in a program that started to count at `started`."""
        match self.typical:
            case Between(low, high):
                return load.between(low, high, self.rhythm.sway(moment), self.counts)
            case Age(low, high):
                return moment - load.between(low, high, self.rhythm.sway(moment))
            case Started():
                return started
        return 1.0


Series = Flow | Gauge


def forced_value(level: Level, moment: float, since: float) -> float:
    """A gauge's value at a moment under a fault that began at `since`."""
    value = level.value + level.slope * (moment - since)
    return moment - value if level.age else value


def series_of(service: str, port: str, metric: Metric) -> tuple[Series, ...]:
    """Every series of a metric; a flow's numbers start from zero at the beginning of time until it is settled."""
    return tuple(_series(service, port, metric, labels) for labels in metric.combinations())


def _series(service: str, port: str, metric: Metric, labels: tuple[str, ...]) -> Series:
    if not isinstance(metric.typical, Rate):
        rhythm = load.rhythm(service, port, metric.name, *labels)
        return Gauge(labels, _range(metric.typical, metric, labels), rhythm, metric.counts)
    rate = metric.typical.per_second * _share(metric, labels)
    own = (service, port, metric.name, *labels)
    if metric.buckets:
        strands = tuple(
            Strand(
                rate * share,
                load.rhythm(*own, str(position)),
                load.usual_values(metric.buckets, metric.typical.median * factor),
            )
            for position, (share, factor) in enumerate(_STRANDS)
        )
    else:
        strands = (Strand(rate, load.rhythm(*own), (1.0,)),)
    identity = json.dumps([port, metric.name, *labels, *metric.buckets])
    return Flow(identity, labels, metric.buckets, strands, [0.0] * len(strands[0].adds))


def _share(metric: Metric, labels: Iterable[str]) -> float:
    share = 1.0
    for (label, values), value in zip(metric.labels.items(), labels, strict=True):
        shares: Mapping[str, float] = metric.shares.get(label, {})
        share *= shares.get(value, 1.0 / len(values))
    return share


def _range(typical: Typical | None, metric: Metric, labels: tuple[str, ...]) -> Between | Age | Started | None:
    match typical:
        case ByLabel(label, ranges):
            return ranges[labels[tuple(metric.labels).index(label)]]
        case Between() | Age() | Started():
            return typical
    return None
