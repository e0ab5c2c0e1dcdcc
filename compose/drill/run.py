"""Runs a drill: rounds of faults, and a watch over alerts and messages until each has come, and gone again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from compose.clients import UnreachableError
from compose.fault import Trouble
from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from compose.clients import Clients
    from compose.drill.case import Case
    from compose.faults import Faults

T = TypeVar("T")
LOOK_EVERY = 0.5
PATIENCE = 60.0
"""Seconds beyond the floor after which an alert counts as not delivered (or not resolved)."""


@dataclass(frozen=True)
class Result:
    """What became of a case; times are in seconds since its fault began (or ended, for `resolved`), None for never."""

    case: Case
    fired: float | None = None
    delivered: float | None = None
    resolved: float | None = None
    missing: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return None not in (self.fired, self.delivered, self.resolved)

    @property
    def excess(self) -> float | None:
        """Seconds between the soonest possible delivery and the real one."""
        return None if self.delivered is None else max(0.0, self.delivered - self.case.floor)


@dataclass(frozen=True)
class Watch:
    """How a drill sees and disturbs the stack."""

    clients: Clients
    faults: Faults

    def firing(self) -> set[tuple[str, str]]:
        """Service and name of every alert that fires, in Prometheus or in Loki's ruler."""
        found = self.clients.alertmanager.get("/api/v2/alerts", inhibited="true", silenced="true", active="true")
        return {(alert["labels"].get(SERVICE, ""), alert["labels"]["alertname"]) for alert in found}

    def messages(self, after: int) -> list[dict[str, Any]]:
        """The inbox's messages after one, oldest first."""
        found: list[dict[str, Any]] = self.clients.inbox.get("/messages", after=after, limit=5000)
        return found

    def last_message(self) -> int:
        """The id of the newest message."""
        found = self.messages(0)
        return int(found[-1]["id"]) if found else 0


def drill(watch: Watch, rounds: Iterable[tuple[Case, ...]], say: Callable[[str], None]) -> Iterator[Result]:
    """A result for each case. Every fault is ended again, whatever happens."""
    again: list[Case] = []
    try:
        for number, cases in enumerate(rounds, start=1):
            say(f"round {number}: {len(cases)} alerts")
            for result in _round(watch, cases):
                if result.ok:
                    yield result
                else:
                    again.append(result.case)
        for cases in _one_of_each(again):
            say(f"again, one of each service: {', '.join(case.name for case in cases)}")
            yield from _round(watch, cases)
    finally:
        watch.faults.end()


def _one_of_each(again: Iterable[Case]) -> Iterator[tuple[Case, ...]]:
    """Rounds in which no service has two faults: a fault may set off, beside its own, an alert that silences others."""
    waiting: dict[str, list[Case]] = {}
    for case in again:
        waiting.setdefault(case.service, []).append(case)
    while any(waiting.values()):
        yield tuple(cases.pop(0) for cases in waiting.values() if cases)


def _round(watch: Watch, cases: tuple[Case, ...]) -> Iterator[Result]:
    _settle(watch, cases)
    after = _patiently(watch.last_message)
    longest = max(case.floor + case.lasting for case in cases) + PATIENCE
    started = time.monotonic()
    for case in cases:
        watch.faults.start(case.service, case.alert, min(86_400.0, longest * 2))
    results = {case.name: Result(case) for case in cases}
    results = _follow(watch, results, after, started, longest, "firing")
    after_end = _patiently(watch.last_message)
    ended = time.monotonic()
    for case in cases:
        watch.faults.end(case.service, case.alert)
    results = _follow(watch, results, after_end, ended, longest, "resolved")
    yield from results.values()


def _settle(watch: Watch, cases: tuple[Case, ...]) -> None:
    """Wait until none of the alerts fires any more, from whatever was before."""
    until = time.monotonic() + PATIENCE + max(case.lasting for case in cases)
    ours = {(case.service, case.alert) for case in cases}
    while time.monotonic() < until and _patiently(watch.firing) & ours:
        time.sleep(LOOK_EVERY)


def _patiently(ask: Callable[[], T]) -> T:
    """Ask again while a component does not answer: it may just be taking up its configuration. Then Trouble."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except UnreachableError as error:
            if time.monotonic() > until:
                raise Trouble(str(error), "`specola status` shows what runs") from error
            time.sleep(LOOK_EVERY)


def _follow(
    watch: Watch, results: dict[str, Result], after: int, started: float, longest: float, status: str
) -> dict[str, Result]:
    """Look again and again until every case has what it waits for, or until the time is over."""
    told: dict[str, set[str]] = {}
    while time.monotonic() < started + longest:
        try:
            now_firing = watch.firing()
            messages = watch.messages(after)
        except UnreachableError:
            time.sleep(LOOK_EVERY)
            continue
        elapsed = time.monotonic() - started
        for key, receiver in _told(messages, status):
            told.setdefault(key, set()).add(receiver)
        results = {name: _seen(result, now_firing, told, elapsed, status) for name, result in results.items()}
        if all(_done(result, status) for result in results.values()):
            break
        time.sleep(LOOK_EVERY)
    return results


def _told(messages: Iterable[dict[str, Any]], status: str) -> Iterator[tuple[str, str]]:
    for message in messages:
        for alert in message["alerts"]:
            if alert["status"] == status:
                yield f"{alert['service']}/{alert['name']}", message["receiver"]


def _seen(
    result: Result, now_firing: set[tuple[str, str]], told: dict[str, set[str]], elapsed: float, status: str
) -> Result:
    case = result.case
    missing = tuple(name for name in case.receivers if name not in told.get(case.name, set()))
    if status == "firing":
        if result.fired is None and (case.service, case.alert) in now_firing:
            result = replace(result, fired=elapsed)
        if result.delivered is None:
            result = replace(result, delivered=None if missing else elapsed, missing=missing)
        return result
    if result.resolved is None and result.delivered is not None and not missing:
        result = replace(result, resolved=elapsed)
    return result


def _done(result: Result, status: str) -> bool:
    if status == "firing":
        return result.delivered is not None
    return result.resolved is not None or result.delivered is None
