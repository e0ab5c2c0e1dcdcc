"""What every dashboard of a service has in common: where it stands, links, choices, marks on the time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import log_panels, marks, panels
from dashboards.parts import Link
from spec.names import HOME_DASHBOARD, alerts_dashboard, overview_dashboard

if TYPE_CHECKING:
    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.parts import Variable
    from spec.stack import Stack, Watched

HOME = Link("Home", f"/d/{HOME_DASHBOARD}")


def dashboard(
    stack: Stack, service: Watched, *, title: str, uid: str, description: str, sections: tuple[Section, ...], tag: str,
    time_from: str = "now-6h",
) -> Board:  # fmt: skip
    """A dashboard of one service. It links to its overview and its alerts, and has a menu of all the others."""
    return panels.dashboard(
        title=title,
        uid=uid,
        description=description,
        sections=sections,
        tags=("specola", service.name, tag),
        variables=_variables(stack, service, sections),
        links=(
            HOME,
            Link("Overview", f"/d/{overview_dashboard(service.name)}"),
            Link("Alerts", f"/d/{alerts_dashboard(service.name)}"),
        ),
        related=(service.name,),
        annotations=marks.of_service(service),
        time_from=time_from,
    )


def _variables(stack: Stack, service: Watched, sections: tuple[Section, ...]) -> tuple[Variable, ...]:
    """The choices for panels of log lines, where there are such panels."""
    logs = service.spec.logs
    shown = any(panel.kind == "logs" for section in sections for panel in section.panels)
    return log_panels.variables(logs) if logs is not None and shown else ()
