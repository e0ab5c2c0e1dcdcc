"""The business of a service: what its owners earn their living with, against what is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import topic_page

if TYPE_CHECKING:
    from dashboards.board import Board
    from dashboards.topics import Content
    from spec.stack import Stack, Watched


def build(stack: Stack, service: Watched, content: Content) -> Board:
    """The page, over a day: business has its hours."""
    return topic_page.dashboard(
        stack,
        service,
        "business",
        question=f"Is the business of {service.spec.title} as usual?",
        sections=(
            topic_page.glance(service, content),
            topic_page.courses(service, content),
            topic_page.by_kind(service, content),
            topic_page.alerts(service, content),
            topic_page.lines(stack, service, "business"),
        ),
        time_from="now-24h",
    )
