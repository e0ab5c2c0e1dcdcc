"""How soon an alert can be told at best, and how long its values need to be wrong, and to come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.drill import mishaps
from rules.groups import groups
from spec.names import OWN_SERVICE
from spec.objectives import SHORTEST, SPEEDS, burn_alert, pairs
from spec.pace import counting, faster
from spec.stack import BoundAlert, BoundLogAlert, BoundObjective

if TYPE_CHECKING:
    from rules.rule import Alerting
    from spec.scalars import Duration
    from spec.stack import Stack


def floor(stack: Stack, rule: Alerting) -> float:
    """Seconds until it fires at best: scrape, evaluation and `for`, one after the other."""
    service = stack.by_name[rule.service]
    scrape = max((job.interval.seconds for job in service.jobs), default=stack.spec.defaults.interval.seconds)
    return scrape + _evaluated(stack, rule).seconds + rule.for_.seconds + _growing(rule) + _silent(stack, rule)


def lasting(rule: Alerting, pace: float) -> float:
    """Seconds that its values need to be on the wrong side, and then to come back: the window it is read over."""
    match rule.source:
        case BoundAlert(indicator=indicator):
            keep = rule.keep_firing_for.seconds if rule.keep_firing_for else 0.0
            return indicator.window.seconds + keep
        case BoundLogAlert(alert=alert):
            return alert.window.seconds
        case BoundObjective() as bound:
            speed = next(speed for speed in SPEEDS if burn_alert(bound, speed) == rule.alert)
            return _counted(bound, speed, pace)
        case _:
            return 0.0


def _counted(bound: BoundObjective, speed: str, pace: float) -> float:
    """Over how many seconds events are counted before an alert of this speed knows of them."""
    return counting(SHORTEST, pace).seconds + max(faster(pair.short, pace).seconds for pair in pairs(bound, speed))


def spell(rule: Alerting, pace: float) -> float | None:
    """For how many seconds a fault goes on once an alert on a budget that burns slowly fires. None for any other alert.

    Long enough that it outlasts the alert on the budget's burning fast: what ends while it is silenced is told nobody.
    """
    return _outlasting(pace) if _burning_slowly(rule) else None


def _outlasting(pace: float) -> float:
    return counting(SHORTEST, pace).seconds


def _burning_slowly(rule: Alerting) -> BoundObjective | None:
    """The objective whose budget burns slowly when the alert fires."""
    bound = rule.source
    return bound if isinstance(bound, BoundObjective) and rule.alert == burn_alert(bound, "slow") else None


def _evaluated(stack: Stack, rule: Alerting) -> Duration:
    """How often the rule is looked at; objectives' groups have an interval of their own."""
    own = None
    if isinstance(rule.source, BoundObjective):
        own = next(group.interval for group in groups(stack) if rule in group.rules)
    return own or stack.spec.defaults.evaluation


def _growing(rule: Alerting) -> float:
    """How long an age takes from nothing to the threshold of its alert: no pace makes it grow faster."""
    mishap = mishaps.MISHAPS.get(rule.alert) if rule.service == OWN_SERVICE else None
    limit = rule.source.alert.above if isinstance(rule.source, BoundAlert) else None
    return limit.value if mishap is not None and mishap.grows and limit else 0.0


def _silent(stack: Stack, rule: Alerting) -> float:
    """How long a budget's burning fast, which the fault sets off too, keeps the alert on its burning slowly silent:
    as long as the fault goes on, and then as what it did is counted."""
    bound, pace = _burning_slowly(rule), stack.spec.pace
    return _outlasting(pace) + _counted(bound, "fast", pace) if bound else 0.0
