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
    from spec.service import Service
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
_TUNED = (*_KEYS, "exporters")


def outline(service: Mapping[str, Any]) -> str:
    """What a service's part of a valid spec says, but for its tuning."""
    seen = {key: [_without(item, keys) for item in service.get(key) or ()] for key, keys in _KEYS.items()}
    exporters = [_exporter(one) for one in service.get("exporters") or ()]
    return repr({**service, **seen, "exporters": exporters})


def tuning(service: Mapping[str, Any]) -> str:
    """What the outline leaves out, and what it is left out of: with the outline it is all that is said."""
    return repr([service.get(key) for key in _TUNED])


def digest(outline: str) -> str:
    """A checksum, to remember it by."""
    return sha256(outline.encode()).hexdigest()


def _exporter(one: Mapping[str, Any]) -> dict[str, Any]:
    changes = {name: _without(change or {}, _KEYS["alerts"]) for name, change in (one.get("alerts") or {}).items()}
    return {**one, "alerts": changes}


def _without(item: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    seen = {key: value for key, value in item.items() if key not in keys}
    return seen | {key: seen[key] is not None for key in THRESHOLDS if key in seen}


def without_tuning(spec: StackSpec) -> StackSpec:
    """The spec as if no service had alerts or objectives of its own, or changed those of a pack."""
    return spec.model_copy(update={"services": {name: _untuned(one) for name, one in spec.services.items()}})


def _untuned(service: Service) -> Service:
    exporters = tuple(one.model_copy(update={"alerts": {}}) for one in service.exporters)
    return service.model_copy(update={"alerts": (), "slos": (), "exporters": exporters})


@once
def outlined(stack: Stack) -> Stack:
    """The stack as it is seen from afar."""
    return replace(stack, spec=without_tuning(stack.spec), services=tuple(map(_outlined, stack.services)))


def _outlined(service: Watched) -> Watched:
    return replace(
        service,
        spec=_untuned(service.spec),
        alerts=tuple(
            replace(bound, alert=_blank(bound.alert)) if _is_own(bound.origin, "alerts", "exporters") else bound
            for bound in service.alerts
        ),
        objectives=tuple(
            replace(bound, objective=bound.objective.model_copy(update=OBJECTIVE))
            if _is_own(bound.origin, "slos")
            else bound
            for bound in service.objectives
        ),
    )


def _blank(alert: Alert) -> Alert:
    given = {key: SOME for key in THRESHOLDS if getattr(alert, key) is not None}
    return alert.model_copy(update={**ALERT, **given})


def _is_own(origin: SpecPath, *keys: str) -> bool:
    """Whether the service's file can tune it: it stands there, or a pack gives it; not what every service gets."""
    return len(origin) > 2 and origin[0] == "services" and origin[2] in keys
