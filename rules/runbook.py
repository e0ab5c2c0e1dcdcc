"""The text of a runbook page, as a file and as the panel beside an alert's graph."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rules import words
from rules.routing import reached
from spec.names import ENVIRONMENT, SEVERITY, TEAM, overview_dashboard
from spec.stack import BoundAlert, BoundLogAlert

if TYPE_CHECKING:
    from jinja2 import Template

    from rules.rule import Alerting
    from spec.stack import Stack

_FOLDER = Path(__file__).parent / "templates"
_WHEN_BUDGET_BURNS = (
    "Open the objective's panel and see since when events are bad.",
    "Compare with deployments and with the state of dependencies at that time.",
    "Stop or roll back what changed; the budget is for accidents, not for waiting.",
)


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(_FOLDER)
    return Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False).get_template("runbook.md.j2")  # noqa: S701 - Markdown


def page(stack: Stack, rule: Alerting) -> str:
    """The page of one alert, in Markdown."""
    service = stack.by_name[rule.service]
    labels = {**rule.labels, "alertname": rule.alert, ENVIRONMENT: stack.spec.environment}
    told = reached(stack.spec.notification, labels)
    meaning, steps, fires, missing = _told(rule)
    return _template().render(
        alert=rule.alert, service=rule.service, title=service.spec.title, summary=rule.annotations["summary"],
        severity=rule.labels[SEVERITY], team=stack.spec.owners[rule.labels[TEAM]].title, tells=", ".join(told) or "nobody",
        meaning=meaning, steps=steps, fires=fires, missing=missing, expr=rule.expr, panel_url=rule.annotations["dashboard_url"],
        overview_url=f"{words.grafana_url(stack)}/d/{overview_dashboard(rule.service)}",
    )  # fmt: skip


def _told(rule: Alerting) -> tuple[str, tuple[str, ...], str, str]:
    """Meaning, first steps, when it fires, what missing data means."""
    lasting = f", for {rule.for_}" if rule.for_.ms else ""
    match rule.source:
        case BoundAlert() as bound:
            alert = bound.alert
            meaning = alert.meaning or bound.indicator.spec.help or f"{bound.indicator.title} is {words.threshold(bound)}."
            steps = alert.steps or ("Open the panel of this alert and see since when, and where.", "Open the service's overview and compare with its dependencies.")
            return meaning, steps, f"{bound.indicator.title} {words.threshold(bound)}{lasting}", alert.missing
        case BoundLogAlert(alert=log):
            limit = f"above {log.above}" if log.above is not None else "missing"
            return log.meaning or log.summary, log.steps or ("Read the lines in the service's logs.",), f"lines a second {limit}, over {log.window}", "silent"
        case None:
            return "The whole chain of alerting works while this fires.", ("Nothing is to be done while it fires.", "When it stops: look at Prometheus, then at Alertmanager, then at the way between."), "always", "silent"
        case bound:
            objective = bound.objective
            meaning = objective.meaning or f"The objective is {objective.objective:g}% over {objective.window}; the rest is the error budget."
            return meaning, objective.steps or _WHEN_BUDGET_BURNS, "the error budget burns faster than it may, over a long and a short window", "silent"
