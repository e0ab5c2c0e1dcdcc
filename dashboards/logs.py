"""The logs of all services: what they say, how much of it is bad, and who has fallen silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import arrange, log_panels, panels
from dashboards.of_service import HOME
from dashboards.parts import Query, Threshold, alert_annotation, choice, free_text
from dashboards.shades import shades
from spec.names import LOGS_DASHBOARD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.parts import Panel
    from spec.logs import Logs
    from spec.stack import Stack

CHOSEN = 'service=~"$service", level=~"$level", category=~"$category"'
BAD = 'level=~"{}"'.format("|".join(log_panels.BAD_LEVELS))
SPAN = "5m"
NO_ERRORS = "no errors"


def build(stack: Stack) -> Board | None:
    """The dashboard; None when no service writes logs, or nobody keeps them."""
    writing = [(service.name, logs) for service in stack.services if (logs := service.spec.logs)]
    if not writing or not stack.enabled("loki"):
        return None
    names = tuple(name for name, _ in writing)
    return panels.dashboard(
        title="Logs: What Do the Services Say?",
        uid=LOGS_DASHBOARD,
        description="What do the services say, how much of it is bad, and who has fallen silent?",
        tags=("specola", "home"),
        variables=(
            choice("service", "Service", names, multi=True, every=True),
            choice("level", "Level", _levels(logs for _, logs in writing), multi=True, every=True),
            choice("category", "Category", _categories(writing), multi=True, every=True, all_value=".*"),
            free_text("search", "Search in logs"),
        ),
        links=(HOME,),
        related=("overview",),
        annotations=(alert_annotation('service=~"$service", severity=~"critical|high"'),),
        time_from="now-1h",
        sections=(
            arrange.glance("", _glance(len(names))),
            arrange.charts("How many lines", (_by_level(), _by_service(names), _errors(names), _errors_by_category())),
            *_durations([logs for _, logs in writing]),
            arrange.charts("Lines", (_lines([logs for _, logs in writing]),)),
        ),
    )


def _levels(all_logs: Iterable[Logs]) -> tuple[str, ...]:
    """Every level that some service writes, from the least to the worst."""
    used = {level for logs in all_logs for level in logs.levels}
    return tuple(level for level in log_panels.LEVEL_COLOURS if level in used)


def _categories(writing: Iterable[tuple[str, Logs]]) -> tuple[str, ...]:
    return tuple(sorted({entry.name for _, logs in writing for entry in logs.categories}))


def _glance(services: int) -> tuple[Panel, ...]:
    talking = f"count(count by (service) (count_over_time({{{CHOSEN}}}[{SPAN}])))"
    return (
        _figure(
            "Services that log", talking, f"How many of {services} services wrote a line in the last five minutes."
        ),
        _figure("Lines a second", f"sum(rate({{{CHOSEN}}}[{SPAN}]))", "All lines of the chosen services.", "/s"),
        _figure(
            "Errors a minute",
            f"60 * sum(rate({{{CHOSEN}, {BAD}}}[{SPAN}])) or vector(0)",
            "Lines of the levels ERROR, CRITICAL and FATAL.",
            "/min",
        ),
        panels.stat(
            title="Share of errors",
            description="The share of lines of the levels ERROR, CRITICAL and FATAL.",
            queries=(
                Query(
                    f"(sum(rate({{{CHOSEN}, {BAD}}}[{SPAN}])) or vector(0)) / sum(rate({{{CHOSEN}}}[{SPAN}]))",
                    "errors",
                    datasource="loki",
                ),
            ),
            unit="ratio",
            decimals=1,
            thresholds=(Threshold(0.1, "medium"),),
        ),
        _figure(
            "Bytes a second", f"sum(bytes_rate({{{CHOSEN}}}[{SPAN}]))", "What the chosen services write.", "bytes/s"
        ),
    )


def _figure(title: str, expr: str, description: str, unit: str = "") -> Panel:
    return panels.stat(
        title=title,
        description=description,
        queries=(Query(expr, title, datasource="loki"),),
        unit=unit,
        decimals=1 if unit else 0,
    )


def _by_level() -> Panel:
    return _counted("Lines by level", "level", f"{{{CHOSEN}}} {log_panels.SEARCH}", log_panels.LEVEL_COLOURS)


def _by_service(names: tuple[str, ...]) -> Panel:
    return _counted("Lines by service", "service", f"{{{CHOSEN}}} {log_panels.SEARCH}", shades(names))


def _errors(names: tuple[str, ...]) -> Panel:
    selector = f"{{{CHOSEN}, {BAD}}} {log_panels.SEARCH}"
    return _counted("Errors by service", "service", selector, shades(names), NO_ERRORS)


def _errors_by_category() -> Panel:
    selector = f"{{{CHOSEN}, {BAD}}} {log_panels.SEARCH}"
    return _counted("Errors by category", "category", selector, empty=NO_ERRORS)


def _durations(all_logs: Iterable[Logs]) -> tuple[Section, ...]:
    """How long it took what the lines tell of, as they say themselves; nothing where no service logs a duration."""
    fields = sorted({logs.fields.duration for logs in all_logs if logs.fields.duration in logs.metadata})
    if not fields:
        return ()
    queries = tuple(Query(_quantile(field), "{{service}}", datasource="loki") for field in fields if field)
    panel = panels.timeseries(
        title="How long it took (p95)",
        description="The time that 95 of 100 lines with a duration stay under, as the lines themselves say it.",
        queries=queries,
        unit="seconds",
        empty="no durations",
    )
    return (arrange.charts("Durations in the lines", (panel,)),)


def _quantile(field: str) -> str:
    seconds = 0.001 if field.endswith("_ms") else 1
    lines = f'{{{CHOSEN}}} | {field} != "" | unwrap {field} | __error__ = ""'
    return f"{seconds} * quantile_over_time(0.95, {lines} [$__interval]) by (service)"


def _counted(title: str, by: str, selector: str, colours: Mapping[str, str] | None = None, empty: str = "") -> Panel:
    legend = " ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    return panels.timeseries(
        title=title,
        description="How many lines came, of those chosen above.",
        queries=(Query(f"sum by ({by}) (count_over_time({selector} [$__interval]))", legend, datasource="loki"),),
        draw="bars",
        stack="normal",
        colours=colours or {},
        decimals=0,
        empty=empty,
    )


def _lines(all_logs: Iterable[Logs]) -> Panel:
    return panels.logs(
        title="Lines",
        description="The newest lines of those chosen above. A click on one shows all its fields.",
        query=Query(f"{{{CHOSEN}}} {log_panels.SEARCH}{log_panels.shaped(all_logs)}", datasource="loki"),
        height=16,
    )
