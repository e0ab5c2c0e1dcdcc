"""Bottlenecks: what came nearest to the threshold of its alert, and for whom answers were slowest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compose.report import measures, reading
from compose.report.found import Tight
from dashboards import topics
from dashboards.subject import subject
from spec.expr import expr
from spec.indicator import Average, PromQL, Quantile, Ratio, Value
from spec.names import LOGS_PART, TARGET_PART
from spec.records import main_selector
from spec.units import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.report.asking import Asking, Compared
    from spec.alert import Alert
    from spec.stack import Bound, Watched

MOST = 4
"""Of what is waited for, and as many of what is used."""
FEW_VALUES = 12
"""A label with more values is no way to find who waits longest."""
FEW_POINTS = 96
"""Points at which answers are looked at by label: histograms of many series are slow to read."""
ELSEWHERE = frozenset({"errors", "security", "business", "deployments"})
"""Topics that are no lack of anything."""
NOT_ITS_OWN = (TARGET_PART, LOGS_PART)
"""Parts that tell how it is watched, and not how it is."""
LIMITED_UNITS = ("ratio", "percent", "seconds")


def tight(asking: Asking, service: Watched) -> tuple[Tight, ...]:
    """The nearest to their limits first, what has none last: some times that are waited, some things that are used."""
    found = (one for bound in candidates(service) if (one := _tight(asking, service, bound)) is not None)
    ranked = sorted(found, key=lambda one: -1 if one.near is None else one.near, reverse=True)
    waits = [one for one in ranked if one.unit == "seconds"][:MOST]
    used = [one for one in ranked if one.unit != "seconds"][:MOST]
    shown = (one for one in ranked if one in waits or one in used)
    return tuple(replace(one, slowest=_slowest(asking, service, one.key)) for one in shown)


def candidates(service: Watched) -> Iterator[Bound]:
    """What can be a bottleneck: a share that is used, a length that grows, a time that is waited."""
    golden = {service.spec.golden.get(signal, "") for signal in ("latency", "saturation")}
    for key, bound in service.indicators.items():
        if bound.part.name in NOT_ITS_OWN:
            continue
        if key in golden or (nearest(service, bound) is not None and _can_lack(service, bound)):
            yield bound


def _can_lack(service: Watched, bound: Bound) -> bool:
    if topics.of_indicator(service, bound) & ELSEWHERE or subject(service, bound.key).is_state:
        return False
    if isinstance(bound.spec, PromQL):
        return unit(bound) in LIMITED_UNITS
    if isinstance(bound.spec, Value):
        return not _is_bare_time(service, bound) and not _is_there(service, bound)
    return isinstance(bound.spec, Ratio | Quantile | Average)


def _is_bare_time(service: Watched, bound: Bound) -> bool:
    known = subject(service, bound.key).metric
    return known is not None and known.unit == "timestamp"


def _is_there(service: Watched, bound: Bound) -> bool:
    """Whether its alert only asks that there is one of it."""
    alert = nearest(service, bound)
    return alert is not None and alert.below is not None and not unit(bound) and alert.below.value <= 1


def nearest(service: Watched, bound: Bound) -> Alert | None:
    """The alert whose threshold is crossed first."""
    found = [one.alert for one in service.alerts_of(bound.key)]
    above = [alert for alert in found if alert.above is not None and alert.above.value > 0]
    below = [alert for alert in found if alert.below is not None and alert.below.value > 0]
    if above:
        return min(above, key=lambda alert: alert.above.value if alert.above else 0)
    return max(below, key=lambda alert: alert.below.value if alert.below else 0, default=None)


def _tight(asking: Asking, service: Watched, bound: Bound) -> Tight | None:
    """The series that came nearest, over its worst step."""
    alert = nearest(service, bound)
    below = alert is not None and alert.above is None
    courses = [one for one in asking.courses(reading.level(service, bound, asking.step)) if one.now]
    if not courses:
        return None

    def reached(one: Compared) -> float:
        point = one.now.low if below else one.now.peak
        return -point.value if below and point else point.value if point else 0.0

    worst = max(courses, key=reached)
    point = worst.now.low if below else worst.now.peak
    if point is None or worst.now.mean is None:
        return None
    limit = (alert.below if below else alert.above) if alert else None
    return Tight(
        key=bound.key,
        title=bound.title,
        which=measures.named(worst.labels),
        unit=unit(bound),
        mean=worst.now.mean,
        worst=point.value,
        worst_at=point.time,
        alert=alert.name if alert else "",
        limit=limit.value if limit else None,
        below=below,
        near=_near(point.value, limit.value, below, unit(bound)) if limit else None,
    )


def _near(value: float, limit: float, below: bool, unit: str) -> float:
    """1 at the threshold, and more beyond. A share that must not fall is as near as what is missing to the whole."""
    if not below:
        return value / limit
    if unit == "ratio" and limit < 1:
        return (1 - value) / (1 - limit)
    return limit / value if value > 0 else float(limit > 0)


def _slowest(asking: Asking, service: Watched, key: str) -> tuple[tuple[str, float], ...]:
    """Of a histogram's quantile or mean, by each label of few values: the value with the highest mean."""
    bound = service.indicators[key]
    found = (_of_label(asking, bound, label) for label in _labels(bound))
    return tuple(sorted(filter(None, found), key=lambda pair: -pair[1]))


def _labels(bound: Bound) -> Iterator[str]:
    of = main_selector(bound.spec)
    metric = bound.part.metrics.get(of.metric) if of and isinstance(bound.spec, Quantile | Average) else None
    fixed = {matcher.label for matcher in of.matchers} if of else set()
    for label, values in metric.labels.items() if metric else ():
        if label not in (*bound.spec.by, *fixed) and 1 < len(values) <= FEW_VALUES:
            yield label


def _of_label(asking: Asking, bound: Bound, label: str) -> tuple[str, float] | None:
    wider = replace(bound, spec=bound.spec.model_copy(update={"by": (*bound.spec.by, label)}))
    step = max(asking.step, asking.period.seconds // FEW_POINTS)
    courses = asking.prometheus.courses(expr(wider), asking.period, step)
    means = [(f"{label}={labels.get(label, '')}", course.mean) for labels, course in courses]
    return max(((name, mean) for name, mean in means if mean is not None), key=lambda pair: pair[1], default=None)
