"""Series by what makes them move: how much they grow, or what they show, at each moment of a test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.proof.case import STALE, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rules.proof.case import Point
    from spec.selector import Matcher


LIFE = 10.0
"""What counters have counted before a test begins, and for how many steps: a restart is seen even where nothing
happens, and Prometheus does not take the beginning for the birth of the counter."""


@dataclass(frozen=True)
class Moment:
    """What happens to a group of series at one step.

    `level` is the value that the indicator takes when this goes on; `weight` says how many events there are, as a
    share of the ordinary. `there`: the series exist; `scraped`: the target answered; `restarted`: its counters begin
    at zero; `part`: the series of a ratio's part exist; `hollow`: its whole is zero all the same.
    """

    level: float
    weight: float = 1.0
    there: bool = True
    scraped: bool = True
    restarted: bool = False
    part: bool = True
    hollow: bool = False


@dataclass(frozen=True)
class Stream:
    """A series to be: `amount` gives its value (a counter's growth) from the moment and the seconds since the start."""

    metric: str
    labels: Mapping[str, str]
    matchers: tuple[Matcher, ...]
    amount: Callable[[Moment, float], float]
    counter: bool = False
    part: bool = False
    """Whether it is only in the part of a ratio."""

    def relabelled(self, labels: Mapping[str, str]) -> Stream:
        return replace(self, labels=labels)

    def scaled(self, factor: float) -> Stream:
        """The same with all amounts multiplied."""
        return replace(self, amount=lambda moment, seconds: factor * self.amount(moment, seconds))


def series(streams: Iterable[Stream], moments: tuple[Moment, ...], seconds: float) -> tuple[Series, ...]:
    """What a scrape every so many seconds would have stored."""
    return tuple(Series(s.metric, tuple(s.labels.items()), tuple(_points(s, moments, seconds))) for s in streams)


def _points(stream: Stream, moments: tuple[Moment, ...], seconds: float) -> Iterator[Point]:
    total = LIFE + LIFE * stream.amount(moments[0], 0.0) if moments else 0.0
    was_there = False
    for step, moment in enumerate(moments):
        amount = stream.amount(moment, step * seconds)
        total = 0.0 if moment.restarted else total + amount if stream.counter else amount
        there = moment.there and (moment.part or not stream.part)
        if not there:
            yield STALE if was_there else None
        else:
            yield (total if stream.counter else amount) if moment.scraped else None
        was_there = there
