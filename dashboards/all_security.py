"""The security of all services: is anybody trying the doors, where, and since when?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dashboards import alert_panels, arrange, log_panels, look, panels, topics
from dashboards.of_service import HOME
from dashboards.parts import Meaning, Query, Threshold, alert_annotation, drill_down, free_text, label_values
from dashboards.shades import shades
from spec.names import SECURITY_DASHBOARD, overview_dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.parts import Panel
    from spec.stack import Stack

ALERTS = 'category="security", service=~"$service"'
ABOUT: Literal["security"] = "security"
SHUT, OPEN = 1, 0


def build(stack: Stack) -> Board | None:
    """The dashboard; None when nothing of the stack is about security."""
    watched = any(bound.alert.category == ABOUT for service in stack.services for bound in service.alerts)
    doors = tuple(sorted({door for service in stack.services for door in topics.closed_doors(service)}))
    if not watched and not doors:
        return None
    return panels.dashboard(
        title="Security: Is Anybody Trying the Doors?",
        uid=SECURITY_DASHBOARD,
        description="Is anybody trying the doors of any service, where, and since when?",
        tags=("specola", "home"),
        variables=(
            label_values("service", "Service", 'up{service!=""}', multi=True, every=True),
            free_text("search", "Search in logs"),
        ),
        links=(HOME,),
        related=(ABOUT,),
        annotations=(alert_annotation(ALERTS),),
        time_from="now-24h",
        sections=tuple(_sections(stack, doors)),
    )


def _sections(stack: Stack, doors: tuple[str, ...]) -> Iterator[Section]:
    door = f'probe_success{{service=~"$service", probe=~"{"|".join(doors)}"}}'
    open_doors = panels.stat(
        title="Doors that stand open",
        description="Addresses that answered a question without credentials, or did not answer at all.",
        queries=(Query(f"count({door} == 0) or vector(0)", "open"),),
        decimals=0,
        thresholds=(Threshold(1, "critical"),),
    )
    yield arrange.glance(
        "",
        (
            alert_panels.count("Security alerts", ALERTS),
            *(
                alert_panels.count(f"Severity {name}", f'{ALERTS}, severity="{name}"', severity=name)
                for name in ("critical", "high")
            ),
            *((open_doors,) if doors else ()),
        ),
    )
    to_service = drill_down("Overview of the service", overview_dashboard("${__data.fields.Service}"), keep=())
    to_alert = drill_down("The alerts of the service", "${__data.fields.Service}-alerts", keep=())
    yield arrange.charts(
        "Alerts",
        (
            alert_panels.firing(matchers=ALERTS, service_link=to_service, alert_link=to_alert),
            alert_panels.history("Security alerts over time", ALERTS, by="service, alertname"),
        ),
    )
    if doors:
        yield arrange.charts("Doors", (_doors(door, len(doors)),))
    if lines := _lines(stack):
        yield arrange.charts("Log", lines)


def _doors(door: str, count: int) -> Panel:
    return panels.state_timeline(
        title="Closed doors",
        description="Whether each address that needs credentials turned away a question without them.",
        queries=(Query(f"min by (service, probe) ({door})", "{{service}} {{probe}}"),),
        meanings=(Meaning(SHUT, "shut", look.OK), Meaning(OPEN, "open", look.VERMILION)),
        width=24,
        height=min(12, max(5, 2 + count)),
    )


def _lines(stack: Stack) -> tuple[Panel, ...]:
    """The lines of every service's categories about security."""
    if not stack.enabled("loki"):
        return ()
    found = sorted({name for service in stack.services for name in topics.log_categories(service, ABOUT)})
    if not found:
        return ()
    logs = [service.spec.logs for service in stack.services if service.spec.logs]
    chosen = f'{{service=~"$service", category=~"{"|".join(found)}"}} {log_panels.SEARCH}'
    count = panels.timeseries(
        title="Lines about security, by service",
        description="How many lines of categories about security each service writes.",
        queries=(
            Query(f"sum by (service) (count_over_time({chosen} [$__interval]))", "{{service}}", datasource="loki"),
        ),
        draw="bars",
        stack="normal",
        colours=shades(service.name for service in stack.services if service.spec.logs),
        decimals=0,
        width=24,
        height=5,
    )
    lines = panels.logs(
        title="Lines about security",
        description="The newest lines of categories about security. A click on one shows all its fields.",
        query=Query(f"{chosen}{log_panels.shaped(logs)}", datasource="loki"),
    )
    return count, lines
