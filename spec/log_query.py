"""What an alert on log lines counts, in LogQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spec.logs import LogAlert


def selector(service: str, alert: LogAlert) -> str:
    """The streams and lines that an alert counts."""
    matchers = [f'service="{service}"']
    if alert.levels:
        matchers.append(f'level=~"{"|".join(alert.levels)}"')
    if alert.category:
        matchers.append(f'category="{alert.category}"')
    contains = f" |= {json.dumps(alert.contains, ensure_ascii=False)}" if alert.contains else ""
    return f"{{{','.join(matchers)}}}{contains}"


def lines_per_second(service: str, alert: LogAlert) -> str:
    """How many of these lines come in a second; no value when there are none."""
    return f"sum by (service) (rate({selector(service, alert)}[{alert.window}]))"
