"""The stack itself: can what the other dashboards show be believed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import alert_panels, arrange, objective_panels, of_service, panels, sections
from dashboards.indicator_panels import figure
from dashboards.parts import Query, Threshold
from dashboards.subject import subject
from spec.names import OWN_SERVICE, overview_dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.parts import Panel
    from spec.stack import Stack, Watched

ONE = f'service="{OWN_SERVICE}"'
AT_A_GLANCE = ("prometheus.series", "prometheus.rule-failures", "alertmanager.notification-failures")
DOWN = Threshold(1, "high")
TITLE = "The Stack Itself"


def build(stack: Stack, service: Watched) -> Board:
    """The overview of the stack's own service."""
    return of_service.dashboard(
        stack,
        service,
        title=TITLE,
        uid=overview_dashboard(service.name),
        description="Does monitoring work: is everything scraped, evaluated, told, kept?",
        sections=tuple(_sections(stack, service)),
        tag="overview",
    )


def _sections(stack: Stack, service: Watched) -> Iterator[Section]:
    yield arrange.glance("", _glance(service))
    yield arrange.charts("Components and targets", (_components(service), _scrape_times(), _samples(stack)))
    yield arrange.charts(
        "Alerts", (alert_panels.firing("Firing now", ONE), alert_panels.history("Alerts over time", ONE))
    )
    yield arrange.charts("Objectives", [objective_panels.errors_against_objective(b) for b in service.objectives])
    for part in service.parts:
        for spec in part.sections:
            if shown := sections.section(stack, service, spec, part, collapsed=part.name != "prometheus"):
                yield shown


def _glance(service: Watched) -> tuple[Panel, ...]:
    figures = (figure(subject(service, key)) for key in AT_A_GLANCE if key in service.indicators)
    return (alert_panels.health(service), _targets_down(), *figures, objective_panels.least_left(service))


def _targets_down() -> Panel:
    return panels.stat(
        title="Targets down",
        description="Targets of all services that do not answer their scrape.",
        queries=(Query('count(up{service!=""} == 0) or vector(0)', "Targets down"),),
        trend=True,
        decimals=0,
        thresholds=(DOWN,),
    )


def _components(service: Watched) -> Panel:
    return panels.state_timeline(
        title="Components",
        description="Whether each component of the stack answers its scrape.",
        queries=(Query(f"min by (job) (up{{{ONE}}})", "{{job}}"),),
        meanings=subject(service, "target.each-up").meanings,
        width=12,
        height=9,
    )


def _scrape_times() -> Panel:
    return panels.timeseries(
        title="Time of scrapes",
        description="How long the slowest target of each service took to answer its scrape.",
        queries=(Query('max by (service) (scrape_duration_seconds{service!=""})', "{{service}}"),),
        unit="seconds",
        height=9,
    )


def _samples(stack: Stack) -> Panel:
    return panels.timeseries(
        title="Series by service",
        description=f"Series that the targets of each service expose. The budget of all is {stack.spec.budget.series}.",
        queries=(Query('sum by (service) (scrape_samples_post_metric_relabeling{service!=""})', "{{service}}"),),
        stack="normal",
        height=9,
    )
