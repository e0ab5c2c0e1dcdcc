"""The security of a service: is anybody trying the doors, and are they shut?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import arrange, panels, topic_page, topics
from dashboards.parts import Query
from dashboards.subject import subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.board import Board
    from dashboards.parts import Panel
    from dashboards.topics import Content
    from spec.stack import Stack, Watched


def build(stack: Stack, service: Watched, content: Content) -> Board:
    """The page, over a day."""
    return topic_page.dashboard(
        stack,
        service,
        "security",
        question=f"Is anybody trying the doors of {service.spec.title}, and are they shut?",
        sections=(
            topic_page.glance(service, content),
            topic_page.courses(service, content),
            arrange.charts("Doors", tuple(_doors(service))),
            topic_page.by_kind(service, content),
            topic_page.alerts(service, content),
            topic_page.lines(stack, service, "security"),
        ),
        time_from="now-24h",
    )


def _doors(service: Watched) -> Iterator[Panel]:
    """The probes that must be turned away without credentials."""
    doors = topics.closed_doors(service)
    if doors:
        selector = f'probe_success{{service="{service.name}", probe=~"{"|".join(doors)}"}}'
        yield panels.state_timeline(
            title="Closed doors",
            description="Whether each address that needs credentials turned away a question without them.",
            queries=(Query(f"min by (probe) ({selector})", "{{probe}}"),),
            meanings=subject(service, f"probe.{doors[0]}-up").meanings,
            width=24,
            height=max(4, 2 + len(doors)),
        )
