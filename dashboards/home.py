"""Home: all services at a glance, the worst first, and the way to each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import alert_panels, arrange, panels
from dashboards.layout import Section
from dashboards.objective_panels import LITTLE_LEFT
from dashboards.parts import Column, Link, Meaning, Query, Threshold, alert_annotation, drill_down
from spec.names import (
    ALERTS_DASHBOARD,
    HOME_DASHBOARD,
    HOSTS_DASHBOARD,
    OWN_SERVICE,
    SLOS_DASHBOARD,
    overview_dashboard,
)
from spec.objectives import BUDGET_LEFT

if TYPE_CHECKING:
    from dashboards.board import Board
    from dashboards.parts import Panel
    from spec.stack import Stack

TARGETS = 'up{service!=""}'
TRANSPARENT = "transparent"
MUCH_USED = (Threshold(0.75, "medium"), Threshold(1, "critical"))
"""What is used of a budget, not what is left: a service without objectives has no value, and no colour then."""


def build(stack: Stack) -> Board:
    """The first page that people see."""
    return panels.dashboard(
        title="Home: All Services",
        uid=HOME_DASHBOARD,
        description=f"{stack.spec.title}: is everything well, and if not, where?",
        tags=("specola", "home"),
        links=(
            Link("Alerts", f"/d/{ALERTS_DASHBOARD}"),
            Link("Objectives", f"/d/{SLOS_DASHBOARD}"),
            Link("Hosts", f"/d/{HOSTS_DASHBOARD}"),
            Link("The stack itself", f"/d/{overview_dashboard(OWN_SERVICE)}"),
        ),
        related=("home", "overview", "service"),
        annotations=(alert_annotation('severity=~"critical|high"'),),
        sections=(
            arrange.glance("", _glance()),
            Section("Services", (_catalogue(stack), _states())),
            arrange.charts(
                "Alerts",
                (
                    alert_panels.firing(service_link=_to_overview("service"), alert_link=_to_alerts()),
                    alert_panels.by_severity(),
                ),
            ),
        ),
    )


def _glance() -> tuple[Panel, ...]:
    states = alert_panels.worst(TARGETS)
    all_alerts = drill_down("All alerts", ALERTS_DASHBOARD, keep=())
    return (
        _number("Services", f"count({states})", "How many services are watched."),
        _number(
            "Services with trouble",
            f"count({states} >= {alert_panels.RANKS['high']}) or vector(0)",
            "Services with a firing alert of severity high or critical.",
            Threshold(1, "high"),
        ),
        _number(
            "Targets down",
            f"count({TARGETS} == 0) or vector(0)",
            "Targets that do not answer their scrape.",
            Threshold(1, "high"),
        ),
        _number(
            "Probes failing",
            'count(probe_success{service!=""} == 0) or vector(0)',
            "Questions from outside that did not get the expected answer.",
            Threshold(1, "critical"),
        ),
        alert_panels.count("Critical alerts", 'severity="critical"', all_alerts, severity="critical"),
        alert_panels.count("All alerts", "", all_alerts, severity="medium"),
        panels.stat(
            title="Least budget",
            description="What is left of the error budget of the objective that is nearest to its end.",
            queries=(Query(f"min({BUDGET_LEFT})", "budget left"),),
            trend=True,
            unit="ratio",
            decimals=1,
            thresholds=LITTLE_LEFT,
            links=(drill_down("Objectives", SLOS_DASHBOARD, keep=()),),
        ),
    )


def _number(title: str, expr: str, description: str, *thresholds: Threshold) -> Panel:
    return panels.stat(
        title=title,
        description=description,
        queries=(Query(expr, title),),
        trend=bool(thresholds),
        decimals=0,
        thresholds=thresholds,
    )


def _catalogue(stack: Stack) -> Panel:
    """A line for each service, the worst first."""
    one = '{service!=""}'
    every = f"0 * group by (service) (up{one})"
    titles = tuple(Meaning(service.name, service.spec.title, TRANSPARENT) for service in stack.services)
    return panels.table(
        title="Every service",
        description="The worst alert of each service, how many fire, its targets and probes, its worst budget.",
        queries=(
            Query(alert_panels.worst(f"up{one}")),
            Query(f"count by (service) ({alert_panels.alerts('firing')}) or {every}"),
            Query(f"count by (service) (up{one} == 0) or {every}"),
            Query(f"count by (service) (probe_success{one} == 0) or {every}"),
            Query(f"1 - min by (service) ({BUDGET_LEFT})"),
        ),
        columns=(
            Column("service", "Service", meanings=titles, link=_to_overview("__value.raw")),
            Column("A", "State", meanings=alert_panels.RANK_MEANINGS, width=80),
            Column("B", "Alerts", thresholds=(Threshold(1, "medium"),), decimals=0, width=65),
            Column("C", "Targets down", "", 0, (Threshold(1, "high"),), width=110),
            Column("D", "Probes failing", "", 0, (Threshold(1, "critical"),), width=115),
            Column("E", "Budget used", "ratio", 1, MUCH_USED, width=110),
        ),
        sort_by="State",
        descending=True,
        width=15,
        height=10,
    )


def _states() -> Panel:
    return panels.state_timeline(
        title="Services over time",
        description="The severity of the worst alert that fired for each service.",
        queries=(Query(alert_panels.worst(TARGETS), "{{service}}"),),
        meanings=alert_panels.RANK_MEANINGS,
        width=9,
        height=10,
    )


def _to_overview(value: str) -> Link:
    """The overview of the service that was clicked."""
    name = "${__value.raw}" if value == "__value.raw" else f"${{__data.fields.{value.capitalize()}}}"
    return drill_down("Overview of the service", overview_dashboard(name), keep=())


def _to_alerts() -> Link:
    return drill_down("The alerts of the service", "${__data.fields.Service}-alerts", keep=())
