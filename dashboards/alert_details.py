"""A row for each alert of a service: its indicator with the threshold, its runbook, its states. Messages link here.

The rows are closed, the urgent alerts first: a service may have a hundred alerts, and nobody reads three hundred panels
at once. A link to one of them opens its row. The ids of these panels are fixed (`names.alert_panel`): the graph, then
the runbook, then the states.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dashboards import alert_panels, arrange, objective_panels, of_service, panels
from dashboards.indicator_panels import chart
from dashboards.layout import Section
from dashboards.parts import Panel, Query, Threshold
from dashboards.stencils import stencilled
from dashboards.subject import Subject, subject
from spec.expr import number
from spec.log_query import lines_per_second
from spec.names import OWN_SERVICE, SEVERITIES, WATCHDOG, alert_panel, alerts_dashboard
from spec.objectives import burn_alert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashboards.board import Board
    from spec.stack import BoundAlert, BoundLogAlert, Stack, Watched

GRAPH, RUNBOOK, STATES = 0, 1, 2
"""What is added to an alert's number for the id of each of its panels."""

HEADING = re.compile(r"\A# .*\n+")
"""The page's own title, which the panel has already."""

NO_RUNBOOK = "There is no runbook for this alert."


class Shown(NamedTuple):
    """An alert with the panel that shows how near it is, and that of its states."""

    alert: str
    severity: str
    graph: Panel
    states: Panel


def title(service: Watched) -> str:
    """What the dashboard of a service's alerts is called."""
    return f"{service.spec.title}: Every Alert"


def build(stack: Stack, service: Watched, runbooks: Mapping[tuple[str, str], str]) -> Board:
    """The alerts of one service; `runbooks` has a text for each (service, alert)."""
    glance = Section("", _glance(service.name))
    now = arrange.charts("Now and before", alert_panels.now_and_before(f'service="{service.name}"'))
    shown = sorted(_shown(stack, service), key=lambda one: SEVERITIES.index(one.severity))
    return of_service.dashboard(
        stack,
        service,
        title=title(service),
        uid=alerts_dashboard(service.name),
        description=f"What can fire for {service.spec.title}, how near it is, and what to do then.",
        sections=(glance, now, *(_row(service, one, runbooks) for one in shown)),
        tag="alerts",
    )


@stencilled
def _glance(service: str) -> tuple[Panel, ...]:
    one = f'service="{service}"'
    counts = (
        alert_panels.count("Alerts firing", one),
        *(alert_panels.count(f"Severity {s}", f'{one}, severity="{s}"', severity=s) for s in alert_panels.RANKS),
        alert_panels.count("Pending", one, state="pending", severity="low"),
    )
    return arrange.glance("", counts).panels


def _row(service: Watched, shown: Shown, runbooks: Mapping[tuple[str, str], str]) -> Section:
    alert, first = shown.alert, alert_panel(shown.alert)
    (text,) = _runbook(alert, HEADING.sub("", runbooks.get((service.name, alert), NO_RUNBOOK)))
    return Section(
        f"{alert} ({shown.severity})",
        (
            _standing(shown.graph, 8, first + GRAPH),
            _standing(text, 12, first + RUNBOOK),
            _standing(shown.states, 4, first + STATES),
        ),
        collapsed=True,
    )


@stencilled
def _runbook(alert: str, page: str) -> tuple[Panel, ...]:
    said = f"What {alert} means and what to do first."
    return (panels.text(title=f"{alert}: runbook", description=said, markdown=page),)


def _standing(panel: Panel, height: int, number: int) -> Panel:
    """Half as wide as the page."""
    return Panel(panel.title, 12, height, panel.form, panel.said, number)


def _shown(stack: Stack, service: Watched) -> Iterator[Shown]:
    """Every alert of the service, in the order of its file."""
    for bound in service.alerts:
        alert = bound.alert
        yield Shown(
            alert.name, alert.severity, _indicator(service, bound), *alert_panels.state(alert.name, service.name)
        )
    for objective in service.objectives:
        for speed in objective_panels.burnt(objective):
            name, severity = burn_alert(objective, speed), getattr(objective.objective.alerts, speed)
            yield Shown(
                name, severity, objective_panels.burning(objective, speed), *alert_panels.state(name, service.name)
            )
    if stack.enabled("loki"):
        for log in service.log_alerts:
            yield Shown(log.alert.name, log.alert.severity, *_lines(log))
    if service.name == OWN_SERVICE:
        yield Shown(WATCHDOG, SEVERITIES[-1], _watchdog(), *alert_panels.state(WATCHDOG, service.name))


def _indicator(service: Watched, bound: BoundAlert) -> Panel:
    """The indicator with the threshold of this alert and of no other."""
    shown = subject(service, bound.indicator.key)
    one = len(shown.alerts) == 1 and shown.alerts[0] is bound.alert
    alone = shown if one else Subject(shown.bound, (bound.alert,), shown.recorded)
    return chart(alone, f"{bound.alert.name}: {shown.bound.title}", headroom=True)


def _lines(bound: BoundLogAlert) -> tuple[Panel, Panel]:
    """The lines that an alert of Loki's ruler counts, and when they were too many or too few: Prometheus knows not."""
    alert = bound.alert
    limit, fewer = alert.above or alert.below, alert.above is None
    lines = f"{lines_per_second(bound.service, alert)} or vector(0)"
    crossed = f"({lines}) {'<=' if fewer else '>'} bool {number(limit.value if limit else 0)}"
    graph = panels.timeseries(
        title=f"{alert.name}: lines a second",
        description=f"Log lines a second over {alert.window} that this alert counts.",
        queries=(Query(lines, "lines a second", datasource="loki"),),
        unit="/s",
        thresholds=(Threshold(limit.value, alert.severity, below=fewer),) if limit else (),
    )
    states = panels.state_timeline(
        title=f"{alert.name}: states",
        description=f"When lines were beyond the threshold of {alert.name}.",
        queries=(Query(f"{alert_panels.FIRING} * ({crossed})", alert.name, datasource="loki"),),
        meanings=alert_panels.STATES,
    )
    return graph, states


def _watchdog() -> Panel:
    return panels.timeseries(
        title=f"{WATCHDOG}: fires",
        description="Always 1: whoever receives this alert raises the alarm when it stops coming.",
        queries=(Query(f'ALERTS{{alertname="{WATCHDOG}", alertstate="firing"}}', "fires"),),
        legend="hidden",
    )
