"""One alert's way through a drill: the fault, the alert, the messages, and the same for the end of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compose.drill.case import Case
    from compose.drill.watch import Sight

PATIENCE = 60.0
"""Seconds beyond the soonest possible after which an alert counts as not delivered (or not resolved)."""


@dataclass(frozen=True)
class Result:
    """What became of a case; times are in seconds since its fault began (or ended, for `resolved`), None for never."""

    case: Case
    fired: float | None = None
    delivered: float | None = None
    resolved: float | None = None
    missing: tuple[str, ...] = ()
    begun: bool = True
    """Whether there was a fault at all: what fires by itself all the while does not get one."""

    @property
    def ok(self) -> bool:
        return not self.trouble

    @property
    def trouble(self) -> str:
        """What did not happen; nothing when all did."""
        if not self.begun:
            return "fired all the while, without its fault"
        if self.delivered is None:
            return "did not fire" if self.fired is None else f"did not reach {', '.join(self.missing)}"
        return "did not end" if self.resolved is None else ""

    @property
    def excess(self) -> float | None:
        """Seconds between the soonest possible delivery and the real one."""
        return None if self.delivered is None else max(0.0, self.delivered - self.case.floor)


@dataclass(frozen=True)
class Trial:
    """A case under way. `began`, `ended`: when its fault did; `after`: the newest message at that moment."""

    result: Result
    began: float
    after: int
    ended: float | None = None
    over: bool = False

    @property
    def case(self) -> Case:
        return self.result.case

    def seen(self, sight: Sight, now: float) -> Trial:
        """The trial after a look at the stack. Where `ended` becomes a time, its fault has to end."""
        if self.ended is None:
            return self._burning(sight, now)
        if self.case.brief and self.result.delivered is None and now - self.began <= self._limit:
            told = self._told(sight, now)
            return told if told.result.delivered is None else replace(told, after=sight.last)
        return self._ending(sight, now - self.ended)

    @property
    def _limit(self) -> float:
        return self.case.floor + self.case.lasting + PATIENCE

    def _burning(self, sight: Sight, now: float) -> Trial:
        seen = self._told(sight, now)
        told, lasted = seen.result.delivered is not None, now - self.began
        if not seen._done(lasted) and lasted <= self._limit:
            return seen
        return replace(seen, ended=now, after=sight.last if told else self.after)

    def _done(self, lasted: float) -> bool:
        """Whether the fault, after so many seconds, has done what it is for."""
        fired, spell = self.result.fired, self.case.spell
        if spell is None:
            return self.result.delivered is not None
        return fired is not None and lasted >= fired + spell

    def _told(self, sight: Sight, now: float) -> Trial:
        """What is told of fires, even if it did not yet when Alertmanager was asked, a moment before the inbox."""
        case, result = self.case, self.result
        if result.delivered is not None:
            return self
        told = sight.reached(case.name, "firing", self.after)
        if result.fired is None and (told or case.name in sight.firing):
            result = replace(result, fired=now - self.began)
        missing = tuple(name for name in case.receivers if name not in told)
        return replace(self, result=replace(result, missing=missing, delivered=None if missing else now - self.began))

    def _ending(self, sight: Sight, since: float) -> Trial:
        """Over when it fires no more and, if its beginning was told, all have been told of its end."""
        quiet = self.case.name not in sight.firing
        told = sight.reached(self.case.name, "resolved", self.after)
        everybody = all(name in told for name in self.case.receivers if name not in self.case.unended)
        if quiet and self.result.delivered is not None and everybody:
            return replace(self, over=True, result=replace(self.result, resolved=since))
        lost = self.result.delivered is None and quiet
        return replace(self, over=lost or since > self._limit)


def begun(case: Case, sight: Sight, now: float) -> Trial:
    """A trial whose fault begins now."""
    return Trial(Result(case, missing=case.receivers), now, sight.last)
