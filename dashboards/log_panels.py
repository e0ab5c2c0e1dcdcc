"""Panels of log lines, asked of Loki: the lines themselves, and how many come of which level."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from dashboards import look, panels
from dashboards.parts import Query, choice, free_text
from spec.log_query import is_lines, written

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_BY = re.compile(r"\bby\s*\(([^)]*)\)")


def has_logs(stack: Stack, service: Watched) -> bool:
    """Whether there are lines to show: the service writes some, and Loki keeps them."""
    return service.spec.logs is not None and stack.enabled("loki")


def variables(logs: Logs) -> tuple[Variable, ...]:
    """The choices which the panels of lines follow."""
    return (choice("level", "Level", logs.levels, multi=True, every=True), free_text("search", "Search in logs"))


def lines(
    service: Watched, logs: Logs, what: str = "all", title: str = "", *, categories: tuple[str, ...] = (),
    width: int = 24,
) -> Panel:  # fmt: skip
    """The newest lines: all of the chosen levels, the errors, those about security, or those of `categories`."""
    chosen = _chosen(service, logs, what, categories)
    shaped = f' | json | line_format "{{{{.{logs.fields.message}}}}}"' if logs.format == "json" else ""
    headings = {"all": "Log", "errors": "Error log", "security": "Security log"}
    return panels.logs(
        title=title or headings[what],
        description=f"Lines of {service.spec.title}, the newest first. A click on one shows all its fields.",
        query=Query(f"{chosen} {SEARCH}{shaped}", datasource="loki"),
        empty="" if what == "all" and not categories else "no such lines",
        width=width,
    )


def shaped(all_logs: Iterable[Logs]) -> str:
    """Makes of each line its service and its message, whatever the service calls that field; else it stays whole."""
    messages = " ".join(sorted({f".{logs.fields.message}" for logs in all_logs if logs.format == "json"}))
    return f' | json | line_format "{{{{.service}}}}: {{{{or {messages} __line__}}}}"' if messages else ""


def asked(service: Watched, text: str, shape: str | None, title: str, description: str) -> Panel:
    """What a query of the service's own file gives: lines, or numbers made of them. Either may be nothing."""
    query = written(service.name, text)
    said = description or f"What {service.spec.title} logs, as its file asks for it."
    if is_lines(query):
        return panels.logs(
            title=title, description=said, query=Query(query, datasource="loki"), empty="no such lines", width=24
        )
    grouped = _BY.search(query)
    labels = [label.strip() for label in grouped[1].split(",")] if grouped else []
    legend = " ".join(f"{{{{{label}}}}}" for label in labels if label) or title
    queries = (Query(query, legend, datasource="loki"),)
    if shape == "stat":
        return panels.stat(title=title, description=said, queries=queries, names=bool(grouped), empty="none")
    draw: Literal["bars", "line"] = "bars" if shape == "bars" else "line"
    return panels.timeseries(title=title, description=said, queries=queries, draw=draw, empty="no such lines")


def volume(service: Watched, logs: Logs, *, categories: tuple[str, ...] = (), width: int = 24) -> Panel:
    """How many lines of each level come, of all `categories` or of these."""
    narrow = f", {_any_of('category', categories)}" if categories else ""
    return panels.timeseries(
        title="Log lines by level",
        description=f"How many lines of each level {service.spec.title} writes.",
        queries=(
            Query(
                f'sum by (level) (count_over_time({{service="{service.name}"{narrow}}} {SEARCH} [$__interval]))',
                "{{level}}",
                datasource="loki",
            ),
        ),
        draw="bars",
        stack="normal",
        colours={level: LEVEL_COLOURS[level] for level in logs.levels},
        decimals=0,
        empty="no such lines" if categories else "",
        width=width,
        height=5,
    )


def _chosen(service: Watched, logs: Logs, what: str, categories: tuple[str, ...]) -> str:
    bad = tuple(level for level in logs.levels if level in BAD_LEVELS)
    guarded = tuple(c.name for c in logs.categories if any(word in c.name for word in SECURITY_WORDS))
    narrow = {"errors": _any_of("level", bad), "security": _any_of("category", guarded)}.get(what, "")
    if categories:
        narrow = f"{CHOSEN_LEVEL}, {_any_of('category', categories)}"
    return f'{{service="{service.name}", {narrow or CHOSEN_LEVEL}}}'


def _any_of(label: str, values: tuple[str, ...]) -> str:
    return f'{label}=~"{"|".join(values)}"' if values else ""
