"""After a drill the stack is as it was: what the faults left in counters and records would go on to fire for hours.

The simulator's counters go back to what they would be, and Prometheus forgets what it saw of the drilled services
meanwhile, but not which alerts fired: an alert on the last hour, or a budget of thirty days, then knows of no drill.
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from compose.clients import patiently
from compose.drill import watch
from compose.drill.case import LOGS
from compose.drill.mishaps import touched
from compose.drill.watch import evaluated
from compose.fault import Trouble
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES
from spec.names import LOGS_PART, OWN_SERVICE, SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.clients import Clients
    from compose.drill.case import Case
    from compose.drill.watch import Watch
    from compose.faults import Faults
    from spec.stack import Stack

CALM = 150.0
"""Seconds in which what has begun to fire by the turn of the pace must have ended."""
UNDER_WAY = 2.0
"""Seconds in which what was being scraped and evaluated meanwhile has been written."""
MARGIN = 20.0
"""Seconds that a line may need until it is stored, and a rule until it is evaluated."""
LOOKED_BACK = 1_800.0
"""Seconds that rules on such counters look back at most."""
KEPT = f"ALERTS|ALERTS_FOR_STATE|{FIRED_SECONDS}|{FIRED_TIMES}"
DELETE = "/api/v1/admin/tsdb/delete_series"


@dataclass(frozen=True)
class Traces:
    """What a drill of these services leaves behind from `since` on (Unix seconds)."""

    clients: Clients
    faults: Faults
    services: frozenset[str]
    since: float
    counted: tuple[str, ...] = ()
    """Counters of the stack's own components that mishaps drove up: they stay there, as if they had always been."""

    def remove(self, there: Watch, before: frozenset[str]) -> None:
        """Undo what the faults did to counters, forget what was recorded of it, and wait until all is calm again.

        At the quick pace: what the rules see between the two they have forgotten some seconds later. Raises Trouble.
        """
        self.faults.end()
        self.faults.rewind()
        self._forget()
        time.sleep(UNDER_WAY)
        self._forget()
        until = time.monotonic() + CALM
        while _new(patiently(there.firing) - before, self.services) and time.monotonic() < until:
            time.sleep(watch.LOOK_EVERY)

    def _forget(self) -> None:
        self._delete(f'{{{SERVICE}=~"{"|".join(sorted(self.services))}",__name__!~"{KEPT}"}}', self.since)
        if self.counted:
            self._delete(
                f'{{{SERVICE}="{OWN_SERVICE}",__name__=~"{"|".join(self.counted)}"}}', self.since - LOOKED_BACK
            )

    def _delete(self, chosen: str, since: float) -> None:
        params = {"match[]": chosen, "start": f"{since:.3f}", "end": f"{time.time():.3f}"}
        for prometheus in self.clients.each("prometheus"):
            answer = patiently(partial(prometheus.ask, "POST", DELETE, params=params))
            if not answer.ok:
                raise Trouble(
                    f"{prometheus.component} does not forget the drill: {answer.status_code}: {answer.text[:200]}"
                )


def seconds_logged(stack: Stack, case: Case) -> float:
    """How long the lines of a drilled alert are within the windows of its service's alerts at the stack's own pace."""
    service = stack.by_name[case.service]
    missing = {bound.alert.name for bound in service.log_alerts if bound.alert.above is None}
    if LOGS not in case.touches or case.alert in missing:
        return 0.0
    counted = (bound.alert.window.seconds for bound in service.log_alerts if bound.alert.name not in missing)
    measured = (bound.indicator.window.seconds for bound in service.alerts if bound.indicator.part.name == LOGS_PART)
    return max((*counted, *measured), default=0.0) + MARGIN


def left(there: Watch, before: frozenset[str], services: frozenset[str]) -> tuple[str, ...]:
    """What fires of the drilled services that did not before: nothing, once every rule was looked at anew."""
    began = time.time()
    until = time.monotonic() + CALM
    while True:
        new = _new(patiently(there.firing) - before, services)
        if (not new and evaluated(there.rules(), services, began)) or time.monotonic() > until:
            return tuple(sorted(new))
        time.sleep(watch.LOOK_EVERY)


def _new(names: frozenset[str], services: frozenset[str]) -> frozenset[str]:
    """Of the stack itself only what a drill can bring about: it may suffer from the drill's load, as it should tell."""
    parts = ((name, *name.split("/", 1)) for name in names)
    return frozenset(
        name for name, service, alert in parts if service in services and (service != OWN_SERVICE or touched(alert))
    )


@contextmanager
def undisturbed() -> Iterator[None]:
    """Neither Ctrl-C nor SIGTERM comes between: what was changed is put back first."""
    kept = {}
    with suppress(ValueError):  # only the main thread may choose
        kept = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
