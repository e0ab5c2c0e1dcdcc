"""What is recorded for panels alone, once a minute: long windows, totals of tables, and how long the room lasts.

A panel over thirty days that reads raw series would read millions of samples at every refresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.rule import Recording
from spec.expr import expr
from spec.names import SERVICE
from spec.pace import faster
from spec.records import recorded, total_record
from spec.scalars import Duration
from spec.selector import Selector
from spec.time_left import RESOURCE, TIME_LEFT, limited, seconds_left
from spec.value import is_long

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import Watched

RATE_WINDOW = Duration.parse("5m")


def recordings(service: Watched, pace: float) -> tuple[Recording, ...]:
    """The rules of one service; what an alert watches is recorded elsewhere."""
    rules = (*_long(service), *_totals(service, faster(RATE_WINDOW, pace)), *_time_left(service))
    return tuple({(rule.record, *rule.labels.values()): rule for rule in rules}.values())


def _long(service: Watched) -> Iterator[Recording]:
    """Every indicator with a long window that no alert watches."""
    watched = {alert.indicator.key for alert in service.alerts}
    for key, bound in service.indicators.items():
        if key not in watched and is_long(bound):
            yield Recording(recorded(bound), expr(bound), {}, bound.origin)


def _totals(service: Watched, window: Duration) -> Iterator[Recording]:
    """The rate of every counter that a table of the service's dashboards shows, by the table's labels."""
    for number, board in enumerate(service.spec.dashboards):
        for panel in (panel for section in board.sections for panel in section.panels):
            metric = service.own.metrics.get(panel.metric or "")
            if panel.as_ == "table" and panel.metric and metric is not None and metric.type == "counter":
                series = Selector(panel.metric).where(service.own.matchers)
                labels = ", ".join((SERVICE, *panel.split))
                yield Recording(
                    total_record(panel.metric, panel.split),
                    f"sum by ({labels}) (rate({series}[{window}]))",
                    {},
                    (*service.origin, "dashboards", number),
                )


def _time_left(service: Watched) -> Iterator[Recording]:
    """How long until something is full, in one series for all that is forecast: a dashboard asks it once."""
    for bound, alert in limited(service):
        labels = {SERVICE: service.name, RESOURCE: bound.key}
        yield Recording(TIME_LEFT, seconds_left(bound, alert), labels, bound.origin)
