"""The rules by which Loki's ruler makes series of indicators on log lines, and writes them to Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.rule import Recording
from spec.log_series import expression, record, window
from spec.names import LOGS_PART

if TYPE_CHECKING:
    from spec.stack import Stack, Watched


def log_recordings(stack: Stack, service: Watched) -> tuple[Recording, ...]:
    """A rule for each indicator on lines of a service; none where nobody keeps lines."""
    logs = service.spec.logs
    if logs is None or not logs.indicators or not any(part.name == LOGS_PART for part in service.parts):
        return ()
    rules = []
    for name, indicator in logs.indicators.items():
        over = window(stack.spec, indicator)
        bound = service.indicators[f"{LOGS_PART}.{name}"]
        series = record(name, indicator, over)
        rules.append(Recording(series, expression(service.name, indicator, over), {}, bound.origin))
    return tuple(rules)


def recorded_lines(stack: Stack) -> bool:
    """Whether Loki has anything to write to Prometheus."""
    return any(log_recordings(stack, service) for service in stack.services)
