"""What of a service counts log lines: its alerts on them, and its indicators of how many come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.logs import LogRate
from spec.names import LOGS_PART

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.logs import LogAlert, LogLines, Logs
    from spec.stack import SpecPath, Stack


def counted(stack: Stack) -> Iterator[tuple[Logs, SpecPath, str, LogAlert | LogLines]]:
    """The logs of each service with every place in them that counts lines, its name, and which lines it counts."""
    for service, given in stack.spec.services.items():
        logs, at = given.logs, ("services", service, "logs")
        if logs is None:
            continue
        for index, alert in enumerate(logs.alerts):
            yield logs, (*at, "alerts", index), alert.name, alert
        for name, indicator in logs.indicators.items():
            if isinstance(indicator, LogRate):
                yield logs, (*at, "indicators", name, "rate"), f"{LOGS_PART}.{name}", indicator.rate
