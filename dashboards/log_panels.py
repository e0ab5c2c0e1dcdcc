"""Panels of log lines, asked of Loki: the lines themselves, and how many come of which level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import look, panels
from dashboards.parts import Query, choice, free_text

if TYPE_CHECKING:
    from dashboards.parts import Panel, Variable
    from spec.logs import Logs
    from spec.stack import Stack, Watched

LEVEL_COLOURS = {
    "TRACE": look.GREY, "DEBUG": look.GREY, "INFO": look.SKY, "WARNING": look.ORANGE,
    "ERROR": look.VERMILION, "CRITICAL": look.PURPLE, "FATAL": look.PURPLE,
}  # fmt: skip
BAD_LEVELS = ("ERROR", "CRITICAL", "FATAL")
SECURITY_WORDS = ("security", "audit", "auth", "threat")
CHOSEN_LEVEL = 'level=~"$level"'
SEARCH = "|~ `(?i)$search`"


def has_logs(stack: Stack, service: Watched) -> bool:
    """Whether there are lines to show: the service writes some, and Loki keeps them."""
    return service.spec.logs is not None and stack.enabled("loki")


def variables(logs: Logs) -> tuple[Variable, ...]:
    """The choices which the panels of lines follow."""
    return (choice("level", "Level", logs.levels, multi=True, every=True), free_text("search", "Search in logs"))


def lines(service: Watched, logs: Logs, what: str = "all", title: str = "", *, width: int = 24) -> Panel:
    """The newest lines: all of the chosen levels, the errors, or those about security."""
    chosen = _chosen(service, logs, what)
    shaped = f' | json | line_format "{{{{.{logs.fields.message}}}}}"' if logs.format == "json" else ""
    headings = {"all": "Log", "errors": "Error log", "security": "Security log"}
    return panels.logs(
        title=title or headings[what],
        description=f"Lines of {service.spec.title}, the newest first. A click on one shows all its fields.",
        query=Query(f"{chosen} {SEARCH}{shaped}", datasource="loki"),
        empty="" if what == "all" else "no such lines",
        width=width,
    )


def volume(service: Watched, logs: Logs, *, width: int = 24) -> Panel:
    """How many lines of each level come."""
    return panels.timeseries(
        title="Log lines by level",
        description=f"How many lines of each level {service.spec.title} writes.",
        queries=(
            Query(
                f'sum by (level) (count_over_time({{service="{service.name}"}} {SEARCH} [$__interval]))',
                "{{level}}",
                datasource="loki",
            ),
        ),
        draw="bars",
        stack="normal",
        colours={level: LEVEL_COLOURS[level] for level in logs.levels},
        decimals=0,
        width=width,
        height=5,
    )


def _chosen(service: Watched, logs: Logs, what: str) -> str:
    bad = "|".join(level for level in logs.levels if level in BAD_LEVELS)
    guarded = "|".join(c.name for c in logs.categories if any(word in c.name for word in SECURITY_WORDS))
    narrow = {"errors": bad and f'level=~"{bad}"', "security": guarded and f'category=~"{guarded}"'}.get(what)
    return f'{{service="{service.name}", {narrow or CHOSEN_LEVEL}}}'
