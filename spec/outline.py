"""What is seen of a service from afar: all but how its alerts and objectives are tuned.

What concerns all services is checked and rendered from outlines, so that it cannot depend on more. An edit that leaves
a service's outline as it was therefore changes nothing but the service's own files. Of the text it is `outline` that
says so, of the model `outlined` and `without_tuning`.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from spec.alert import BurnRate
from spec.scalars import Duration, Quantity
from spec.stack import once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spec.alert import Alert
    from spec.root import StackSpec
    from spec.stack import SpecPath, Stack, Watched

ALERT: Mapping[str, Any] = {
    "for_": Duration(0), "keep_firing_for": None, "severity": "low", "summary": "", "description": None,
    "meaning": None, "steps": (), "runbook": None, "missing": "silent",
}  # fmt: skip
OBJECTIVE: Mapping[str, Any] = {"objective": 99.0, "alerts": BurnRate(), "summary": None, "meaning": None, "steps": ()}
"""Which fields are not seen from afar, and what stands in their place."""
THRESHOLDS = ("above", "below")
"""Of these it is seen whether they are given."""
SOME = Quantity.parse(1)
_KEYS = {"alerts": {*ALERT, "for"} - {"for_"}, "slos": {*OBJECTIVE}}


def outline(service: Mapping[str, Any]) -> str:
    """A checksum of what a service's part of a valid spec says, but for its tuning."""
    tuned = {key: [_without(item, keys) for item in service.get(key) or ()] for key, keys in _KEYS.items()}
    return sha256(repr({**service, **tuned}).encode()).hexdigest()


def _without(item: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    seen = {key: value for key, value in item.items() if key not in keys}
    return seen | {key: seen[key] is not None for key in THRESHOLDS if key in seen}


def without_tuning(spec: StackSpec) -> StackSpec:
    """The spec as if no service had alerts or objectives of its own."""
    bare = {name: service.model_copy(update={"alerts": (), "slos": ()}) for name, service in spec.services.items()}
    return spec.model_copy(update={"services": bare})


@once
def outlined(stack: Stack) -> Stack:
    """The stack as it is seen from afar."""
    return replace(stack, spec=without_tuning(stack.spec), services=tuple(map(_outlined, stack.services)))


def _outlined(service: Watched) -> Watched:
    return replace(
        service,
        spec=service.spec.model_copy(update={"alerts": (), "slos": ()}),
        alerts=tuple(
            replace(bound, alert=_untuned(bound.alert)) if _is_own(bound.origin, "alerts") else bound
            for bound in service.alerts
        ),
        objectives=tuple(
            replace(bound, objective=bound.objective.model_copy(update=OBJECTIVE))
            if _is_own(bound.origin, "slos")
            else bound
            for bound in service.objectives
        ),
    )


def _untuned(alert: Alert) -> Alert:
    given = {key: SOME for key in THRESHOLDS if getattr(alert, key) is not None}
    return alert.model_copy(update={**ALERT, **given})


def _is_own(origin: SpecPath, key: str) -> bool:
    """Whether it stands in the service's file, and was not given by a pack or to every service."""
    return origin[:1] == ("services",) and origin[2:3] == (key,)
