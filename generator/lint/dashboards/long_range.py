"""What reaches back a day or more is read from recorded series.

Thirty days of a counter that is scraped every fifteen seconds are 172,800 samples of each of its series, at every
refresh, for everybody who looks. A rule that runs once a minute reads them once.

An indicator with a `window` of six hours or more is recorded by itself, and so are the totals of tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import VARIABLE, seen, with_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/long-range"
DAY = 86_400
WHOLE = "__range"


def look(work: Work) -> Iterator[Problem]:
    """Every range of raw series in a panel; the range on the screen may be thirty days."""
    for shown in with_values(work):
        for expr in shown.promql:
            whole = any(WHOLE in match for match in VARIABLE.findall(expr))
            for name, seconds in seen(expr).ranges:
                if whole or seconds >= DAY:
                    said = f"it reads a day or more of the raw series {name}: {expr}"
                    yield shown.problem(work, said, "give the indicator a window, or record it", id=ID)
