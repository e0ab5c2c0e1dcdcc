"""What a service depends on and where it is asked from outside: whether each answers, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import panels
from dashboards.parts import Query
from dashboards.subject import subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.parts import Panel
    from spec.stack import Watched


def dependencies(service: Watched) -> Iterator[Panel]:
    """The state over time of every dependency that has a health indicator."""
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


def probes(service: Watched) -> Iterator[Panel]:
    """The state over time of every probe, and the time they took; nothing when there is no probe."""
    if not service.spec.probes:
        return
    one = f'{{service="{service.name}"}}'
    yield panels.state_timeline(
        title="Probes",
        description="Whether each question from outside got the expected answer in time.",
        queries=(Query(f"min by (probe) (probe_success{one})", "{{probe}}"),),
        meanings=subject(service, f"probe.{service.spec.probes[0].name}-up").meanings,
        width=12,
        height=8,
    )
    yield panels.timeseries(
        title="Time of probes",
        description="How long each question from outside took. Probes have alerts of their own on it.",
        queries=(Query(f"max by (probe) (probe_duration_seconds{one})", "{{probe}}"),),
        unit="seconds",
    )
