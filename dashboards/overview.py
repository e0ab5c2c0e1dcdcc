"""The overview of a service: is it well, and if not, where to look. The same order for every service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dashboards import alert_panels, arrange, log_panels, objective_panels, of_service, reachable, sections, topics
from dashboards.indicator_panels import chart, figure
from dashboards.parts import drill_down
from dashboards.stencils import stencilled
from dashboards.subject import subject
from spec.names import SLOS_DASHBOARD, alerts_dashboard, overview_dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.parts import Link, Panel
    from spec.stack import Stack, Watched
    from spec.topic import Topic

SIGNALS: tuple[tuple[Literal["traffic", "errors", "latency", "saturation"], str], ...] = (
    ("traffic", "Traffic"),
    ("errors", "Errors"),
    ("latency", "Response time"),
    ("saturation", "Saturation"),
)

DETAILS: Mapping[str, Topic] = {"traffic": "business", "errors": "errors", "latency": "dependencies"}
"""The page that says more of a signal: latency comes from what the service waits for."""


def title(service: Watched) -> str:
    """What the overview of a service is called."""
    return f"{service.spec.title}: Service Overview"


def build(stack: Stack, service: Watched) -> Board:
    """The overview of one service."""
    return of_service.dashboard(
        stack,
        service,
        title=title(service),
        uid=overview_dashboard(service.name),
        description=f"Is {service.spec.title} well? {service.spec.description or ''}".strip(),
        sections=tuple(_sections(stack, service)),
        tag="overview",
    )


def _sections(stack: Stack, service: Watched) -> Iterator[Section]:
    yield arrange.glance("", tuple(_glance(service)))
    for title, shown in (
        ("Golden signals", tuple(_signals(service))),
        ("Objectives", tuple(objective_panels.errors_against_objective(bound) for bound in service.objectives)),
        ("Dependencies and probes", (*reachable.dependencies(service), *reachable.probes(service))),
        ("Business", tuple(chart(subject(service, key)) for key in _extra(service))),
    ):
        if shown:
            yield arrange.charts(title, shown)
    yield arrange.charts("Alerts", _alerts(service.name, alerts_dashboard(service.name)))
    logs = service.spec.logs
    if logs is not None and log_panels.has_logs(stack, service):
        yield arrange.charts("Logs", (log_panels.volume(service, logs), log_panels.lines(service, logs)))
    for part in service.parts:
        for spec in part.sections:
            if shown_section := sections.section(stack, service, spec, part, collapsed=True):
                yield shown_section


def _glance(service: Watched) -> Iterator[Panel]:
    """State, request rate, error ratio, response time, budget left, firing alerts."""
    details = alerts_dashboard(service.name)
    yield alert_panels.health(service, _details(details))
    pages = topics.uids(service)
    for signal, title in SIGNALS[:3]:
        if key := service.spec.golden.get(signal):
            page = pages.get(DETAILS[signal])
            behind = (drill_down("What is behind it", page, keep=()),) if page else ()
            yield figure(subject(service, key), title, "", *behind)
    if service.objectives:
        to_objectives = drill_down("Objectives", SLOS_DASHBOARD, keep=(), service=service.name)
        yield objective_panels.least_left(service, to_objectives)
    yield from _firing(service.name, details)


def _signals(service: Watched) -> Iterator[Panel]:
    for signal, title in SIGNALS:
        if key := service.spec.golden.get(signal):
            shown = subject(service, key)
            own = shown.bound.title
            yield chart(shown, own if own.startswith(title) else f"{title}: {own}")


def _extra(service: Watched) -> Iterator[str]:
    """What the business asks for, without what is a golden signal already."""
    return (key for key in service.spec.business if key not in service.spec.golden.values())


@stencilled
def _alerts(service: str, details: str) -> tuple[Panel, ...]:
    one = f'service="{service}"'
    link = _details(details)
    return (alert_panels.firing("Firing now", one, alert_link=link), alert_panels.history("Alerts over time", one))


@stencilled
def _firing(service: str, details: str) -> tuple[Panel, ...]:
    return (alert_panels.count("Alerts firing", f'service="{service}"', _details(details)),)


def _details(uid: str) -> Link:
    return drill_down("Alerts of the service", uid, keep=())
