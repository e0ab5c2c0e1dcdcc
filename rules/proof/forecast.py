"""The proof of forecasts: a straight line whose continuation crosses the threshold between two steps.

The line through exact points is exact, so `predict_linear` gives the value on it at the step plus its slope times the
time ahead; see https://prometheus.io/docs/prometheus/latest/querying/functions/#predict_linear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.proof.case import STALE, Case, Is, Series, Silent, Threshold
from rules.proof.humane import certain
from rules.proof.labels import REPLICA, base, failing, matching, scoped, service_stranger, sibling
from rules.proof.levels import NEAR
from rules.proof.threshold import tells
from rules.proof.timeline import GAP, step_of
from rules.words import description
from spec.indicator import Forecast
from spec.samples import WHOLE_VALUE, NoSamples, declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.proof.case import Check, Point
    from rules.rule import Alerting
    from spec.stack import BoundAlert, Watched

_NEARER = 0.9
"""How much of its distance to the threshold a gauge jumps: alone too little, but steep enough for a forecast."""


def forecast_case(service: Watched, bound: BoundAlert, rule: Alerting) -> tuple[Case, tuple[Threshold, ...]]:
    """Toward the threshold, across it, a jump away from it, a jump back that counts until the range forgets it."""
    indicator, spec = bound.indicator, bound.indicator.spec
    quantity = bound.alert.above or bound.alert.below
    if not isinstance(spec, Forecast) or quantity is None:
        raise NoSamples("a forecast needs a threshold")
    step = step_of(indicator.window, rule.for_, rule.keep_firing_for)
    window, wait = indicator.window.ms // step.ms, rule.for_.ms // step.ms
    keep = rule.keep_firing_for.ms // step.ms if rule.keep_firing_for else 0
    ahead = spec.forecast.ahead.ms / step.ms
    sign = 1 if bound.alert.above is not None else -1
    margin = sign * (abs(quantity.value) or _usual(bound)) * NEAR
    cross, limit = window + 3, quantity.value
    template = description(bound)
    told = next(
        (
            at
            for at in range(cross + wait + 1, cross + wait + 30)
            if certain(template, limit + margin * (at - cross + 0.5))
        ),
        cross + wait + 1,
    )
    back = told + 1
    again = back + window + keep + 3
    end = again + window + keep + 3
    far = abs(margin) * 3 * (ahead + end) * sign
    line: list[Point] = [limit + margin * (at - cross + 0.5 - ahead) for at in range(back)]
    line[3 : 3 + GAP] = [None] * GAP
    line += (
        [limit - far] * (again - back)
        + [limit - far * (1 - _NEARER)] * (end - again)
        + [STALE]
        + [None] * (window + wait + keep + 3)
    )
    labels = matching(indicator, base(service, indicator), scoped(indicator, spec.forecast.of))
    kept = {label: labels[label] for label in indicator.labels}
    full = {**kept, **rule.labels}
    fired = wait <= window - 2
    checks: list[Check] = [
        Silent(1, cross - 1),
        *([Is(cross, "pending", full), Is(cross + wait - 1, "pending", full)] if wait else []),
        Is(cross + wait, "firing", full),
        tells(told, rule, kept, limit + margin * (told - cross + 0.5)),
        *([Is(back + keep - 1, "firing", full)] if keep else []),
        Is(back + keep, None, {}),
        Is(again - 1, None, {}),
        Is(again + window - 2 + (keep if fired else 0), "firing" if fired else "pending", full),
        Is(again + window + keep, None, {}),
        Is(len(line) - 1, None, {}),
    ]
    found = tuple(_series(bound, spec, labels, tuple(line), limit, far * 10))
    return Case("forecast", step, found, tuple(checks)), (Threshold(limit, limit - abs(margin), limit + abs(margin)),)


def _usual(bound: BoundAlert) -> float:
    spec = bound.indicator.spec
    between = declared(bound.indicator, spec.forecast.of).typical.between if isinstance(spec, Forecast) else None
    return between[1] if between and between[1] > 0 else WHOLE_VALUE


def _series(
    bound: BoundAlert, spec: Forecast, labels: dict[str, str], line: tuple[Point, ...], limit: float, far: float
) -> Iterator[Series]:
    """The line; a replica which the aggregate leaves out; siblings on the good side; strangers on the bad side."""
    indicator, metric, size = bound.indicator, spec.forecast.of.metric, len(line)
    matchers = scoped(indicator, spec.forecast.of)
    gone = line.index(STALE)

    def flat(value: float) -> tuple[Point, ...]:
        return (*[value] * gone, STALE, *[None] * (size - gone - 1))

    yield Series(metric, tuple({**labels, REPLICA: "1"}.items()), line)
    if spec.aggregate in ("min", "max"):
        outer = abs(far) if spec.aggregate == "min" else -abs(far)
        yield Series(metric, tuple({**labels, REPLICA: "2"}.items()), flat(limit + outer))
    for label in indicator.spec.by:
        yield Series(metric, tuple(sibling(indicator, labels, label, matchers).items()), flat(limit - far))
    for matcher in matchers:
        yield Series(metric, tuple(failing(indicator, labels, matcher, matchers).items()), (limit + far,) * size)
    yield Series(metric, tuple(service_stranger(labels).items()), (limit + far,) * size)
