"""The sections that the spec and the packs describe: panels of indicators, metrics, objectives, alerts and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import alert_panels, arrange, log_panels, objective_panels
from dashboards.indicator_panels import indicator_panel
from dashboards.metric_panels import Measured, metric_panel
from dashboards.subject import subject
from spec.pace import slow_interval

if TYPE_CHECKING:
    from dashboards import parts
    from dashboards.layout import Section
    from spec.service import Panel
    from spec.service import Section as SectionSpec
    from spec.stack import Part, Stack, Watched

FIGURES = frozenset({"stat", "gauge"})
COURSES = frozenset({"timeseries", "bars", "heatmap"})


def section(
    stack: Stack, service: Watched, spec: SectionSpec, part: Part, *, collapsed: bool = False
) -> Section | None:
    """A section as it stands in the spec, of a service's own part or of a pack's.

    None when nothing of it can be shown.
    """
    glance = is_glance(spec)
    made = ((entry, _panel(stack, service, entry, part, glance=glance)) for entry in spec.panels)
    shown = [(entry, panel) for entry, panel in made if panel is not None]
    if not shown:
        return None
    title = f"{part.name.capitalize()}: {spec.title}" if part.name else spec.title
    panels = [panel for _, panel in shown]
    if glance:
        return arrange.glance(title, panels, [_share(entry, panel) for entry, panel in shown])
    return arrange.charts(title, panels, collapsed=collapsed)


def is_glance(spec: SectionSpec) -> bool:
    """Whether a section holds figures rather than courses: stats, gauges, objectives, states, perhaps a table."""
    courses = sum(_is_course(entry) for entry in spec.panels)
    figures = sum(entry.as_ in FIGURES or entry.objective is not None for entry in spec.panels)
    return not courses and figures > 0


def _share(entry: Panel, panel: parts.Panel) -> float:
    """How much room a panel gets in a line of figures: one, twice as much for a timeline, or as its width says."""
    usual = 2.0 if panel.kind == "state-timeline" else 1.0
    return entry.width / arrange.GLANCE_HEIGHT if entry.width else usual


def _is_course(entry: Panel) -> bool:
    drawn = any(subject is not None for subject in (entry.indicator, entry.metric, entry.logql))
    return entry.as_ in COURSES or (drawn and entry.as_ is None) or entry.logs is not None or entry.alerts == "history"


def _panel(stack: Stack, service: Watched, entry: Panel, part: Part, *, glance: bool) -> parts.Panel | None:
    made = _made(stack, service, entry, part, glance=glance)
    return made.sized(entry.width) if made is not None and entry.width else made


def _made(stack: Stack, service: Watched, entry: Panel, part: Part, *, glance: bool) -> parts.Panel | None:
    title, description = entry.title or "", entry.description or ""
    if entry.indicator is not None:
        key = f"{part.name}.{entry.indicator}" if part.name else entry.indicator
        if key not in service.indicators:  # one on log lines, where nobody keeps lines
            return None
        shown = subject(service, key, entry.split)
        as_figure = glance and entry.as_ == "state" and not shown.spec.by
        return indicator_panel(shown, "stat" if as_figure else entry.as_, title, description)
    if entry.metric is not None:
        metric = part.metrics[entry.metric]
        every = slow_interval(stack.spec.pace, stack.spec.defaults.evaluation).seconds if part is service.own else 0
        named = title or metric.help.rstrip(".")
        return metric_panel(Measured(entry.metric, metric, part, entry.split, named, every), entry.as_)
    if entry.objective is not None:
        return _objective(service, entry.objective, title, course=entry.as_ == "timeseries")
    if entry.logql is not None:
        return log_panels.asked(service, entry.logql, entry.as_, title, description) if stack.enabled("loki") else None
    if entry.alerts is not None:
        return _alerts(service, entry.alerts, title, glance=glance)
    return _logs(stack, service, entry.logs or "all", title)


def _objective(service: Watched, name: str, title: str, *, course: bool) -> parts.Panel | None:
    found = next((bound for bound in service.objectives if bound.objective.name == name), None)
    if found is None:
        return None
    make = objective_panels.budget_course if course else objective_panels.budget_left
    return make(found, title)


def _alerts(service: Watched, which: str, title: str, *, glance: bool) -> parts.Panel:
    matchers = f'service="{service.name}"'
    if which == "history":
        return alert_panels.history(title or "Alerts over time", matchers)
    if glance:
        return alert_panels.count(title or "Alerts firing", matchers)
    return alert_panels.firing(title or "Firing now", matchers)


def _logs(stack: Stack, service: Watched, what: str, title: str) -> parts.Panel | None:
    logs = service.spec.logs
    return (
        log_panels.lines(service, logs, what, title)
        if logs is not None and log_panels.has_logs(stack, service)
        else None
    )
