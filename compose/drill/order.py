"""In which order alerts are drilled: as many at a time as neither disturb nor silence each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from compose.drill.case import PORTS
from rules.inhibition import silences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from compose.drill.case import Case
    from rules.inhibition import Rule

    Names = Mapping[str, frozenset[str]]

LOOKING = 2.0
"""Seconds between what happens and the drill's seeing it, and what a message takes: an estimate."""
MINUTES = 120.0
"""A case that takes so many seconds bears it that Prometheus tells nobody for some of them."""


@dataclass(frozen=True)
class Apart:
    """Who must not be drilled together, by the names of cases.

    `over` has those that wait until a case is over. Those in `calm` wait for less: they touch something else, and would
    only not be told while its fault, or what this set off, lasts. `loud` is what it may set off that silences others.
    """

    over: Names
    calm: Names = field(default_factory=dict)
    loud: Mapping[str, tuple[Case, ...]] = field(default_factory=dict)

    def lets(self, name: str, running: Iterable[str], spent: Collection[str]) -> bool:
        """Whether a case may begin beside those that run. `spent`: of these, those that silence nobody any more."""
        return all(
            name not in self.over[one] and (one in spent or name not in self.calm.get(one, ())) for one in running
        )

    def settling(self, name: str) -> float:
        """Seconds after the end of a case's fault in which what it set off may still begin to fire, and be over."""
        return max((one.seconds for one in self.loud.get(name, ())), default=0.0)


def conflicts(cases: Sequence[Case], inhibitions: Iterable[Rule]) -> Apart:
    """Who must not be drilled together: two that touch the same of a service, one that silences the other, and one that
    shakes the stack with any that it would make late.

    What a fault sets off besides its own alert counts too: every alert that is drilled by touching the same.
    """
    over: dict[str, set[str]] = {case.name: set() for case in cases}
    calm: dict[str, set[str]] = {case.name: set() for case in cases}
    loud: dict[str, tuple[Case, ...]] = {}
    for one, other in combinations(cases, 2):
        if _overlap(one, other) or _shaken(one, other) or _shaken(other, one):
            over[one.name].add(other.name)
            over[other.name].add(one.name)
    silenced = _silenced(cases, inhibitions)
    patient = frozenset(case.name for case in cases if case.brief)
    for case in cases:
        kept = {case.name} | (patient if case.brief else frozenset())
        beside = (case, *(other for other in cases if _sets_off(case, other)))
        loud[case.name] = tuple(one for one in beside if silenced.get(one.name, frozenset()) - kept)
        for name in frozenset().union(*(silenced[one.name] - kept for one in loud[case.name])):
            calm[case.name].add(name)
            over[name].add(case.name)
    return Apart(_frozen(over), _frozen(calm), loud)


def one_of_each(cases: Sequence[Case]) -> Apart:
    """The most careful: no two of a service together, and one service's at a time where one silences another's."""
    return Apart(
        {
            case.name: frozenset(other.name for other in cases if other.service == case.service) - {case.name}
            for case in cases
        }
    )


def in_order(cases: Iterable[Case], apart: Apart) -> tuple[Case, ...]:
    """What shakes the stack; what takes minutes; what logs, as lines stay; what silences others; the longest.
    Those that need a service for themselves come last."""
    return tuple(
        sorted(
            cases,
            key=lambda case: (
                PORTS in case.touches,
                not case.shakes,
                case.seconds < MINUTES,
                not case.in_loki,
                not apart.calm.get(case.name),
                -case.seconds,
            ),
        )
    )


def startable(
    waiting: Sequence[Case], running: Collection[str], apart: Apart, spent: Collection[str] = ()
) -> tuple[Case, ...]:
    """Of those that wait, in their order, all that go together with what runs and with each other."""
    taken = set(running)
    found = []
    for case in waiting:
        if apart.lets(case.name, taken, spent):
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
    waves = tuple(_waves(in_order(cases, apart), apart))
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
    now, over, calm = 0.0, dict[str, float](), dict[str, float]()
    while waiting:
        spent = {name for name in over if calm[name] <= now}
        begun = startable(waiting, over.keys(), apart, spent)
        over |= {case.name: now + case.seconds + 2 * LOOKING for case in begun}
        calm |= {case.name: now + case.floor + LOOKING + apart.settling(case.name) for case in begun}
        waiting = tuple(case for case in waiting if case.name not in over)
        if begun:
            yield _Wave(tuple(over[case.name] for case in begun), len(over))
        now = min(moment for name in over for moment in (over[name], calm[name]) if moment > now)
        over = {name: end for name, end in over.items() if end > now}


def _frozen(names: Mapping[str, set[str]]) -> Names:
    return {name: frozenset(those) for name, those in names.items()}


def _overlap(one: Case, other: Case) -> bool:
    if one.service != other.service:
        return False
    return PORTS in one.touches | other.touches or not one.touches.isdisjoint(other.touches)


def _shaken(one: Case, other: Case) -> bool:
    return one.shakes and other.seconds < MINUTES


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
