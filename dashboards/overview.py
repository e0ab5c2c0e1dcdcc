"""The overview of a service: is it well, and if not, where to look. The same order for every service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dashboards import alert_panels, arrange, log_panels, objective_panels, of_service, panels, sections
from dashboards.indicator_panels import chart, figure
from dashboards.parts import Query, drill_down
from dashboards.subject import subject
from spec.names import SLOS_DASHBOARD, alerts_dashboard, overview_dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.layout import Section
    from dashboards.modern import Json
    from dashboards.parts import Link, Panel
    from spec.stack import Stack, Watched

SIGNALS: tuple[tuple[Literal["traffic", "errors", "latency", "saturation"], str], ...] = (
    ("traffic", "Traffic"),
    ("errors", "Errors"),
    ("latency", "Response time"),
    ("saturation", "Saturation"),
)


def title(service: Watched) -> str:
    """What the overview of a service is called."""
    return f"{service.spec.title}: Service Overview"


def build(stack: Stack, service: Watched) -> Json:
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
        ("Dependencies and probes", tuple(_reachable(service))),
        ("Business", tuple(chart(subject(service, key)) for key in _extra(service))),
    ):
        if shown:
            yield arrange.charts(title, shown)
    yield arrange.charts("Alerts", _alerts(service))
    logs = service.spec.logs
    if logs is not None and log_panels.has_logs(stack, service):
        yield arrange.charts("Logs", (log_panels.volume(service, logs), log_panels.lines(service, logs)))
    for part in service.parts:
        for spec in part.sections:
            if shown_section := sections.section(stack, service, spec, part, collapsed=True):
                yield shown_section


def _glance(service: Watched) -> Iterator[Panel]:
    """State, request rate, error ratio, response time, budget left, firing alerts."""
    details = _details(service)
    yield alert_panels.health(service, details)
    for signal, title in SIGNALS[:3]:
        if key := service.spec.golden.get(signal):
            yield figure(subject(service, key), title)
    if service.objectives:
        to_objectives = drill_down("Objectives", SLOS_DASHBOARD, keep=(), service=service.name)
        yield objective_panels.least_left(service, to_objectives)
    yield alert_panels.count("Alerts firing", f'service="{service.name}"', details)


def _signals(service: Watched) -> Iterator[Panel]:
    for signal, title in SIGNALS:
        if key := service.spec.golden.get(signal):
            shown = subject(service, key)
            own = shown.bound.title
            yield chart(shown, own if own.startswith(title) else f"{title}: {own}")


def _reachable(service: Watched) -> Iterator[Panel]:
    """The state of every dependency that has a health indicator, and of every probe, with the time they took."""
    healthy = [(entry, entry.health) for entry in service.spec.dependencies if entry.health in service.indicators]
    if healthy:
        shown = [(entry.title or entry.name, subject(service, key or "")) for entry, key in healthy]
        yield panels.state_timeline(
            title="Dependencies",
            description="Whether each dependency answers, as the service itself sees it.",
            queries=tuple(Query(one.worst, name) for name, one in shown),
            meanings=shown[0][1].meanings,
            width=12,
            height=8,
        )
    if service.spec.probes:
        yield from _probes(service)


def _probes(service: Watched) -> Iterator[Panel]:
    one = f'{{service="{service.name}"}}'
    meanings = subject(service, f"probe.{service.spec.probes[0].name}-up").meanings
    yield panels.state_timeline(
        title="Probes",
        description="Whether each question from outside got the expected answer in time.",
        queries=(Query(f"min by (probe) (probe_success{one})", "{{probe}}"),),
        meanings=meanings,
        width=12,
        height=8,
    )
    yield panels.timeseries(
        title="Time of probes",
        description="How long each question from outside took. Probes have alerts of their own on it.",
        queries=(Query(f"max by (probe) (probe_duration_seconds{one})", "{{probe}}"),),
        unit="seconds",
    )


def _extra(service: Watched) -> Iterator[str]:
    """What the business asks for, without what is a golden signal already."""
    return (key for key in service.spec.business if key not in service.spec.golden.values())


def _alerts(service: Watched) -> tuple[Panel, ...]:
    one = f'service="{service.name}"'
    link = _details(service)
    return (alert_panels.firing("Firing now", one, alert_link=link), alert_panels.history("Alerts over time", one))


def _details(service: Watched) -> Link:
    return drill_down("Alerts of the service", alerts_dashboard(service.name), keep=())
