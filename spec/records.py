"""Names of recording rules: `level:metric:operations`, where the level is the labels that are kept."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from spec.indicator import Absence, Age, Anomaly, Average, Forecast, Increase, Quantile, Rate, Ratio, Slower, Value
from spec.lately import lately

if TYPE_CHECKING:
    from collections.abc import Callable

    from spec.indicator import Measure
    from spec.selector import Selector
    from spec.stack import Bound


_OPERATIONS: dict[type, str] = {
    Ratio: "ratio",
    Rate: "rate",
    Increase: "increase",
    Average: "mean",
    Slower: "slower_ratio",
    Anomaly: "deviations",
}


def record(bound: Bound, operation: str) -> str:
    """`service_route:http_requests:errors_ratio5m`: the indicator's name keeps two indicators on one metric apart."""
    level = "_".join(bound.labels)
    indicator = bound.key.replace("-", "_").replace(".", "_")
    return f"{level}:{metric(bound.spec).removesuffix('_total') or 'expression'}:{indicator}_{operation}"


def rate_record(bound: Bound) -> str:
    """`service:http_requests:rate5m`: the rate of all events an indicator is made of.

    Indicators of the same events share it; one that counts only some of them has its own.
    """
    selector = main_selector(bound.spec)
    if selector is None or selector.matchers or bound.part.name:
        return record(bound, f"traffic_rate{bound.window}")
    level = "_".join(bound.labels)
    return f"{level}:{selector.metric.removesuffix('_total')}:rate{bound.window}"


@lately
def recorded(bound: Bound) -> str:
    """The name of the series that holds the indicator's value over its own window."""
    return record(bound, f"{operation(bound.spec)}{bound.window}")


def total_record(metric: str, labels: tuple[str, ...]) -> str:
    """`service_type_severity:artisan_errors:rate5m_total`: a counter's rate by labels, for totals of long times."""
    return f"{'_'.join(('service', *labels))}:{metric.removesuffix('_total')}:rate5m_total"


def operation(spec: Measure) -> str:
    """What the indicator does to its metric, as part of a recording rule's name."""
    if isinstance(spec, Quantile):
        return f"p{spec.quantile.q * 100:g}_".replace(".", "_")
    return _OPERATIONS.get(type(spec)) or type(spec).__name__.lower()


def metric(spec: Measure) -> str:
    """The metric an indicator is mainly about; empty for free PromQL."""
    selector = main_selector(spec)
    return selector.metric if selector else ""


def main_selector(spec: Measure) -> Selector | None:
    """The selector an indicator is mainly about: a ratio's whole, otherwise its only one."""
    read = _MAIN.get(type(spec))
    return read(spec) if read else None


_MAIN: dict[type, Callable[[Any], Selector]] = {
    Value: attrgetter("value"),
    Rate: attrgetter("rate"),
    Increase: attrgetter("increase"),
    Average: attrgetter("average"),
    Absence: attrgetter("absence"),
    Age: attrgetter("age"),
    Ratio: attrgetter("ratio.to"),
    Quantile: attrgetter("quantile.of"),
    Slower: attrgetter("slower.of"),
    Forecast: attrgetter("forecast.of"),
    Anomaly: attrgetter("anomaly.of"),
}


def selectors(spec: Measure) -> tuple[Selector, ...]:
    """Every selector of an indicator."""
    if isinstance(spec, Ratio):
        return (spec.ratio.of, spec.ratio.to)
    main = main_selector(spec)
    return (main,) if main else ()
