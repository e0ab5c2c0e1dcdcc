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


def standing(there: Watch, cases: Iterable[Case]) -> frozenset[str]:
    """`SERVICE/ALERT` of what fires at the pace that the stack has just taken up, before any fault.

    `cases` are all that can be drilled, whatever is to be. With an alert stand all that the same mishap brings about:
    where a target is down, the one on the budget that it burns fires later than the one on it. An age is not waited
    for: it grows no faster at any pace, so its alert has fired before.
    """
    own = [case for case in cases if case.service == OWN_SERVICE and not case.brief and not MISHAPS[case.alert].grows]
    soonest = max((case.floor for case in own), default=0.0)
    began, until = time.time() + soonest, time.monotonic() + soonest + LONGEST
    while own:
        rules = there.rules()
        if watch.evaluated(rules, {OWN_SERVICE}, began) or time.monotonic() > until:
            fires = [rule.alert for rule in rules if rule.service == OWN_SERVICE and rule.fires]
            return frozenset(f"{OWN_SERVICE}/{name}" for alert in fires for name in alike(alert))
        time.sleep(watch.LOOK_EVERY)
    return frozenset()
