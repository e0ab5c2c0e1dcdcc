"""Alerts of both sides brought together: by service and name, and by what they watch when one was renamed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.proof.routing import routed
from spec.stack import BoundAlert, BoundLogAlert, BoundObjective

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.proof.routing import Routed
    from rules.rule import Alerting
    from spec.stack import Stack

Key = tuple[str, str]
"""Service and alert."""


@dataclass(frozen=True)
class Matched:
    """The alerts of both sides: those that are the same, perhaps under another name, and those of one side alone."""

    both: tuple[tuple[Routed, Routed], ...]
    gone: tuple[Routed, ...]
    new: tuple[Routed, ...]


def match(base: Stack, head: Stack) -> Matched:
    """Alerts by service and name; of the rest, those that watch the same with the same threshold were renamed."""
    old, new = _by_key(base), _by_key(head)
    gone = {key: one for key, one in old.items() if key not in new}
    added = {key: one for key, one in new.items() if key not in old}
    both = [(old[key], new[key]) for key in old if key in new]
    for key, one in tuple(gone.items()):
        twin = next((other for other in added if _watched(added[other].alert) == _watched(one.alert)), None)
        if twin is not None:
            both.append((gone.pop(key), added.pop(twin)))
    return Matched(tuple(both), tuple(gone.values()), tuple(added.values()))


def _by_key(stack: Stack) -> dict[Key, Routed]:
    return {(one.alert.service, one.alert.alert): one for one in routed(stack)}


def _watched(rule: Alerting) -> tuple[Any, ...]:
    match rule.source:
        case BoundAlert(alert=alert) as bound:
            limits = tuple(side.value if side else None for side in (alert.above, alert.below))
            return (rule.service, bound.indicator.key, *limits)
        case BoundObjective():
            return (rule.service, rule.expr)
        case BoundLogAlert(alert=alert):
            limits = tuple(side.value if side else None for side in (alert.above, alert.below))
            return (rule.service, alert.levels, alert.category, alert.contains, *limits)
        case _:
            return (rule.service, rule.alert)


def called(one: Routed) -> str:
    """`alert shop/ErrorsHigh`"""
    return f"alert {one.alert.service}/{one.alert.alert}"


def by_names(found: Matched) -> Mapping[str, set[Key]]:
    """The alerts of one side alone, by side."""
    return {
        "gone": {(one.alert.service, one.alert.alert) for one in found.gone},
        "new": {(one.alert.service, one.alert.alert) for one in found.new},
    }
