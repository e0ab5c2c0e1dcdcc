"""Where in the spec a panel comes from: for errors that only show when Grafana asks what the panel asks.

A rendered panel does not say it. Its title does: it is that of the indicator, the alert or the objective it shows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.validate.dashboards import place as board_place
from spec.indicator import PromQL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.service import Panel
    from spec.stack import Bound, SpecPath, Stack, Watched

_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_ENDING = re.compile(r"_(bucket|sum|count)$")
_BETWEEN = ": "


def place(stack: Stack, uid: str, title: str, expr: str) -> SpecPath:
    """What a panel of the dashboard with this uid shows; the dashboard's own place when it is nothing in particular."""
    board = board_place(stack, uid)
    service = stack.by_name.get(str(board[1])) if board[:1] == ("services",) else None
    if service is None:
        return _metric(stack.services, expr) or board
    return _of_own(service, board, title) or _named(service, title) or _metric((service,), expr) or board


def _of_own(service: Watched, board: SpecPath, title: str) -> SpecPath:
    """The panel of a dashboard that stands in the service's file, by its title, or the indicator that it shows."""
    if len(board) < 4:
        return ()
    for section, row in enumerate(service.spec.dashboards[int(board[3])].sections):
        for number, panel in enumerate(row.panels):
            if title in _titles(service, panel):
                entry = (*board, "sections", section, "panels", number)
                shown = service.indicators.get(panel.indicator or "")
                return _said(shown) if shown else (*entry, "logql") if panel.logql else entry
    return ()


def _titles(service: Watched, panel: Panel) -> Iterator[str]:
    """What a panel may be called: by itself, or after what it shows."""
    if panel.title:
        yield from (panel.title, f"{panel.title}: budget left")
    elif panel.indicator is not None and panel.indicator in service.indicators:
        yield service.indicators[panel.indicator].title
    elif panel.metric is not None and panel.metric in service.spec.metrics:
        yield service.spec.metrics[panel.metric].help.rstrip(".")


def _named(service: Watched, title: str) -> SpecPath:
    """What the title names, as in `HighErrorRate: Errors`, `Availability: budget left` or `Response time: Latency`."""
    first, _, rest = title.partition(_BETWEEN)
    alerts = {bound.alert.name: bound.origin for bound in service.alerts}
    alerts |= {bound.alert.name: bound.origin for bound in service.log_alerts}
    objectives = {
        bound.objective.title or bound.objective.name.replace("-", " ").capitalize(): bound.origin
        for bound in service.objectives
    }
    shown = {bound.title: bound for bound in reversed(tuple(service.indicators.values()))}
    if rest and (found := alerts.get(first) or objectives.get(first)):
        return found
    bound = shown.get(title) or shown.get(rest)
    return _said(bound) if bound else ()


def _said(bound: Bound) -> SpecPath:
    """An indicator, or where it is an expression, that."""
    return (*bound.origin, "promql") if isinstance(bound.spec, PromQL) else bound.origin


def _metric(services: tuple[Watched, ...], expr: str) -> SpecPath:
    """The first declared metric that the expression reads."""
    words = tuple(_WORD.findall(expr))
    for service in services:
        for word in (*words, *(_ENDING.sub("", word) for word in words)):
            if word in service.spec.metrics:
                return (*service.origin, "metrics", word)
    return ()
