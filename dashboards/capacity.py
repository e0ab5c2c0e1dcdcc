"""The room a service has: what runs out first, and when?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import arrange, sections, time_left, topic_page
from dashboards.subject import subject
from spec.indicator import Forecast
from spec.time_left import limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.subject import Subject
    from dashboards.topics import Content
    from spec.stack import Stack, Watched

HOST = "node"
"""The pack of the exporter that watches the service's host."""


def build(stack: Stack, service: Watched, content: Content) -> Board:
    """The page, over a day: a longer time shows nothing of a stack that has just begun."""
    shown = set(content.indicators)
    room = [(bound, alert) for bound, alert in limited(service) if bound.key in shown or bound.part.pack == HOST]
    return topic_page.dashboard(
        stack,
        service,
        "capacity",
        question=f"What does {service.spec.title} run out of first, and when?",
        sections=(
            topic_page.glance(
                service, content, *(time_left.left(service, *entry) for entry in room[: topic_page.FIGURES])
            ),
            topic_page.courses(service, content, "In use and ahead"),
            arrange.charts("Growth", [time_left.growth(one) for one in _forecasts(service, content)]),
            topic_page.by_kind(service, content),
            *_host(stack, service),
            topic_page.alerts(service, content),
        ),
        time_from="now-24h",
    )


def _forecasts(service: Watched, content: Content) -> Iterator[Subject]:
    """Of the service and of its host."""
    for key, bound in service.indicators.items():
        if isinstance(bound.spec, Forecast) and (key in content.indicators or bound.part.pack == HOST):
            yield subject(service, key)


def _host(stack: Stack, service: Watched) -> Iterator[Section]:
    for part in service.parts:
        if part.pack == HOST:
            for spec in part.sections:
                if shown := sections.section(stack, service, spec, part, collapsed=True):
                    yield shown
