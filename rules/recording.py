"""Recording rules: an expression that an alert, its panel and an objective share is computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.rule import Recording
from spec.expr import anomaly_records, expr, traffic
from spec.indicator import Anomaly, Average, Quantile, Ratio, Slower
from spec.records import rate_record, recorded
from spec.value import worth_recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import Bound, Watched


OF_EVENTS = (Ratio, Quantile, Average, Slower)
"""Kinds of indicators that may have a floor of events."""


def traffic_record(bound: Bound) -> str:
    """The series that holds the rate of events an indicator is made of; indicators of the same events share it."""
    return rate_record(bound)


def recordings(service: Watched) -> tuple[Recording, ...]:
    """The recording rules behind the alerts of a service."""
    seen: dict[str, Recording] = {}
    for bound in _alerted(service):
        for rule in records(bound):
            seen.setdefault(rule.record, rule)
    return tuple(seen.values())


def _alerted(service: Watched) -> Iterator[Bound]:
    keys = dict.fromkeys(alert.indicator.key for alert in service.alerts)
    return (service.indicators[key] for key in keys)


def records(bound: Bound) -> Iterator[Recording]:
    """The rules behind one indicator."""
    if isinstance(bound.spec, Anomaly):
        for name, expression in anomaly_records(bound, bound.spec.anomaly):
            yield Recording(name, expression, {}, bound.origin)
    if not worth_recording(bound):
        return
    yield Recording(recorded(bound), expr(bound), {}, bound.origin)
    if floor(bound) > 0:
        yield Recording(traffic_record(bound), traffic(bound), {}, bound.origin)


def floor(bound: Bound) -> float:
    """The least rate of events, per second, at which an alert on the indicator may fire; 0 for no floor."""
    if not isinstance(bound.spec, OF_EVENTS) or not traffic(bound):
        return 0.0
    return float(bound.spec.traffic.value)
