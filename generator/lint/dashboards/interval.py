"""A rate in a panel follows the screen, or the window that the spec gives the indicator.

`rate(x[5m])` in a panel shows nothing when the target is scraped every five minutes, and leaves out most samples on a
screen of thirty days. `$__rate_interval` is right for both. An indicator with a `window` of its own keeps it: then the
window is part of what it means, such as *jobs of the last day*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import STAND_IN, seen, with_values
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/interval"


def look(work: Work) -> Iterator[Problem]:
    """Every rate of every panel."""
    meant = {bound.window.ms for service in work.stack.services for bound in service.indicators.values()}
    meant.add(Duration.parse(STAND_IN).ms)
    for shown in with_values(work):
        for expr in shown.promql:
            for function, ms in seen(expr).rates:
                if ms not in meant:
                    said = f"{function} over a fixed {Duration(ms)}: {expr}"
                    yield shown.problem(work, said, "use $__rate_interval", id=ID)
