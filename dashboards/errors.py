"""The errors of a service: what fails, since when, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import arrange, objective_panels, topic_page
from dashboards.indicator_panels import chart
from dashboards.metric_panels import Measured, metric_panel
from dashboards.subject import subject
from spec.indicator import Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.board import Board
    from dashboards.parts import Panel
    from dashboards.topics import Content
    from spec.stack import Stack, Watched

MOST_SPLITS = 2
"""A golden error ratio by more labels than this is a search, and no overview."""


def build(stack: Stack, service: Watched, content: Content) -> Board:
    """The page; errors against the objectives stand before what they are made of."""
    promised = [bound for bound in service.objectives if bound.indicator.key in content.indicators]
    return topic_page.dashboard(
        stack,
        service,
        "errors",
        question=f"What fails in {service.spec.title}, since when, and for whom?",
        sections=(
            topic_page.glance(
                service, content, *(objective_panels.budget_left(bound, "Error budget left") for bound in promised[:1])
            ),
            topic_page.courses(service, content, "What fails"),
            arrange.charts("For whom", tuple(_for_whom(service))),
            topic_page.by_kind(service, content),
            arrange.charts("Objectives", [objective_panels.errors_against_objective(bound) for bound in promised]),
            topic_page.alerts(service, content),
            topic_page.lines(stack, service, "errors"),
        ),
    )


def _for_whom(service: Watched) -> Iterator[Panel]:
    """The events that the error ratio is a part of: by the label that tells good from bad, and the ratio by others."""
    key = service.spec.golden.get("errors", "")
    bound = service.indicators.get(key)
    if bound is None or not isinstance(bound.spec, Ratio) or bound.part is not service.own:
        return
    of = bound.spec.ratio.of
    metric = service.own.metrics[of.metric]
    telling = {matcher.label for matcher in of.matchers}
    for label in metric.labels:
        if label in telling:
            title = f"{metric.help.rstrip('.')} by {label}"
            yield metric_panel(Measured(of.metric, metric, service.own, (label,), title))
    for label in [name for name in metric.labels if name not in (*telling, *bound.spec.by)][:MOST_SPLITS]:
        yield chart(subject(service, key, (label,)), f"{bound.title} by {label}")
