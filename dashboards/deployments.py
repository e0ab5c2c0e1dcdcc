"""The deployments of a service: is the newest one better or worse than what was before?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dashboards import arrange, topic_page
from dashboards.indicator_panels import chart
from dashboards.subject import subject

if TYPE_CHECKING:
    from dashboards.board import Board
    from dashboards.topics import Content
    from spec.stack import Stack, Watched

SIGNALS: tuple[Literal["errors", "latency", "traffic"], ...] = ("errors", "latency", "traffic")


def build(stack: Stack, service: Watched, content: Content) -> Board:
    """The page, over a day: the time before a deployment is what it is compared with."""
    signals = [key for signal in SIGNALS if (key := service.spec.golden.get(signal))]
    return topic_page.dashboard(
        stack,
        service,
        "deployments",
        question=f"Is the newest deployment of {service.spec.title} better or worse than the one before?",
        sections=(
            topic_page.glance(service, content),
            topic_page.courses(service, content, "Against before"),
            arrange.charts("What users saw", tuple(chart(subject(service, key)) for key in signals)),
            topic_page.by_kind(service, content, "Deployments and gates"),
            topic_page.alerts(service, content),
            topic_page.lines(stack, service, "deployments"),
        ),
        time_from="now-24h",
    )
