"""What becomes of `ALERTS`, which has a sample for every evaluation: how long and how often each alert fired.

Thirty days of `ALERTS` are 172,800 samples of each alert that fires, for each instance; these records are 43,200 of
each alert, and panels need no count of evaluations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.rule import Group, Recording
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES
from spec.expr import number
from spec.names import SERVICE, SEVERITY, WATCHDOG

if TYPE_CHECKING:
    from spec.scalars import Duration
    from spec.stack import Stack

ORIGIN = ("defaults", "evaluation")
SLO_CATEGORY = "slo"


def group(stack: Stack, interval: Duration) -> Group:
    """The two rules. Alerts of objectives are evaluated as often as these rules, others as the defaults say."""
    labels = f"{SERVICE}, alertname, {SEVERITY}, category"

    def seconds(category: str, every: Duration) -> str:
        firing = f'ALERTS{{alertstate="firing", alertname!="{WATCHDOG}", category{category}"{SLO_CATEGORY}"}}'
        fired = f"max by ({labels}) (count_over_time({firing}[{interval}]))"
        return f"clamp_max({number(every.seconds)} * {fired}, {number(interval.seconds)})"

    whole = f"{seconds('!=', stack.spec.defaults.evaluation)} or {seconds('=', interval)}"
    began = f"group by ({labels}) ({FIRED_SECONDS} unless {FIRED_SECONDS} offset {interval})"
    rules = (Recording(FIRED_SECONDS, whole, {}, ORIGIN), Recording(FIRED_TIMES, began, {}, ORIGIN))
    return Group("alert-history", "alert-history", rules, interval)
