"""The proof of anomaly bands: three seasons of history as input, and a value that leaves the band on either side.

History is what the recorded series of the value held; another case shows that this series is recorded from raw ones.
Outside the hours that count the history is far off, so that looking at a wrong hour or day shows.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from rules.proof.case import Case, Is, Series, Shows, Silent, Threshold
from rules.proof.labels import OTHER, REPLICA, base, failing, matching, scoped
from rules.proof.notation import selector
from rules.proof.stream import LIFE
from rules.proof.threshold import tells
from spec.expr import ANOMALY_PARTS
from spec.indicator import Anomaly
from spec.names import SERVICE
from spec.records import record
from spec.samples import NoSamples, declared
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.proof.case import Check
    from rules.rule import Alerting
    from spec.stack import Bound, BoundAlert, Watched

STEP = Duration.parse("15m")
_RAW_STEP = Duration.parse("1m")
_HOUR = 4
_SEASONS = ((88.0, 1.0, 3.75), (97.0, 1.0, 3.75), (115.0, -2.0, -7.5))
"""Mean, slope a step in calm hours, and noise in noisy hours of each season. Slopes and noise cancel each other, so
that a window's exact ends do not matter, and no season can be left out unnoticed. The noise is just above the least
deviation that counts."""
_MEAN = 100.0
_NOISE = (sum(noise**2 for _, _, noise in _SEASONS) / len(_SEASONS)) ** 0.5
_FLOOR = 0.05
_QUIET, _NOISIER = 0.962, 1.03
"""Deviations of the noise, on either side: it is 2 % less where Prometheus 2 counts both ends of an hour."""
_BURST, _AFTER_BURST = 60.0, 9.0
"""A single sample of the past that stands out, and what is ordinary with it, in deviations: not without."""
_LOUD = 300.0
_NEAR = 0.005


def anomaly_cases(
    service: Watched, bound: BoundAlert, rule: Alerting
) -> tuple[tuple[Case, ...], tuple[Threshold, ...]]:
    """Raises NoSamples for a season or `for` that is not a multiple of a quarter of an hour."""
    spec = bound.indicator.spec
    if not isinstance(spec, Anomaly) or bound.alert.above is None:
        raise NoSamples("an anomaly band needs `above`, in standard deviations")
    times = (spec.anomaly.season, rule.for_, *([rule.keep_firing_for] if rule.keep_firing_for else []))
    if any(time.ms % STEP.ms for time in times):
        raise NoSamples(f"season, for and keep_firing_for must be multiples of {STEP}")
    limit = bound.alert.above.value
    return (_band_case(bound, rule, spec, limit), *_raw_cases(service, bound, spec)), (
        Threshold(limit, limit * (1 - 1.5 * _NEAR), limit * (1 + 1.5 * _NEAR)),
    )


def _band_case(bound: BoundAlert, rule: Alerting, spec: Anomaly, limit: float) -> Case:
    """Calm history: the band is a share of the mean. Above it, back, below it, back; then history that is noisy, where
    the same value is ordinary; then history of nothing, where no band can be. Last, for each season, history that is
    flat but for one sample in the older half of the hour."""
    season = spec.anomaly.season.ms // STEP.ms
    wait = rule.for_.ms // STEP.ms
    keep = rule.keep_firing_for.ms // STEP.ms if rule.keep_firing_for else 0
    near, far = _FLOOR * _MEAN * limit * (1 - _NEAR), _FLOOR * _MEAN * limit * (1 + _NEAR)
    beyond = wait + 2
    course = [near] * 3 + [far] * beyond + [near] * (keep + 2) + [-far] * beyond + [-near] * (keep + 2)
    noisy = [_QUIET * limit * _NOISE] * (wait + 2) + [_NOISIER * limit * _NOISE] * beyond
    start = 3 * season + _HOUR
    then = start + len(course) + _HOUR
    zero = then + len(noisy) + _HOUR
    end = zero + wait + 3
    bursts = tuple(end + _HOUR * number for number in range(1, len(_SEASONS) + 1))
    flat = tuple(at % season for at in bursts)
    values = [
        _history(at % season, at // season, start % season, then % season, zero % season, flat)
        for at in range(3 * season)
    ]
    values += [_MEAN] * (start - 3 * season) + [_MEAN + off for off in course] + [_MEAN] * _HOUR
    values += [_MEAN + off for off in noisy] + [0.0] * _HOUR + [50.0] * (end - zero)
    values += [_MEAN] + ([_MEAN] * (_HOUR - 1) + [_MEAN + _AFTER_BURST * limit]) * len(bursts)
    kept = {label: _kept(bound.indicator)[label] for label in bound.indicator.labels}
    full = {**kept, **rule.labels}
    up, down = start + 3, start + 3 + beyond + keep + 2
    loud = then + wait + 2
    checks: list[Check] = [
        Is(up - 1, None, {}),
        *([Is(up, "pending", full), Is(up + wait - 1, "pending", full)] if wait else []),
        Is(up + wait, "firing", full),
        tells(up + wait + 1, rule, kept, limit * (1 + _NEAR)),
        *([Is(up + beyond + keep - 1, "firing", full)] if keep else []),
        Is(up + beyond + keep, None, {}),
        Is(down + wait, "firing", full),
        Silent(then + 1, loud - 1),
        Is(loud + wait, "firing", full),
        Silent(zero + 1, end - 1),
        *(Is(at, None, {}) for at in bursts),
    ]
    now = record(bound.indicator, ANOMALY_PARTS[0])
    stranger = {**kept, SERVICE: OTHER}
    mean, deviation = (record(bound.indicator, part) for part in ANOMALY_PARTS[1:])
    strange = ((now, (_LOUD, 2 * _LOUD)), (mean, (_MEAN, _MEAN)), (deviation, (1.0, 1.0)))
    others = (
        Series(name, tuple(stranger.items()), tuple(pair[at % 2] for at in range(len(values))))
        for name, pair in strange
    )
    return Case("band", STEP, (Series(now, tuple(kept.items()), tuple(values)), *others), tuple(checks))


def _history(at: int, season: int, start: int, then: int, zero: int, bursts: tuple[int, ...]) -> float:
    """The value at a step of a season: calm, noisy, nothing or flat within half an hour of the hours that count."""
    half = _HOUR // 2
    end = bursts[0] - _HOUR
    if start - half <= at < then - half:
        mean, slope, _ = _SEASONS[season]
        return mean + slope * (at - start)
    if then - half <= at < zero - half:
        mean, _, noise = _SEASONS[season]
        return mean + (noise if at % 2 else -noise)
    if end + half <= at <= bursts[-1] + half:
        return _MEAN + (_BURST if at == bursts[season] - 1 else 0.0)
    return 0.0 if zero - half <= at < end + half else _LOUD


def _kept(indicator: Bound) -> dict[str, str]:
    return {SERVICE: indicator.part.service, **{label: f"{label}-1" for label in indicator.spec.by}}


def _raw_cases(service: Watched, bound: BoundAlert, spec: Anomaly) -> Iterator[Case]:
    """The recorded value is what the raw series do; of a counter, within its range and not before it."""
    indicator, of = bound.indicator, spec.anomaly.of
    counter = declared(indicator, of).type != "gauge"
    labels = matching(indicator, base(service, indicator), scoped(indicator, of))
    kept = {label: labels[label] for label in indicator.labels}
    name = record(indicator, ANOMALY_PARTS[0])
    steps = 2 * STEP.ms // _RAW_STEP.ms + 1
    calm = tuple(_raw_series(indicator, spec, labels, steps, counter))
    yield Case("records", STEP, calm, (Shows(2, selector(name, kept), 40.0, kept),), every=_RAW_STEP, rules=(name,))
    window = indicator.window.ms // _RAW_STEP.ms
    if counter and window >= 4:
        within = f"(({selector(name, kept)} > bool 60) + ({selector(name, kept)} < bool 4000)) / 2"
        bursts = {steps - 2 - window: 100_000.0, steps - window: 50.0 * window}
        found = tuple(_raw_series(indicator, spec, labels, steps, counter, bursts))
        yield Case("records", STEP, found, (Shows(2, within, 1.0, kept),), every=_RAW_STEP, rules=(name,))


def _raw_series(
    indicator: Bound,
    spec: Anomaly,
    labels: dict[str, str],
    steps: int,
    counter: bool,
    bursts: Mapping[int, float] | None = None,
) -> Iterator[Series]:
    """Two replicas of 10 and 30, whose sum is 40, and a stranger for each matcher. `bursts` are added to the rate."""
    metric, matchers = spec.anomaly.of.metric, scoped(indicator, spec.anomaly.of)

    def points(rate: float) -> tuple[float, ...]:
        if not counter:
            return (rate,) * steps
        grows = ((rate + (bursts or {}).get(at, 0.0)) * _RAW_STEP.seconds for at in range(steps))
        return tuple(accumulate(grows, initial=LIFE * rate))[:steps]

    for replica, rate in (("1", 10.0), ("2", 30.0)):
        yield Series(metric, tuple({**labels, REPLICA: replica}.items()), points(rate))
    for matcher in matchers:
        yield Series(metric, tuple(failing(indicator, labels, matcher, matchers).items()), points(7000.0))
