"""Objectives of all services: what is left of every error budget, and how fast it burns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import arrange, look, panels
from dashboards.objective_panels import LITTLE_LEFT
from dashboards.of_service import HOME
from dashboards.parts import Column, Query, Threshold, alert_annotation, drill_down, label_values
from spec.expr import number
from spec.names import SLOS_DASHBOARD
from spec.objectives import BUDGET, BUDGET_LEFT, BURN_RATE, EXHAUSTED_IN, OBJECTIVE, PAIRS, error_ratio
from spec.scalars import Duration

if TYPE_CHECKING:
    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.parts import Panel
    from spec.stack import Stack

CHOSEN = '{service=~"$service", slo=~"$slo"}'
LEGEND = "{{service}} {{slo}}"
HIGHEST = 20
YEAR = 31_536_000.0
"""In seconds. A budget that lasts longer has no end worth naming."""
HOUR, DAY = Duration.parse("1h"), Duration.parse("1d")
USUAL_WINDOW = Duration.parse("30d")
FASTEST = max(pair.factor(USUAL_WINDOW) for pair in PAIRS)
"""The burn rate at which the most urgent alert on an objective over 30 days fires."""


def build(stack: Stack) -> Board | None:
    """The dashboard; None when no service has an objective."""
    if not any(service.objectives for service in stack.services):
        return None
    return panels.dashboard(
        title="Service Level Objectives",
        uid=SLOS_DASHBOARD,
        description="Do we keep what we promise, and for how long still?",
        tags=("specola", "home"),
        variables=(
            label_values("service", "Service", BUDGET_LEFT, multi=True, every=True),
            label_values("slo", "Objective", f'{BUDGET_LEFT}{{service=~"$service"}}', multi=True, every=True),
        ),
        links=(HOME,),
        related=("overview",),
        annotations=(alert_annotation('category="slo", service=~"$service"'),),
        time_from="now-24h",
        sections=_sections(sum(len(service.objectives) for service in stack.services)),
    )


def _sections(count: int) -> tuple[Section, ...]:
    return (
        arrange.glance("", _glance()),
        arrange.charts("Objectives", (_table(count),)),
        arrange.charts("Budgets", (_course("Error budget left", BUDGET_LEFT, *LITTLE_LEFT[1:]), _burning())),
        arrange.charts("Errors", (_errors("1h", HOUR), _errors("1d", DAY))),
    )


def _glance() -> tuple[Panel, ...]:
    return (
        _stat("Objectives", f"count({BUDGET_LEFT}{CHOSEN})", "How many promises are watched."),
        _stat(
            "Broken",
            f"count({BUDGET_LEFT}{CHOSEN} < 0) or vector(0)",
            "Objectives with nothing left of their error budget.",
            Threshold(1, "critical"),
        ),
        _stat(
            "Burning too fast",
            f"count({BURN_RATE}{CHOSEN} > 1) or vector(0)",
            "Objectives that would break if the last hour went on.",
            Threshold(1, "medium"),
        ),
        panels.stat(
            title="Least budget left",
            description="What is left of the error budget that is nearest to its end.",
            queries=(Query(f"min({BUDGET_LEFT}{CHOSEN})", "budget left"),),
            trend=True,
            unit="ratio",
            decimals=1,
            thresholds=LITTLE_LEFT,
        ),
    )


def _stat(title: str, expr: str, description: str, *thresholds: Threshold) -> Panel:
    return panels.stat(
        title=title,
        description=description,
        queries=(Query(expr, title),),
        decimals=0,
        trend=bool(thresholds),
        thresholds=thresholds,
    )


def _table(count: int) -> Panel:
    """A line for each of the objectives, as high as they need."""
    to_overview = drill_down("Overview of the service", "${__value.raw}-overview", keep=())
    return panels.table(
        title="Every objective",
        description="The promise, errors of the last hour, how fast the budget burns, what is left, how long it lasts.",
        queries=(
            Query(f"{OBJECTIVE}{CHOSEN}"),
            Query(f"{error_ratio(HOUR)}{CHOSEN}"),
            Query(f"{BURN_RATE}{CHOSEN}"),
            Query(f"{BUDGET_LEFT}{CHOSEN}"),
            Query(f"{EXHAUSTED_IN}{CHOSEN} < {number(YEAR)}"),
        ),
        columns=(
            Column("service", "Service", link=to_overview),
            Column("slo", "Objective"),
            Column("A", "Promise", "ratio", 2, width=110),
            Column("B", "Errors, 1 h", "ratio", 3, width=120),
            Column("C", "Burn rate, 1 h", "", 2, (Threshold(1, "medium"), Threshold(FASTEST, "critical")), width=130),
            Column("D", "Budget left", "ratio", 1, LITTLE_LEFT, width=120),
            Column("E", "Used up in", "duration", width=260),
        ),
        sort_by="Budget left",
        height=min(3 + count, HIGHEST),
    )


def _course(title: str, series: str, *thresholds: Threshold) -> Panel:
    return panels.timeseries(
        title=title,
        description="1 is the whole budget, 0 none: the promise is broken below.",
        queries=(Query(f"{series}{CHOSEN}", LEGEND),),
        legend="table",
        legend_side="right",
        calcs=("lastNotNull",),
        unit="ratio",
        thresholds=thresholds,
        headroom=False,
    )


def _burning() -> Panel:
    limits = {pair.factor(USUAL_WINDOW): "critical" if pair.speed == "fast" else "medium" for pair in PAIRS}
    return panels.timeseries(
        title="Burn rate of the last hour",
        description="1 uses up the budget exactly in the objective's window. Lines: where alerts begin (30 days).",
        queries=(Query(f"{BURN_RATE}{CHOSEN}", LEGEND),),
        legend="table",
        legend_side="right",
        calcs=("lastNotNull",),
        decimals=2,
        thresholds=(Threshold(1, look.OBJECTIVE), *(Threshold(value, severity) for value, severity in limits.items())),
        headroom=False,
    )


def _errors(said: str, window: Duration) -> Panel:
    return panels.timeseries(
        title=f"Errors against the budget, over {said}",
        description="The share of bad events against the share that the objective allows: above 1 it burns too fast.",
        queries=(Query(f"{error_ratio(window)}{CHOSEN} / {BUDGET}{CHOSEN}", LEGEND),),
        legend="table",
        legend_side="right",
        calcs=("lastNotNull", "max"),
        decimals=2,
        thresholds=(Threshold(1, look.OBJECTIVE),),
    )
