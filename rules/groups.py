"""All rule groups of a stack. Records and alerts of a service share one: an alert never waits for its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import alert_history, alerts, panel_records, recording, slo, words
from rules.rule import Alerting, Group, Recording
from rules.shared import shared
from spec.names import OWN_SERVICE, SERVICE, SEVERITY, TEAM, WATCHDOG
from spec.pace import slow_interval
from spec.scalars import Duration
from spec.stack import once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import Stack, Watched


@once
def groups(stack: Stack) -> tuple[Group, ...]:
    """Every rule group, in a fixed order."""
    return tuple(group for service in stack.services for group in service_groups(stack, service))


def service_groups(stack: Stack, service: Watched) -> Iterator[Group]:
    """The groups of one service; groups without rules are left out. The stack itself has the watchdog.

    What is recorded under one name is read from there for all others.
    """
    yield from shared(service.name, _groups(stack, service))


def _groups(stack: Stack, service: Watched) -> Iterator[Group]:
    rules: tuple[Recording | Alerting, ...] = (
        *recording.recordings(service),
        *alerts.alerting(stack, service),
    )
    if rules:
        yield Group(service.name, service.name, rules)
    objectives: tuple[Recording | Alerting, ...] = (
        *slo.recordings(service, stack.spec.pace),
        *slo.alerting(stack, service),
    )
    if objectives:
        yield Group(f"{service.name}-slo", service.name, objectives, slowly(stack))
    slow = panel_records.recordings(service, stack.spec.pace)
    if slow:
        yield Group(f"{service.name}-panels", service.name, slow, slowly(stack))
    if service.name == OWN_SERVICE:
        yield alert_history.group(stack, slowly(stack))
        yield watchdog(stack)


def slowly(stack: Stack) -> Duration:
    """How often the rules are evaluated whose values change slowly."""
    return slow_interval(stack.spec.pace, stack.spec.defaults.evaluation)


def watchdog(stack: Stack) -> Group:
    """An alert that always fires: its receiver notices when the whole chain falls silent."""
    labels = {SEVERITY: "low", SERVICE: OWN_SERVICE, TEAM: stack.spec.owner}
    annotations = {
        "summary": "Alerting works (this alert always fires)",
        "description": "Whoever receives this must raise an alarm when it stops coming: "
        "then Prometheus, Alertmanager or the way between is broken. "
        "Its value is always 1; now: {{ $value | humanize }}.",
        "runbook_url": words.runbook_url(stack, OWN_SERVICE, WATCHDOG),
        "dashboard_url": words.panel_url(stack, OWN_SERVICE, WATCHDOG),
    }
    rule = Alerting(WATCHDOG, "vector(1)", Duration(0), None, labels, annotations, ("notification", "heartbeat"))
    return Group("watchdog", "watchdog", (rule,))


def all_alerts(stack: Stack) -> tuple[Alerting, ...]:
    """Every alerting rule of the stack."""
    return tuple(rule for group in groups(stack) for rule in group.rules if isinstance(rule, Alerting))
