"""The dashboards that a service's file describes, each the answer to its question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import of_service, sections
from spec.names import own_dashboard

if TYPE_CHECKING:
    from dashboards.board import Board
    from spec.service import DashboardSpec
    from spec.stack import Stack, Watched


def build(stack: Stack, service: Watched, spec: DashboardSpec) -> Board | None:
    """One dashboard without the sections of which nothing can be shown (logs without Loki); None when none is left."""
    made = (sections.section(stack, service, entry, service.own) for entry in spec.sections)
    shown = tuple(entry for entry in made if entry is not None)
    if not shown:
        return None
    return of_service.dashboard(
        stack,
        service,
        title=spec.title,
        uid=own_dashboard(service.name, spec.name),
        description=spec.question,
        sections=shown,
        tag="service",
    )
