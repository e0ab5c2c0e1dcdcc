"""In which order alerts are drilled: as many at a time as neither disturb nor silence each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from compose.drill.case import PORTS
from rules.inhibition import silences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from compose.drill.case import Case
    from rules.inhibition import Rule

    Apart = Mapping[str, frozenset[str]]
    """For each case's name, the names of those that must not be drilled at the same time."""

LOOKING = 2.0
"""Seconds between what happens and the drill's seeing it, and what a message takes: an estimate."""


def conflicts(cases: Sequence[Case], inhibitions: Iterable[Rule]) -> Apart:
    """Who must not be drilled together: two that touch the same of a service, and one that silences the other.

    What a fault sets off besides its own alert counts too: every alert that is drilled by touching the same.
    """
    found: dict[str, set[str]] = {case.name: set() for case in cases}
    for one, other in combinations(cases, 2):
        if _overlap(one, other):
            found[one.name].add(other.name)
            found[other.name].add(one.name)
    beside = {case.name: (case, *(other for other in cases if _sets_off(case, other))) for case in cases}
    silenced = _silenced(cases, inhibitions)
    patient = {case.name for case in cases if case.brief}
    for case in cases:
        for loud in beside[case.name]:
            for quiet in silenced.get(loud.name, frozenset()) - {case.name} - patient:
                found[case.name].add(quiet)
                found[quiet].add(case.name)
    return {name: frozenset(names) for name, names in found.items()}


def one_of_each(cases: Sequence[Case]) -> Apart:
    """The most careful: no two of a service together, and one service's at a time where one silences another's."""
    return {
        case.name: frozenset(other.name for other in cases if other.service == case.service) - {case.name}
        for case in cases
    }


def in_order(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Those that log, whose lines stay; then longest first. Those that need a service for themselves come last."""
    return tuple(sorted(cases, key=lambda case: (PORTS in case.touches, not case.in_loki, -case.seconds)))


def startable(waiting: Sequence[Case], running: Collection[str], apart: Apart) -> tuple[Case, ...]:
    """Of those that wait, in their order, all that go together with what runs and with each other."""
    taken = set(running)
    found = []
    for case in waiting:
        if apart[case.name].isdisjoint(taken):
            taken.add(case.name)
            found.append(case)
    return tuple(found)


@dataclass(frozen=True)
class Outlook:
    """How a drill will go when everything comes as soon as it can: how long, in how many starts, how many at most."""

    seconds: float
    starts: int
    together: int


def outlook(cases: Iterable[Case], apart: Apart) -> Outlook:
    """Play the drill with the clock alone."""
    waves = tuple(_waves(in_order(cases), apart))
    return Outlook(
        max((end for wave in waves for end in wave.ends), default=0.0),
        len(waves),
        max((wave.running for wave in waves), default=0),
    )


@dataclass(frozen=True)
class _Wave:
    ends: tuple[float, ...]
    running: int


def _waves(waiting: tuple[Case, ...], apart: Apart) -> Iterator[_Wave]:
    now, running = 0.0, dict[str, float]()
    while waiting:
        begun = startable(waiting, running.keys(), apart)
        running |= {case.name: now + case.seconds + 2 * LOOKING for case in begun}
        waiting = tuple(case for case in waiting if case.name not in running)
        yield _Wave(tuple(running[case.name] for case in begun), len(running))
        now = min(running.values())
        running = {name: end for name, end in running.items() if end > now}


def _overlap(one: Case, other: Case) -> bool:
    if one.service != other.service:
        return False
    return PORTS in one.touches | other.touches or not one.touches.isdisjoint(other.touches)


def _sets_off(case: Case, other: Case) -> bool:
    return case is not other and case.service == other.service and not case.touches.isdisjoint(other.touches)


def _silenced(cases: Sequence[Case], inhibitions: Iterable[Rule]) -> Mapping[str, frozenset[str]]:
    """For each case's name, those that are not told while it fires."""
    found: dict[str, set[str]] = {}
    for rule in inhibitions:
        sources = [case for case in cases if all(one.holds(case.labels) for one in rule.source)]
        targets = [case for case in cases if all(one.holds(case.labels) for one in rule.target)]
        for source in sources:
            quiet = {one.name for one in targets if one is not source and silences(rule, source.labels, one.labels)}
            found.setdefault(source.name, set()).update(quiet)
    return {name: frozenset(names) for name, names in found.items()}
