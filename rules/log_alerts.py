"""Rules on log lines, evaluated by Loki's ruler: how many lines of a kind come in a second."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rules import words
from rules.rule import Alerting, Group
from spec.expr import number
from spec.log_query import lines_per_second, selector
from spec.names import SERVICE, SEVERITY, TEAM

if TYPE_CHECKING:
    from spec.logs import LogAlert
    from spec.stack import BoundLogAlert, Stack, Watched


def log_groups(stack: Stack) -> tuple[Group, ...]:
    """A group for each service that has log alerts."""
    return tuple(
        Group(f"{service.name}-logs", service.name, tuple(log_alerting(stack, service)))
        for service in stack.services
        if service.log_alerts
    )


def log_alerting(stack: Stack, service: Watched) -> tuple[Alerting, ...]:
    """The log alerts of a service."""
    return tuple(_alert(stack, service, bound) for bound in service.log_alerts)


def expression(service: str, alert: LogAlert) -> str:
    """Lines a second beyond the threshold. No lines at all are below it, too, but have no value to compare."""
    lines = lines_per_second(service, alert)
    if alert.above is not None:
        return f"{lines} > {number(alert.above.value)}"
    silent = f"absent_over_time({selector(service, alert)}[{alert.window}])"
    limit = alert.below.value if alert.below is not None else 0
    return f"{lines} < {number(limit)} or sum by (service) ({silent})" if limit > 0 else f"sum by (service) ({silent})"


def _alert(stack: Stack, service: Watched, bound: BoundLogAlert) -> Alerting:
    alert = bound.alert
    labels = {SEVERITY: alert.severity, SERVICE: service.name, TEAM: service.spec.owner}
    if alert.category and re.fullmatch(r"[a-z_-]+", alert.category):
        labels["category"] = alert.category
    limit = f"above {alert.above}" if alert.above is not None else "missing"
    annotations = {
        "summary": alert.summary,
        "description": f"Lines a second over {alert.window}: {{{{ $value | humanize }}}} (alerts when {limit}).",
        "runbook_url": words.runbook_url(stack, service.name, alert.name),
        "dashboard_url": words.panel_url(stack, service.name, alert.name),
    }
    return Alerting(
        alert.name, expression(service.name, alert), alert.for_, None, labels, annotations, bound.origin, bound
    )
