"""Alerts of all services: what fires, who is concerned, and which alerts are worth their noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import alert_panels, arrange, panels
from dashboards.of_service import HOME
from dashboards.parts import Link, choice, drill_down, label_values
from spec.names import ALERTS_DASHBOARD, HISTORY_DASHBOARD, SEVERITIES

if TYPE_CHECKING:
    from dashboards.board import Board
    from spec.stack import Stack

CHOSEN = 'service=~"$service", severity=~"$severity"'


def build(_stack: Stack) -> Board:
    """The dashboard."""
    to_overview = drill_down("Overview of the service", "${__data.fields.Service}-overview", keep=())
    to_alert = drill_down("The alerts of the service", "${__data.fields.Service}-alerts", keep=())
    services = 'service=~"$service"'
    return panels.dashboard(
        title="Alerts",
        uid=ALERTS_DASHBOARD,
        description="What fires now, what fired before, and which alerts make noise?",
        tags=("specola", "home"),
        variables=(
            label_values("service", "Service", 'up{service!=""}', multi=True, every=True),
            choice("severity", "Severity", SEVERITIES, multi=True, every=True),
        ),
        links=(HOME, Link("History", f"/d/{HISTORY_DASHBOARD}")),
        related=("alerts",),
        time_from="now-24h",
        sections=(
            arrange.glance(
                "",
                (
                    alert_panels.count("Firing", CHOSEN),
                    *(
                        alert_panels.count(name.capitalize(), f'{services}, severity="{name}"', severity=name)
                        for name in SEVERITIES
                    ),
                    alert_panels.count("Pending", CHOSEN, state="pending", severity="low"),
                ),
            ),
            arrange.charts(
                "Now",
                (
                    alert_panels.firing(matchers=CHOSEN, service_link=to_overview, alert_link=to_alert, width=16),
                    alert_panels.by_severity(CHOSEN),
                ),
            ),
            arrange.charts(
                "Before",
                (
                    alert_panels.history("Alerts by service", CHOSEN, by="service", width=24),
                    alert_panels.history("Every alert", CHOSEN, by="service, alertname", width=24).sized(24, 12),
                    alert_panels.noisiest(CHOSEN),
                ),
            ),
        ),
    )
