"""Databases, caches and whatever else a service needs: which of them is away, slow or full?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import arrange, reachable, sections, topic_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.topics import Content
    from spec.stack import Stack, Watched

STORES = ("redis",)
"""The packs of exporters which watch a dependency."""


def build(stack: Stack, service: Watched, content: Content) -> Board:
    """The page; what the exporters of the dependencies say of them stands below, to be opened."""
    states = tuple(reachable.dependencies(service))
    return topic_page.dashboard(
        stack,
        service,
        "dependencies",
        question=f"Which of the things that {service.spec.title} needs is away, slow or full?",
        sections=(
            topic_page.glance(service, content),
            arrange.charts("Who answers", [panel.sized(24, 3 + len(service.spec.dependencies)) for panel in states]),
            topic_page.courses(service, content),
            topic_page.by_kind(service, content),
            topic_page.alerts(service, content),
            topic_page.lines(stack, service, "dependencies"),
            *_exporters(stack, service),
        ),
    )


def _exporters(stack: Stack, service: Watched) -> Iterator[Section]:
    for part in service.parts:
        if part.pack in STORES:
            for spec in part.sections:
                if shown := sections.section(stack, service, spec, part, collapsed=True):
                    yield shown
