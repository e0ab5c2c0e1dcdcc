"""Indicators on log lines: Loki's ruler records each as a series and writes it to Prometheus, where it is one of many.

To all that comes after, such a series is a gauge of the contract of a part `logs`, and the indicator its present value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from spec.expr import number
from spec.indicator import Measure, Value
from spec.log_query import selector
from spec.logs import LogLines, LogRate
from spec.metric import Metric, Typical
from spec.names import LOGS_PART, SERVICE
from spec.pace import SHORTEST_RATE, perhaps
from spec.selector import Selector
from spec.stack import Part, equal

if TYPE_CHECKING:
    from spec.logs import Category, LogIndicator, Logs
    from spec.metric import MetricUnit
    from spec.root import StackSpec
    from spec.scalars import Duration
    from spec.service import Service
    from spec.stack import SpecPath

BY = ("level", "category")
"""The labels of lines that an indicator may keep."""
WAVE = (0.5, 1.5)
"""How far the number of lines strays from the usual over a day."""


class Measured(NamedTuple):
    """What the numbers of a field become in a series: its name, its unit, and the factor to multiply them by."""

    name: str
    unit: MetricUnit
    factor: float


_ENDS: tuple[tuple[str, Measured], ...] = (
    ("_ms", Measured("_seconds", "seconds", 0.001)),
    ("_seconds", Measured("_seconds", "seconds", 1)),
    ("_bytes", Measured("_bytes", "bytes", 1)),
)
"""What the end of a field's name says of its unit."""


def logs_part(spec: StackSpec, service: Service, logs: Logs, origin: SpecPath) -> Part:
    """What is known of a service by its lines."""
    metrics: dict[str, Metric] = {}
    indicators: dict[str, Measure] = {}
    for name, indicator in logs.indicators.items():
        series = record(name, indicator, window(spec, indicator))
        metrics[series] = _metric(logs, indicator)
        given = {field: getattr(indicator, field) for field in Measure.model_fields}
        indicators[name] = Value(value=Selector(series), **given)
    return Part(LOGS_PART, service.service, (equal(SERVICE, service.service),), metrics, indicators, (*origin, "logs"))


def window(spec: StackSpec, indicator: LogIndicator) -> Duration:
    """The time over which the lines are counted or compared."""
    asked = perhaps(indicator.window, spec.pace) or spec.defaults.window
    return asked if spec.pace == 1 else max(asked, SHORTEST_RATE)


def record(name: str, indicator: LogIndicator, over: Duration) -> str:
    """`service:log_lines:errors_rate5m`, `service_category:log_duration_seconds:slow_p95_5m`"""
    level, own = "_".join((SERVICE, *indicator.by)), name.replace("-", "_")
    if isinstance(indicator, LogRate):
        return f"{level}:log_lines:{own}_rate{over}"
    quantile = f"p{indicator.quantile.q * 100:g}".replace(".", "_")
    return f"{level}:log_{measured(indicator.quantile.field).name}:{own}_{quantile}_{over}"


def expression(service: str, indicator: LogIndicator, over: Duration) -> str:
    """What the ruler evaluates, in LogQL."""
    by = ", ".join((SERVICE, *indicator.by))
    if isinstance(indicator, LogRate):
        counted = f"sum by ({by}) (rate({selector(service, indicator.rate)}[{over}]))"
        return f"{counted} or sum by ({by}) (rate({selector(service, _speaking(indicator))}[{over}])) * 0"
    args, factor = indicator.quantile, measured(indicator.quantile.field).factor
    numbers = f'{selector(service, args)} | {args.field} != "" | unwrap {args.field} | __error__ = "" [{over}]'
    scaled = f" * {number(factor)}" if factor != 1 else ""
    return f"quantile_over_time({number(args.q)}, {numbers}) by ({by}){scaled}"


def _speaking(indicator: LogRate) -> LogLines:
    """Lines that show there is a value, 0 at least: any of the service, of each value of the labels that are kept."""
    of = indicator.rate
    return LogLines(
        levels=of.levels if "level" in indicator.by else (),
        category=of.category if "category" in indicator.by else None,
    )


def measured(field: str) -> Measured:
    """`duration_ms` → `duration_seconds`, in seconds, of which a number of the field is a thousandth."""
    for end, becomes in _ENDS:
        if field.endswith(end):
            return becomes._replace(name=field.removesuffix(end) + becomes.name)
    return Measured(field, "", 1)


def _metric(logs: Logs, indicator: LogIndicator) -> Metric:
    """The contract of the series."""
    lines = indicator.rate if isinstance(indicator, LogRate) else indicator.quantile
    categories = tuple(one.name for one in logs.categories if lines.category in (None, one.name))
    levels = tuple(one for one in logs.levels if one not in logs.drop and one in (lines.levels or logs.levels))
    values = {"level": levels, "category": categories}
    labels = {label: values[label] for label in indicator.by if label in values}
    if isinstance(indicator, LogRate):
        help_ = indicator.help or "Log lines a second"
        return Metric(type="gauge", help=help_, unit="per second", labels=labels, typical=_typical(logs, indicator))
    help_ = indicator.help or f"Quantile of {indicator.quantile.field} in log lines"
    return Metric(type="gauge", help=help_, unit=measured(indicator.quantile.field).unit, labels=labels)


def _typical(logs: Logs, indicator: LogRate) -> Typical:
    """Lines a second on an ordinary day, where the categories tell."""
    whole = sum(one.share for one in logs.categories)
    if indicator.rate.contains or indicator.by or logs.sample or not whole:
        return Typical()
    categories = (one for one in logs.categories if indicator.rate.category in (None, one.name))
    usual = sum(logs.lines * one.share / whole * _part(logs, one, indicator.rate) for one in categories)
    return Typical(between=(usual * WAVE[0], usual * WAVE[1]))


def _part(logs: Logs, category: Category, chosen: LogLines) -> float:
    """The part of a category's lines that arrive and are of the chosen levels."""
    whole = sum(category.levels.values()) or 1
    wanted = chosen.levels or tuple(category.levels)
    return sum(share for level, share in category.levels.items() if level in wanted and level not in logs.drop) / whole
