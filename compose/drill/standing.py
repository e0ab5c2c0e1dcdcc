"""What fires without any fault, and will not be told anew: it cannot be drilled, and is not what a drill left behind.

Only of the stack itself, whose components are real: one that is not installed is a target that stays down.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from compose.drill import watch
from compose.drill.mishaps import MISHAPS, alike
from spec.names import OWN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compose.drill.case import Case
    from compose.drill.watch import Watch

LONGEST = 60.0
"""Seconds beyond the soonest possible that the rules of a busy Prometheus are waited for."""


def standing(there: Watch, known: Iterable[Case], chosen: Iterable[Case]) -> frozenset[str]:
    """`SERVICE/ALERT` of what fires at the pace that the stack has just taken up, before any fault.

    With an alert stand all that the same mishap brings about: where a target is down, the one on the budget that it
    burns fires later than the one on it. So these of all that are `known` are waited for, where one is `chosen`. An age
    is not: it grows no faster at any pace, so its alert has fired before.
    """
    looked_at = frozenset().union(*(alike(case.alert) for case in chosen if case.service == OWN_SERVICE))
    floors = [case.floor for case in known if case.service == OWN_SERVICE and case.alert in looked_at and _soon(case)]
    if not floors:
        return frozenset()
    began, until = time.time() + max(floors), time.monotonic() + max(floors) + LONGEST
    while not watch.evaluated(rules := there.rules(), {OWN_SERVICE}, began) and time.monotonic() < until:
        time.sleep(watch.LOOK_EVERY)
    fires = (rule.alert for rule in rules if rule.service == OWN_SERVICE and rule.fires)
    return frozenset(f"{OWN_SERVICE}/{name}" for alert in fires for name in alike(alert))


def _soon(case: Case) -> bool:
    """Whether it fires as soon as what it is about is so."""
    return not case.brief and not MISHAPS[case.alert].grows
