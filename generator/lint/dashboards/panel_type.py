"""Every panel is of a kind that Grafana still has.

`graph`, `singlestat`, `table-old` and other kinds made with AngularJS are gone since Grafana 11: older versions rewrite
them at every opening, newer ones show an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import panels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/panel-type"
CURRENT = frozenset({
    "alertlist", "annolist", "barchart", "bargauge", "candlestick", "canvas", "dashlist", "gauge", "geomap", "heatmap",
    "histogram", "logs", "news", "nodeGraph", "piechart", "row", "stat", "state-timeline", "status-history", "table",
    "text", "timeseries", "traces", "trend", "xychart",
})  # fmt: skip
"""The kinds that Grafana 13 comes with."""


def look(work: Work) -> Iterator[Problem]:
    """Every panel."""
    for shown in panels(work):
        if shown.kind not in CURRENT:
            yield shown.problem(work, f"it is of the kind {shown.kind!r}, which Grafana has not any more", id=ID)
