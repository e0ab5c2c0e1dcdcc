"""The proof of forecasts: a straight line whose continuation crosses the threshold between two steps.

The line through exact points is exact, so `predict_linear` gives the value on it at the step plus its slope times the
time ahead; see https://prometheus.io/docs/prometheus/latest/querying/functions/#predict_linear.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    from collections.abc import Iterator, Mapping

    from rules.proof.case import Check, Point
    from rules.rule import Alerting
    from spec.stack import BoundAlert, Watched

_NEARER = 0.9
"""How much of its distance to the threshold a gauge jumps: alone too little, but steep enough for a forecast."""


@dataclass(frozen=True)
class _Line:
    """A gauge in steps: it crosses between `cross - 1` and `cross`, jumps away at `back`, and nearly back at `again`.

    `margin` is how much the forecast moves in a step, toward the bad side; `far` how far the gauge jumps.
    """

    limit: float
    margin: float
    ahead: float
    cross: int
    told: int
    back: int
    again: int
    end: int

    @property
    def far(self) -> float:
        return self.margin * 3 * (self.ahead + self.end)

    def forecast(self, at: int) -> float:
        """What is foretold at a step while the line is straight."""
        return self.limit + self.margin * (at - self.cross + 0.5)

    def points(self, gone: int) -> tuple[Point, ...]:
        """Straight with a gap of a restart; flat on the good side; flat, but nearer to the threshold; gone."""
        straight: list[Point] = [self.forecast(at) - self.margin * self.ahead for at in range(self.back)]
        straight[3 : 3 + GAP] = [None] * GAP
        flat = [self.limit - self.far] * (self.again - self.back)
        near = [self.limit - self.far * (1 - _NEARER)] * (self.end - self.again)
        return (*straight, *flat, *near, STALE, *[None] * gone)


def forecast_case(service: Watched, bound: BoundAlert, rule: Alerting) -> tuple[Case, tuple[Threshold, ...]]:
    """Toward the threshold, across it, a jump away from it, a jump back that counts until the range forgets it."""
    indicator, spec = bound.indicator, bound.indicator.spec
    quantity = bound.alert.above or bound.alert.below
    if not isinstance(spec, Forecast) or quantity is None:
        raise NoSamples("a forecast needs a threshold")
    step = step_of(indicator.window, rule.for_, rule.keep_firing_for)
    window, wait = indicator.window.ms // step.ms, rule.for_.ms // step.ms
    keep = rule.keep_firing_for.ms // step.ms if rule.keep_firing_for else 0
    margin = (abs(quantity.value) or _usual(bound)) * NEAR * (1 if bound.alert.above is not None else -1)
    line = _line(bound, quantity.value, margin, spec.forecast.ahead.ms / step.ms, (window, wait, keep))
    points = line.points(window + wait + keep + 3)
    labels = matching(indicator, base(service, indicator), scoped(indicator, spec.forecast.of))
    kept = {label: labels[label] for label in indicator.labels}
    checks = tuple(_checks(rule, line, kept, (window, wait, keep), len(points)))
    found = tuple(_series(bound, spec, labels, points, line.limit, line.far * 10))
    near = abs(margin)
    return Case("forecast", step, found, checks), (Threshold(line.limit, line.limit - near, line.limit + near),)


def _line(bound: BoundAlert, limit: float, margin: float, ahead: float, times: tuple[int, int, int]) -> _Line:
    """The line whose forecast is read at a step where no rounding decides its text."""
    window, wait, keep = times
    cross = window + 3
    template, first = description(bound), cross + wait + 1
    sure = (at for at in range(first, first + 30) if certain(template, limit + margin * (at - cross + 0.5)))
    told = next(sure, first)
    again = told + 1 + window + keep + 3
    return _Line(limit, margin, ahead, cross, told, told + 1, again, again + window + keep + 3)


def _checks(
    rule: Alerting, line: _Line, kept: Mapping[str, str], times: tuple[int, int, int], end: int
) -> Iterator[Check]:
    window, wait, keep = times
    full = {**kept, **rule.labels}
    fired = wait <= window - 2
    yield Silent(1, line.cross - 1)
    if wait:
        yield from (Is(at, "pending", full) for at in (line.cross, line.cross + wait - 1))
    yield Is(line.cross + wait, "firing", full)
    yield tells(line.told, rule, kept, line.forecast(line.told))
    if keep:
        yield Is(line.back + keep - 1, "firing", full)
    yield from (Is(at, None, {}) for at in (line.back + keep, line.again - 1))
    yield Is(line.again + window - 2 + (keep if fired else 0), "firing" if fired else "pending", full)
    yield from (Is(at, None, {}) for at in (line.again + window + keep, end - 1))


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
