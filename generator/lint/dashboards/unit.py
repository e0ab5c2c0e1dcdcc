"""Every panel says the unit of its values.

Without one, Grafana writes bare numbers: 0.35 may be a third of a second or of all requests. `short` is a unit too, for
what is counted.

Units come from the contract: a metric's `unit`, or an indicator's where a calculation has another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import with_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/unit"


def look(work: Work) -> Iterator[Problem]:
    """Every panel with values; log lines have no unit."""
    for shown in with_values(work):
        if shown.kind != "logs" and not shown.panel.get("fieldConfig", {}).get("defaults", {}).get("unit"):
            yield shown.problem(work, "it has no unit", "give the metric or the indicator a unit", id=ID)
