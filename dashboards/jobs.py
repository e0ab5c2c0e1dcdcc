"""The jobs of a service: do they get done, and how long do they wait?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import topic_page

if TYPE_CHECKING:
    from dashboards.board import Board
    from dashboards.topics import Content
    from spec.stack import Stack, Watched


def build(stack: Stack, service: Watched, content: Content) -> Board:
    """The page, over a day: jobs have their hours."""
    return topic_page.dashboard(
        stack,
        service,
        "jobs",
        question=f"Do the jobs of {service.spec.title} get done, and how long do they wait and take?",
        sections=(
            topic_page.glance(service, content),
            topic_page.courses(service, content),
            topic_page.by_kind(service, content),
            topic_page.alerts(service, content),
            topic_page.lines(stack, service, "jobs"),
        ),
        time_from="now-24h",
    )
