"""When people are told: waits, repeats and mute times of each alert, as its routes give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diff.change import Change
from rules.routing import takes
from spec.names import SEVERITY, WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rules.proof.routing import Routed
    from spec.notify import Notification, Route
    from spec.scalars import Duration
    from spec.stack import Stack

SHOWN = 12
"""How many alerts a sentence names."""


def gathered(alerts: Sequence[Routed]) -> tuple[str, str]:
    """The subject of what concerns these alerts, and the words that name them when there are several."""
    if len(alerts) == 1:
        return f"alert {alerts[0].alert.service}/{alerts[0].alert.alert}", ""
    return f"{len(alerts)} alerts", f": {listed(f'{one.alert.service}/{one.alert.alert}' for one in alerts)}"


def listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more


def timing(base: Stack, head: Stack, both: Iterable[tuple[Routed, Routed]]) -> Iterator[Change]:
    """What changed for alerts that both sides have, those with the same change together."""
    quieter: dict[str, list[Routed]] = {}
    louder: dict[str, list[Routed]] = {}
    other: dict[str, list[Routed]] = {}
    for old, new in both:
        if new.alert.alert == WATCHDOG:
            continue
        was, now = _silent(base, old.labels), _silent(head, new.labels)
        for receiver in (name for name in now if name in was):
            more, less = now[receiver] - was[receiver], was[receiver] - now[receiver]
            if more:
                quieter.setdefault(f"{receiver} is not told during {', '.join(sorted(more))}", []).append(new)
            if less:
                louder.setdefault(f"{receiver} is told during {', '.join(sorted(less))}, too", []).append(new)
        if words := "; ".join(_pace(base, head, old, new)):
            other.setdefault(words, []).append(new)
    for words, alerts in quieter.items():
        subject, which = gathered(alerts)
        yield Change("paged", "~", subject, f"{words}{which}", "muted")
    for words, alerts in (*louder.items(), *other.items()):
        subject, which = gathered(alerts)
        yield Change("paged", "~", subject, f"{words}{which}")


def _routes(notification: Notification, labels: Mapping[str, str]) -> list[Route]:
    return [route for route in notification.routes if takes(route.when, labels)]


def _silent(stack: Stack, labels: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Receiver → mute intervals in which it hears nothing: a route without them would reach it all the same."""
    found: dict[str, frozenset[str]] = {}
    for route in _routes(stack.spec.notification, labels):
        for receiver in route.to:
            mute = frozenset(route.mute)
            found[receiver] = found[receiver] & mute if receiver in found else mute
    return found


def _pace(base: Stack, head: Stack, old: Routed, new: Routed) -> Iterator[str]:
    was, now = (_times(stack.spec.notification, one.labels) for stack, one in ((base, old), (head, new)))
    severity_moved = old.labels[SEVERITY] != new.labels[SEVERITY]
    for words, before, after in zip(_WORDS, was, now, strict=True):
        if before != after and not (severity_moved and words == _WORDS[-1]):
            yield f"{words} {after} instead of {before}"


_WORDS = ("first told after", "changes told every", "told again every")


def _times(notification: Notification, labels: Mapping[str, str]) -> tuple[Duration | None, ...]:
    """The quickest of the alert's routes: wait, interval, repeat."""
    grouping = notification.grouping
    routes = _routes(notification, labels)
    usual = next((every for severity, every in grouping.repeat.items() if severity == labels[SEVERITY]), None)
    repeats = [every for every in (route.repeat or usual for route in routes) if every is not None]
    return (
        min((route.wait or grouping.wait for route in routes), default=grouping.wait),
        min((route.interval or grouping.interval for route in routes), default=grouping.interval),
        min(repeats, default=usual),
    )
