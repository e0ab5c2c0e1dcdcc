"""The history of alerts: how often they fired in a day, a week and a month, how long it took, which ones are noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import alert_panels, arrange, look, panels
from dashboards.of_service import HOME
from dashboards.parts import Column, Query, choice, drill_down, label_values
from dashboards.shades import shades
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES
from spec.names import HISTORY_DASHBOARD, SEVERITIES, overview_dashboard

if TYPE_CHECKING:
    from dashboards.board import Board
    from dashboards.parts import Link, Panel
    from spec.stack import Stack

SPANS = (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"))
CHOSEN = '{service=~"$service", severity=~"$severity"}'
NOISIEST = 10
A_DAY = "1d"


def build(stack: Stack) -> Board:
    """The dashboard. It reads records of minutes, not `ALERTS`, which has a sample for every evaluation."""
    return panels.dashboard(
        title="Alert History: Which Alerts Are Noise?",
        uid=HISTORY_DASHBOARD,
        description="How often did alerts fire, how long did it take until they were resolved, and which are noise?",
        tags=("specola", "home"),
        variables=(
            label_values("service", "Service", 'up{service!=""}', multi=True, every=True),
            choice("severity", "Severity", SEVERITIES, multi=True, every=True),
        ),
        links=(HOME,),
        related=("alerts",),
        time_from="now-30d",
        refresh="5m",
        sections=(
            arrange.glance("", [make(span, said) for make in (_times, _to_resolve) for span, said in SPANS]),
            *(arrange.charts(f"Noisiest in {said}", (_noisiest(span, said),)) for span, said in SPANS),
            arrange.charts("Day by day", (_a_day(), _hours_a_day(stack))),
            arrange.charts("Who was told", (_told(),)),
        ),
    )


def _times(span: str, said: str) -> Panel:
    return panels.stat(
        title=f"Alerts in {said}",
        description=f"How often alerts began to fire in the last {said}.",
        queries=(Query(f"sum(sum_over_time({FIRED_TIMES}{CHOSEN}[{span}])) or vector(0)", "times"),),
        decimals=0,
    )


def _to_resolve(span: str, said: str) -> Panel:
    seconds = f"sum(sum_over_time({FIRED_SECONDS}{CHOSEN}[{span}]))"
    return panels.stat(
        title=f"To resolve, {said}",
        description=f"How long an alert fired, on average of the last {said}; alerts that still fire are included.",
        queries=(Query(f"{seconds} / sum(sum_over_time({FIRED_TIMES}{CHOSEN}[{span}]))", "time to resolve"),),
        unit="seconds",
        decimals=1,
        empty=alert_panels.NONE_FIRED,
    )


def _noisiest(span: str, said: str) -> Panel:
    """The alerts which fired longest in a span, how often, and how long each time."""
    seconds, times = (f"sum_over_time({record}{CHOSEN}[{span}])" for record in (FIRED_SECONDS, FIRED_TIMES))
    return panels.table(
        title=f"Noisiest in {said}",
        description=f"The alerts that fired longest in the last {said}: mend what is wrong, or the alert.",
        queries=(Query(f"topk({NOISIEST}, {seconds})"), Query(times), Query(f"{seconds} / {times}")),
        columns=(
            Column("severity", "Severity", meanings=alert_panels.SEVERITY_MEANINGS, width=100),
            Column("service", "Service", width=160, link=_to_service()),
            Column("alertname", "Alert", link=_to_alerts()),
            Column("A", "Fired for", "seconds", 1, width=120),
            Column("B", "Times", decimals=0, width=90),
            Column("C", "Time to resolve", "seconds", 1, width=140),
        ),
        sort_by="Fired for",
        descending=True,
        empty=alert_panels.NONE_FIRED,
        height=8,
    )


def _a_day() -> Panel:
    return panels.timeseries(
        title="Alerts a day",
        description="How often alerts of each severity began to fire, each day.",
        queries=(Query(f"sum by (severity) (sum_over_time({FIRED_TIMES}{CHOSEN}[{A_DAY}]))", "{{severity}}"),),
        draw="bars",
        stack="normal",
        interval=A_DAY,
        colours={name: look.SEVERITY_COLOURS[name] for name in SEVERITIES},
        decimals=0,
        empty=alert_panels.NONE_FIRED,
    )


def _hours_a_day(stack: Stack) -> Panel:
    return panels.timeseries(
        title="Time with firing alerts a day",
        description="How long alerts of each service fired each day, all of them added up.",
        queries=(Query(f"sum by (service) (sum_over_time({FIRED_SECONDS}{CHOSEN}[{A_DAY}]))", "{{service}}"),),
        draw="bars",
        stack="normal",
        interval=A_DAY,
        colours=shades(service.name for service in stack.services),
        unit="seconds",
        empty=alert_panels.NONE_FIRED,
    )


def _told() -> Panel:
    """Every receiver and alert of the last thirty days, and how long ago the last message about it was."""
    labels = "alert_severity, alert_service, alert, receiver"
    last = f'max by ({labels}) (specola_notification_timestamp_seconds{{status="firing"}})'
    return panels.table(
        title="Who was told of what",
        description="Each receiver that was told of an alert in the last 30 days, and when last; the inbox keeps it.",
        queries=(Query(f"time() - ({last} > time() - {30 * 86_400})"),),
        columns=(
            Column("alert_severity", "Severity", meanings=alert_panels.SEVERITY_MEANINGS, width=100),
            Column("alert_service", "Service", width=160, link=_to_service()),
            Column("alert", "Alert", link=_to_alerts()),
            Column("receiver", "Receiver"),
            Column("A", "Told before", "seconds", 0, width=140),
        ),
        sort_by="Told before",
        empty=alert_panels.NONE_FIRED,
        height=10,
    )


def _to_service() -> Link:
    return drill_down("Overview of the service", overview_dashboard("${__value.raw}"), keep=())


def _to_alerts() -> Link:
    return drill_down("The alerts of the service", "${__data.fields.Service}-alerts", keep=())
