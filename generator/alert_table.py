"""The page that says of every alert who is told, when, and how often: for people who are on call, and for reviewers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.proof.routing import routed
from rules.routing import takes
from rules.words import threshold
from spec.names import SEVERITY
from spec.objectives import pairs
from spec.stack import BoundAlert, BoundLogAlert, BoundObjective

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rules.proof.routing import Routed
    from rules.rule import Alerting
    from spec.stack import Stack

_HEAD = """# Alerts: who is told, when, how often

Written by `specola test --report` from the spec; do not edit. *Fires when* is the condition, *for* how long it must
last, *keeps* how long the alert stays after it. *Told* are the receivers in the environment `{environment}`; *again* is
how often an alert that goes on is told again; *silent* are the mute intervals. The first message waits {wait} for
others of its group, changes of a group wait {interval}, where the route does not say otherwise.
"""
_COLUMNS = ("Alert", "Severity", "Fires when", "For", "Keeps", "Told", "Again", "Silent")


def page(stack: Stack) -> str:
    """The page as Markdown, a table for each service."""
    grouping = stack.spec.notification.grouping
    head = _HEAD.format(environment=stack.spec.environment, wait=grouping.wait, interval=grouping.interval)
    of_service: dict[str, list[Routed]] = {}
    for one in routed(stack):
        of_service.setdefault(one.alert.service, []).append(one)
    sections = (_section(stack, service, alerts) for service, alerts in of_service.items())
    return "\n".join((head, *sections))


def _section(stack: Stack, service: str, alerts: Sequence[Routed]) -> str:
    lines = [f"## {stack.by_name[service].spec.title}", "", _row(_COLUMNS), _row("---" for _ in _COLUMNS)]
    return "\n".join((*lines, *(_row(_cells(stack, one)) for one in alerts), ""))


def _row(cells: Iterator[str] | Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _cells(stack: Stack, one: Routed) -> Iterator[str]:
    rule = one.alert
    routes = [route for route in stack.spec.notification.routes if takes(route.when, one.labels)]
    repeats = stack.spec.notification.grouping.repeat
    usual = next((str(every) for severity, every in repeats.items() if severity == rule.labels[SEVERITY]), "")
    yield rule.alert
    yield rule.labels[SEVERITY]
    yield _condition(rule)
    yield str(rule.for_) if rule.for_.ms else "at once"
    yield str(rule.keep_firing_for) if rule.keep_firing_for else ""
    yield ", ".join(one.receivers) or "nobody"
    yield ", ".join(dict.fromkeys(str(route.repeat) if route.repeat else usual for route in routes)) or usual
    yield ", ".join(dict.fromkeys(name for route in routes for name in route.mute))


def _condition(rule: Alerting) -> str:
    """What must be the case, in words."""
    match rule.source:
        case BoundAlert() as bound:
            missing = ", or missing" if bound.alert.missing == "fires" else ""
            return f"{bound.indicator.title} {threshold(bound)}{missing}"
        case BoundObjective() as bound:
            speed = "fast" if rule.alert.endswith("Fast") else "slow"
            burns = (
                f"{pair.factor(bound.objective.window):g} times over {pair.long} and {pair.short}"
                for pair in pairs(bound, speed)
            )
            return f"budget of {bound.objective.objective:g}% over {bound.objective.window} burns {' or '.join(burns)}"
        case BoundLogAlert(alert=alert):
            return f"log lines above {alert.above}" if alert.above is not None else "log lines missing"
        case _:
            return "always"
