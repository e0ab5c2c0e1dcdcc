"""Rules on log lines, evaluated by Loki's ruler: how many lines of a kind come in a second."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules import words
from rules.log_records import log_recordings
from rules.rule import Alerting, Group, Recording
from spec.expr import number
from spec.log_query import lines_per_second, selector
from spec.names import SERVICE, SEVERITY, TEAM

if TYPE_CHECKING:
    from spec.logs import LogAlert
    from spec.scalars import Quantity
    from spec.stack import BoundLogAlert, Stack, Watched

_ROUNDED = 1e-6
"""Lines by which a threshold is off in a window for having been read as a decimal number."""


def log_groups(stack: Stack) -> tuple[Group, ...]:
    """A group for each service that has log alerts or indicators on lines."""
    groups = (_group(stack, service) for service in stack.services)
    return tuple(group for group in groups if group.rules)


def _group(stack: Stack, service: Watched) -> Group:
    rules: tuple[Recording | Alerting, ...] = (*log_recordings(stack, service), *log_alerting(stack, service))
    return Group(f"{service.name}-logs", service.name, rules)


def log_alerting(stack: Stack, service: Watched) -> tuple[Alerting, ...]:
    """The log alerts of a service."""
    return tuple(_alert(stack, service, bound) for bound in service.log_alerts)


def expression(service: str, alert: LogAlert) -> str:
    """Lines a second beyond the threshold. No lines at all are below it, too, but have no value to compare: absent is
    made the value 0."""
    lines = lines_per_second(service, alert)
    if alert.above is not None:
        return f"{lines} > {_threshold(alert.above, alert)}"
    silent = f"sum by (service) (absent_over_time({selector(service, alert)}[{alert.window}])) * 0"
    few = alert.below is not None and alert.below.value > 0
    return f"{lines} < {_threshold(alert.below, alert)} or {silent}" if few else silent


def _threshold(limit: Quantity | None, alert: LogAlert) -> str:
    """What Loki computes for so many lines: counted lines often meet a threshold such as 1/m exactly, where one that is
    rounded up would make as many lines too few."""
    value, window = limit.value if limit else 0.0, alert.window.seconds
    lines = round(value * window)
    return repr(lines / window).removesuffix(".0") if abs(lines - value * window) < _ROUNDED else number(value)


def _when(alert: LogAlert) -> str:
    if alert.above is not None:
        return f"above {alert.above}"
    return f"below {alert.below}" if alert.below is not None and alert.below.value > 0 else "when there are none"


def _alert(stack: Stack, service: Watched, bound: BoundLogAlert) -> Alerting:
    alert = bound.alert
    labels = {SEVERITY: alert.severity, SERVICE: service.name, TEAM: service.spec.owner}
    if alert.category and re.fullmatch(r"[a-z_-]+", alert.category):
        labels["category"] = alert.category
    annotations = {
        "summary": words.verbatim(alert.summary),
        "description": f"Lines a second over {alert.window}: {{{{ $value | humanize }}}} (alerts {_when(alert)}).",
        "runbook_url": words.runbook_url(stack, service.name, alert.name),
        "dashboard_url": words.panel_url(stack, service.name, alert.name),
    }
    return Alerting(
        alert.name, expression(service.name, alert), alert.for_, None, labels, annotations, bound.origin, bound
    )
