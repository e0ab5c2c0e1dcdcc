"""The room of all services and hosts: what runs out first, and when?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import arrange, panels
from dashboards.of_service import HOME
from dashboards.parts import Column, Meaning, Query, Threshold, alert_annotation, drill_down, label_values
from dashboards.time_left import MONTH, NOT_IN_SIGHT, SOON, WEEK
from spec.names import CAPACITY_DASHBOARD, overview_dashboard
from spec.time_left import DAY, PART, RESOURCE, TIME_LEFT, limited

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboards.board import Board
    from dashboards.parts import Panel
    from spec.stack import Bound, Stack

CHOSEN = f'{TIME_LEFT}{{service=~"$service"}}'
MOST = 25
YEAR = 365 * DAY
LEGEND = f"{{{{service}}}} {{{{{RESOURCE}}}}} {{{{{PART}}}}}"
CLEAR = "transparent"
LINES = 10


def build(stack: Stack) -> Board | None:
    """The dashboard; None when nothing of the stack is forecast."""
    forecast = [bound for service in stack.services for bound, _ in limited(service)]
    if not forecast:
        return None
    return panels.dashboard(
        title="Capacity: What Runs Out First, and When?",
        uid=CAPACITY_DASHBOARD,
        description="What runs out first of all that is forecast, and when?",
        tags=("specola", "home"),
        variables=(label_values("service", "Service", 'up{service!=""}', multi=True, every=True),),
        links=(HOME,),
        related=("capacity",),
        annotations=(alert_annotation('service=~"$service", severity=~"critical|high"'),),
        time_from="now-24h",
        sections=(
            arrange.glance("", _glance(len(forecast))),
            arrange.charts("What runs out", (_first(forecast), _course())),
        ),
    )


def _glance(count: int) -> tuple[Panel, ...]:
    return (
        panels.stat(
            title="Runs out first in",
            description="The time until the first of all that is forecast reaches its limit.",
            queries=(Query(f"min({CHOSEN})", "time left"),),
            unit="duration",
            thresholds=SOON,
            empty=NOT_IN_SIGHT,
        ),
        _within("Run out within a week", WEEK, "high"),
        _within("Run out within 30 days", MONTH, "medium"),
        panels.stat(
            title="Growing",
            description=f"How many of {count} kinds of room shrink at all, on whatever host or disk.",
            queries=(Query(f"count({CHOSEN}) or vector(0)", "growing"),),
            decimals=0,
        ),
    )


def _within(title: str, seconds: int, severity: str) -> Panel:
    return panels.stat(
        title=title,
        description="How many of all that is forecast reach their limit by then.",
        queries=(Query(f"count({CHOSEN} < {seconds}) or vector(0)", "run out"),),
        decimals=0,
        thresholds=(Threshold(1, severity),),
    )


def _first(forecast: Iterable[Bound]) -> Panel:
    """A line for each of them, the first to run out on top."""
    titles = {bound.key: bound.title.partition(" in ")[0] for bound in forecast}
    to_service = drill_down("Overview of the service", overview_dashboard("${__value.raw}"), keep=())
    return panels.table(
        title="What runs out first",
        description="How long each lasts if growth goes on as it does. What stands still or shrinks is not listed.",
        queries=(Query(f"bottomk({MOST}, {CHOSEN})"),),
        columns=(
            Column("service", "Service", link=to_service, width=160),
            Column(RESOURCE, "What", meanings=tuple(Meaning(key, title, CLEAR) for key, title in titles.items())),
            Column(PART, "Of", width=300),
            Column("A", "Time left", "seconds", 1, SOON, width=120),
        ),
        sort_by="Time left",
        empty=NOT_IN_SIGHT,
        width=24,
    )


def _course() -> Panel:
    return panels.timeseries(
        title="Time left over time",
        description="A straight way down is steady growth, a jump upwards is new room. Beyond a year it says a year.",
        queries=(
            Query(
                f"clamp_max(bottomk({LINES}, {CHOSEN}), {YEAR}) / {DAY}",
                LEGEND,
            ),
        ),
        legend="table",
        legend_side="right",
        calcs=("lastNotNull",),
        unit="days",
        thresholds=tuple(entry._replace(value=entry.value / DAY) for entry in SOON),
        headroom=False,
        empty=NOT_IN_SIGHT,
        width=24,
    )
