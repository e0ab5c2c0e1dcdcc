"""The series of a chart can be told apart.

A chart with several queries, or with several series of one, needs legends that differ; Grafana would otherwise write
the whole expression, or the same word at every line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import nodes, parsed, with_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.dashboards.boards import Shown
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/legend"
DRAWN = frozenset({"timeseries", "state-timeline", "bargauge"})


def look(work: Work) -> Iterator[Problem]:
    """Every chart, timeline and row of bars."""
    for shown in with_values(work):
        if shown.kind in DRAWN:
            yield from (shown.problem(work, said, id=ID) for said in _faults(shown))


def _faults(shown: Shown) -> Iterator[str]:
    legends = [str(target.get("legendFormat") or "") for target in shown.targets]
    yield from (f"query {number} has no legend" for number, said in enumerate(legends, start=1) if not said)
    if len(set(legends)) != len(legends):
        yield "two queries have the same legend"
    if shown.panel.get("options", {}).get("legend", {}).get("displayMode") == "hidden" and shown.kind == "timeseries":
        split = [said for said in legends if "{{" in said]
        if len(legends) > 1 or (split and any(_splits(expr) for expr in shown.promql)):
            yield "it draws several series and hides their legend"


def _splits(expr: str) -> bool:
    """Whether an expression has a series for each value of some label, not only for the service."""
    tree = parsed(expr)
    kept = {
        label
        for node in nodes(tree)
        if type(node).__name__ == "AggregateExpr" and node.modifier is not None
        for label in node.modifier.labels
    }
    return bool(kept - {"service", "le"})
