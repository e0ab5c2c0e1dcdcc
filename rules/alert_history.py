"""What becomes of `ALERTS`, which has a sample for every evaluation: how long and how often each alert fired.

Prometheus forgets no alert that it recorded, but thirty days of `ALERTS` are 172,800 samples of each firing one; these
records are 8,640.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.rule import Group, Recording
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES, HISTORY_STEP
from spec.names import SERVICE, SEVERITY, WATCHDOG
from spec.pace import faster

if TYPE_CHECKING:
    from spec.stack import Stack

ORIGIN = ("defaults", "evaluation")
SLO_CATEGORY = "slo"


def group(stack: Stack, slo_interval: float) -> Group:
    """The two rules. Alerts of objectives are evaluated every `slo_interval` seconds, others as the defaults say."""
    evaluation = stack.spec.defaults.evaluation
    step = max(faster(HISTORY_STEP, stack.spec.pace), evaluation)
    labels = f"{SERVICE}, alertname, {SEVERITY}"

    def seconds(category: str, every: float) -> str:
        firing = f'ALERTS{{alertstate="firing", alertname!="{WATCHDOG}", category{category}"{SLO_CATEGORY}"}}'
        return f"{every:g} * max by ({labels}) (count_over_time({firing}[{step}]))"

    return Group(
        "alert-history",
        "alert-history",
        (
            Recording(
                FIRED_SECONDS, f"{seconds('!=', evaluation.seconds)} or {seconds('=', slo_interval)}", {}, ORIGIN
            ),
            Recording(
                FIRED_TIMES, f"group by ({labels}) ({FIRED_SECONDS} unless {FIRED_SECONDS} offset {step})", {}, ORIGIN
            ),
        ),
        step,
    )
