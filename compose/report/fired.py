"""Which alerts fired, how often and how long: the noisiest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.report.found import Fired
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES
from spec.names import SERVICE, SEVERITY, WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compose.report.asking import Asking
    from spec.stack import Watched

Alert = tuple[str, str]
"""Name and severity."""


def fired(asking: Asking, service: Watched) -> tuple[Fired, ...]:
    """What fired in the period. An alert that fired already when it began has no beginning in it, and counts once."""
    own = f'{SERVICE}="{service.name}"'
    seconds, times = (_sums(asking, f"{name}{{{own}}}") for name in (FIRED_SECONDS, FIRED_TIMES))
    earlier = _sums(asking, f"{FIRED_TIMES}{{{own}}}", before=True) if asking.compared else {}
    watching = f'ALERTS{{{own}, alertstate="firing", alertname!="{WATCHDOG}"}}'
    firing = {_alert(labels) for labels, _ in asking.prometheus.values(watching, asking.period.end)}
    found = (
        Fired(
            *alert,
            max(1, round(times.get(alert, 0))),
            lasted,
            round(earlier.get(alert, 0)),
            alert in firing,
        )
        for alert, lasted in seconds.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.times, -one.seconds, one.name)))


def _sums(asking: Asking, series: str, *, before: bool = False) -> Mapping[Alert, float]:
    expr = f"sum by (alertname, {SEVERITY}) (sum_over_time({series}[$period]))"
    return {_alert(labels): value for labels, value in asking.ranged(expr, before=before)}


def _alert(labels: Mapping[str, str]) -> Alert:
    return labels.get("alertname", ""), labels.get(SEVERITY, "")
