"""What alerts, indicators and panels read of log lines, in LogQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spec.logs import LogAlert, LogLines


def selector(service: str, chosen: LogAlert | LogLines) -> str:
    """The streams and lines that are meant."""
    matchers = [f'service="{service}"']
    if chosen.levels:
        matchers.append(f'level=~"{"|".join(chosen.levels)}"')
    if chosen.category:
        matchers.append(f'category="{chosen.category}"')
    contains = f" |= {json.dumps(chosen.contains, ensure_ascii=False)}" if chosen.contains else ""
    return f"{{{','.join(matchers)}}}{contains}"


def lines_per_second(service: str, alert: LogAlert) -> str:
    """How many of these lines come in a second; no value when there are none."""
    return f"sum by (service) (rate({selector(service, alert)}[{alert.window}]))"


def written(service: str, text: str) -> str:
    """A query of the service's own file: `$scope` stands for the matcher of its lines."""
    return text.replace("$scope", f'service="{service}"')


def is_lines(text: str) -> bool:
    """Whether a query gives lines, not numbers that are made of them: then it begins with the selector itself."""
    return text.lstrip("( \n").startswith("{")
