"""Runs a drill: starts each fault as soon as it disturbs no other, and follows each alert until it has gone again."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from compose.clients import patiently
from compose.drill import trial, watch
from compose.drill.order import conflicts, in_order, one_of_each, outlook, startable
from compose.drill.tidy import undisturbed
from compose.drill.trial import Result, Trial, begun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compose.drill.case import Case
    from compose.drill.order import Apart
    from compose.drill.watch import Sight, Watch
    from rules.inhibition import Rule

    Say = Callable[[str], None]

TELL_EVERY = 15.0
LONGEST_FAULT = 86_400.0


def drill(watch: Watch, cases: Sequence[Case], inhibitions: Sequence[Rule], say: Say) -> Iterator[Result]:
    """A result for each case. Every fault is ended again, whatever happens.

    What fails is tried once more with no other fault of its service: a fault may set off more than its own alert. What
    did fire, but was not told, is silenced by such another: its fault ends at once, in case the other is over sooner.
    """
    again: list[Result] = []
    apart = conflicts(cases, inhibitions)
    seen = outlook(cases, apart)
    say(f"{len(cases)} alerts, up to {seen.together} at a time: at least {seen.seconds / 60:.1f} minutes")
    try:
        for result in _all(watch, cases, apart, say):
            if result.ok:
                yield result
            else:
                again.append(result)
        if again:
            troubles = sorted(f"{result.case.name} ({result.trouble})" for result in again)
            say(f"again, one of each service at a time: {'; '.join(troubles)}")
            alone = tuple(_briefly(result) for result in again)
            yield from _all(watch, alone, one_of_each(alone), say)
    finally:
        with undisturbed():
            watch.faults.end()


def _briefly(result: Result) -> Case:
    """The case of a failed trial for another, with a fault that ends at once where it did fire."""
    case = result.case
    return case if case.brief or result.fired is None else replace(case, spell=0.0)


def _all(there: Watch, cases: Sequence[Case], apart: Apart, say: Say) -> Iterator[Result]:
    """Until none waits and none runs; a case that fires by itself, and goes on, is given up."""
    sight, waiting = patiently(there.sight), in_order(cases, apart)
    running: dict[str, Trial] = {}
    total, through, start = len(waiting), 0, time.monotonic()
    told = moved = start
    while waiting or running:
        now = time.monotonic()
        fresh = _start(there, waiting, running, sight, apart)
        running |= fresh
        waiting = tuple(case for case in waiting if case.name not in fresh)
        moved = now if fresh or running else moved
        for result in _follow(there, running, sight):
            through += 1
            yield result
        if not running and waiting and now - moved > trial.PATIENCE + max(case.lasting for case in waiting):
            yield from (Result(case, begun=False) for case in waiting)
            return
        if now - told >= TELL_EVERY:
            told = now
            say(f"{_clock(now - start)}  {through} of {total} through, {len(running)} under way")
        time.sleep(watch.LOOK_EVERY)
        sight = patiently(there.sight)


def _start(
    there: Watch, waiting: tuple[Case, ...], running: dict[str, Trial], sight: Sight, apart: Apart
) -> dict[str, Trial]:
    """Begin all that may begin; an alert that fires already, from whatever was before, has to end first."""
    calm = [case for case in waiting if case.name not in sight.firing]
    now = time.monotonic()
    spent = {name for name, before in running.items() if is_spent(before, apart, sight, now)}
    started = {}
    for case in startable(calm, running, apart, spent):
        limit = 2 * (case.floor + case.lasting + trial.PATIENCE)
        there.faults.start(case.service, case.alert, min(LONGEST_FAULT, limit))
        started[case.name] = begun(case, sight, time.monotonic())
    return started


def is_spent(before: Trial, apart: Apart, sight: Sight, now: float) -> bool:
    """Whether a case silences no other any more: its fault is over, and so is all that it may have set off."""
    name = before.case.name
    ended = before.ended is not None and now - before.ended > apart.settling(name)
    return ended and not any(one.name in sight.firing for one in apart.loud.get(name, ()))


def _follow(there: Watch, running: dict[str, Trial], sight: Sight) -> Iterator[Result]:
    for name, before in list(running.items()):
        after = before.seen(sight, time.monotonic())
        if before.ended is None and after.ended is not None:
            there.faults.end(after.case.service, after.case.alert)
        running[name] = after
        if after.over:
            del running[name]
            yield after.result


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
