"""Indicators on log lines: against what the service says of its lines, and against Loki, which makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.log_series import BY
from spec.logs import log_kind
from spec.names import LOGS_PART
from spec.references.finding import Finding, Path, unknown
from spec.references.indicators import named_indicators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.logs import LogIndicator, Logs
    from spec.root import StackSpec

LEFT_OUT = ("alerts", "dashboards")
"""Parts of a service file of which those on log lines are left out where nobody keeps lines."""


def log_indicators(spec: StackSpec) -> Iterator[Finding]:
    """Every level, category and field that an indicator on lines names exists, and so do the labels to keep."""
    for service, given in spec.services.items():
        if given.logs is not None:
            at = ("services", service, "logs")
            for name, indicator in given.logs.indicators.items():
                yield from _indicator(given.logs, indicator, (*at, "indicators", name))
            yield from _one_series(given.logs, at)


def _one_series(logs: Logs, at: Path) -> Iterator[Finding]:
    """Indicators that differ in - and _ alone would be recorded under one name."""
    first: dict[str, str] = {}
    for name in logs.indicators:
        other = first.setdefault(name.replace("-", "_"), name)
        if other != name:
            yield (*at, "indicators", name), f"{name!r} and {other!r} would be one series", "choose another name"


def without_loki(spec: StackSpec) -> Iterator[Finding]:
    """What a service promises or is judged by is not made of lines that nobody keeps. Alerts and panels on lines are
    left out where Loki is switched off."""
    if spec.components.loki.enabled:
        return
    for name, service in spec.services.items():
        for path, key in named_indicators(service):
            if path[0] not in LEFT_OUT and key.startswith(f"{LOGS_PART}."):
                message = f"{key} is made by Loki, which is switched off"
                yield ("services", name, *path), message, "switch components.loki on, or take another indicator"


def _indicator(logs: Logs, indicator: LogIndicator, path: Path) -> Iterator[Finding]:
    kind = log_kind(indicator) or ""
    lines = getattr(indicator, kind)
    categories = [category.name for category in logs.categories]
    if lines.category is not None and lines.category not in categories:
        yield (*path, kind, "category"), *unknown("log category", lines.category, categories)
    for index, level in enumerate(lines.levels):
        at = (*path, kind, "levels", index)
        if level not in logs.levels:
            yield at, *unknown("log level", level, logs.levels)
        elif level in logs.drop:
            yield at, f"lines of level {level} are dropped before they arrive", "remove it from drop:, or from here"
    field = getattr(lines, "field", None)
    if field is not None and field not in logs.metadata:
        yield (*path, kind, "field"), *unknown("field of the lines", field, logs.metadata)
    for index, label in enumerate(indicator.by):
        if label not in BY:
            yield (*path, "by", index), *unknown("label of log lines", label, BY)
