"""The text of a runbook page, as a file and as the panel beside an alert's graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rules import words
from rules.groups import all_alerts
from rules.log_alerts import log_alerting
from rules.routing import reached
from spec.names import ENVIRONMENT, SEVERITY, TEAM, overview_dashboard
from spec.stack import BoundAlert, BoundLogAlert, BoundObjective, once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.rule import Alerting
    from spec.logs import LogAlert
    from spec.stack import Stack

_FOLDER = Path(__file__).parent / "templates"
_WHEN_BUDGET_BURNS = (
    "Open the objective's panel and see since when events are bad.",
    "Compare with deployments and with the state of dependencies at that time.",
    "Stop or roll back what changed; the budget is for accidents, not for waiting.",
)


_FIRST_LOOK = (
    "Open the panel of this alert and see since when, and where.",
    "Open the service's overview and compare with its dependencies.",
)
_READ = ("Read the lines in the service's logs.",)
_WATCHDOG = (
    "Nothing is to be done while it fires.",
    "When it stops: look at Prometheus, then at Alertmanager, then at the way between.",
)
_BURNING = "the error budget burns faster than it may, over a long and a short window"


@dataclass(frozen=True)
class Told:
    """What a page says beyond the rule itself."""

    meaning: str
    steps: tuple[str, ...]
    fires: str
    missing: str = "silent"
    language: str = "promql"


@cache
def _template() -> str:
    """Filled in by `str.format`: thousands of pages are not worth a language, nor the import of one."""
    return (_FOLDER / "runbook.md").read_text(encoding="utf-8")


@once
def pages(stack: Stack) -> Mapping[tuple[str, str], str]:
    """The page of every alert, those of Loki's ruler too, by service and alert."""
    logged = (rule for service in stack.services for rule in log_alerting(stack, service))
    return {(rule.service, rule.alert): page(stack, rule) for rule in (*all_alerts(stack), *logged)}


def page(stack: Stack, rule: Alerting) -> str:
    """The page of one alert, in Markdown."""
    labels = {**rule.labels, "alertname": rule.alert, ENVIRONMENT: stack.spec.environment}
    told = _told(rule)
    return _template().format(
        alert=rule.alert,
        service=rule.service,
        title=stack.by_name[rule.service].spec.title,
        summary=words.spoken(rule.annotations["summary"]),
        severity=rule.labels[SEVERITY],
        team=stack.spec.owners[rule.labels[TEAM]].title,
        tells=", ".join(reached(stack.spec.notification, labels)) or "nobody",
        meaning=told.meaning,
        steps="\n".join(f"{number}. {step}" for number, step in enumerate(told.steps, start=1)),
        fires=told.fires,
        missing=told.missing,
        language=told.language,
        expr=rule.expr,
        panel_url=rule.annotations["dashboard_url"],
        overview_url=f"{words.grafana_url(stack)}/d/{overview_dashboard(rule.service)}",
    )


def _told(rule: Alerting) -> Told:
    match rule.source:
        case BoundAlert() as bound:
            return _told_of_alert(bound)
        case BoundLogAlert(alert=log):
            return _told_of_log_alert(log)
        case BoundObjective(objective=objective):
            promise = (
                f"The objective is {objective.objective:g}% over {objective.window}; the rest is the error budget."
            )
            return Told(objective.meaning or promise, objective.steps or _WHEN_BUDGET_BURNS, _BURNING)
        case None:
            return Told("The whole chain of alerting works while this fires.", _WATCHDOG, "always")


def _told_of_log_alert(log: LogAlert) -> Told:
    """Where fewer lines than a threshold are too few, none are, too."""
    lasting = f", for {log.for_}" if log.for_.ms else ""
    meaning, steps = log.meaning or log.summary, log.steps or _READ
    if log.above is not None:
        return Told(meaning, steps, f"more lines than {log.above}, over {log.window}{lasting}", language="logql")
    few = f"fewer lines than {log.below}" if log.below is not None and log.below.value > 0 else "no lines"
    return Told(meaning, steps, f"{few}, over {log.window}{lasting}", "fires", "logql")


def _told_of_alert(bound: BoundAlert) -> Told:
    alert, indicator = bound.alert, bound.indicator
    lasting = f", for {alert.for_}" if alert.for_.ms else ""
    limit = words.threshold(bound)
    meaning = alert.meaning or indicator.spec.help or f"{indicator.title} is {limit}."
    return Told(meaning, alert.steps or _FIRST_LOOK, f"{indicator.title} {limit}{lasting}", alert.missing)
