"""The proof of burn-rate alerts: each pair of windows by itself, and the records of bad and of all events beneath them.

The pairs are tested on the recorded series of events, given as input: days pass in steps of a quarter of the short
window. Error-free history with heavy traffic stands before each burn, so that the long window is bad from the very
step at which it has forgotten the history, and no other pair takes notice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.proof.case import Case, Is, Series, Shows, Silent, Threshold
from rules.proof.kinds import ABOVE_FLOOR, BELOW_FLOOR, streams
from rules.proof.labels import OTHER, failing
from rules.proof.levels import NEAR, Levels
from rules.proof.notation import selector
from rules.proof.stream import Moment, series
from rules.proof.threshold import LOUD, floor_threshold, tells
from rules.recording import floor
from spec.expr import traffic
from spec.indicator import Ratio
from spec.names import SERVICE
from spec.objectives import ALL, BAD, SHORTEST, budget, burn_alert, error_ratio, pairs
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.proof.case import Check
    from rules.rule import Alerting
    from spec.objectives import Pair
    from spec.stack import Bound, BoundObjective, Watched

HEAVY = 1e5
"""Traffic of the history before a burn, in ordinary traffic."""
_RAISED, _RAISED_TRAFFIC = 2.0, 5.0
_RAW_STEP = Duration.parse("1m")
_SHARE, _OTHER_SHARE = 0.3, 0.6


@dataclass(frozen=True)
class _Second:
    """What one step adds: the traffic, in ordinary traffic, and how much of it is bad, in the pair's limit."""

    traffic: float
    burn: float


def burn_cases(service: Watched, bound: BoundObjective, rule: Alerting) -> tuple[tuple[Case, ...], tuple[Threshold, ...]]:
    """A case for each pair of the alert, and one for its records."""
    speed = "fast" if rule.alert == burn_alert(bound, "fast") else "slow"
    limits = {pair: pair.factor(bound.objective.window) * budget(bound) for pair in pairs(bound, speed)}
    least = min(limits.values())
    cases = [_pair_case(bound, rule, pair, limit, lowest=limit == least) for pair, limit in limits.items()]
    margin = 1.5 * NEAR
    thresholds = tuple(Threshold(limit, limit * (1 - margin), limit * (1 + margin)) for limit in limits.values())
    return (*_raw_cases(service, bound, min(pair.short for pair in limits)), *cases), (*thresholds, *floor_threshold(bound.indicator))


def _pair_case(bound: BoundObjective, rule: Alerting, pair: Pair, limit: float, *, lowest: bool) -> Case:
    """After history, burning just fast enough fires once the long window is full, and ends with the short one; few
    events never fire, however bad, nor does burning not quite fast enough."""
    step = pair.short if pair.short == SHORTEST else Duration(pair.short.ms // 4)
    long, short = pair.long.ms // step.ms, 0 if pair.short == SHORTEST else 4
    kept = {SERVICE: bound.service, "slo": bound.objective.name}
    labels = {**kept, **rule.labels}
    past = [_Second(HEAVY, 0.0)] * 3
    slow = [_Second(1.0, 1 - NEAR), _Second(1.0, 1 - 1e-9)] * 2 if lowest else []
    start = len(slow) + len(past)
    fired = start + long + 1
    burning = [_Second(1.0, 1 + NEAR)] * (long + 2)
    stop = start + len(burning) + 1
    calming = [_Second(_RAISED_TRAFFIC, _RAISED), *[_Second(1.0, 0.0)] * (short + 2)]
    last = stop + short
    few = [_Second(0.0, 0.0)] * (short + 1) + [_Second(BELOW_FLOOR / ABOVE_FLOOR, 0.9 / limit)] * 6
    few = few if floor(bound.indicator) else []
    below = [] if lowest else [*past, *[_Second(1.0, 1 - NEAR)] * (long + 2)]
    seconds = [*slow, *past, *burning, *calming, *few, *below]
    checks: list[Check] = [
        Silent(0, start + long - 2),
        tells(fired, rule, kept, limit * (1 + NEAR)),
        Is(stop - 1 + max(short - 1, 0), "firing", labels),
        Is(last, None, {}),
    ]
    if few or below:
        checks.append(Silent(last + 1, len(seconds) - 1))
    return Case(f"burn {pair.long}/{pair.short}", step, tuple(_recorded(bound, seconds, limit)), tuple(checks))


def _recorded(bound: BoundObjective, seconds: list[_Second], limit: float) -> Iterator[Series]:
    """Bad and all events of the objective; of another objective and another service, which burn all the time."""
    ordinary = floor(bound.indicator) * ABOVE_FLOOR or 1.0
    own = (bound.service, bound.objective.name)
    for service, slo in (own, (bound.service, OTHER), (OTHER, bound.objective.name)):
        strange = (service, slo) != own
        shown = [_Second(HEAVY, 0.9 / limit) if strange else second for second in seconds]
        labels = ((SERVICE, service), ("slo", slo))
        yield Series(ALL, labels, tuple(ordinary * second.traffic for second in shown))
        yield Series(BAD, labels, tuple(ordinary * second.traffic * second.burn * limit for second in shown))


def _raw_cases(service: Watched, bound: BoundObjective, shortest: Duration) -> Iterator[Case]:
    """From raw series to the recorded share of bad events: some, none at all, no series of the part."""
    indicator = replace(bound.indicator, window=SHORTEST)
    timed = not traffic(indicator)
    kept = {SERVICE: bound.service, "slo": bound.objective.name}
    name = selector(error_ratio(shortest), kept)
    yield _raw_case(service, indicator, timed, Moment(0.0), Shows(0, name, _SHARE, kept))
    if not timed:
        yield _raw_case(service, indicator, timed, Moment(0.0, 0.0), Shows(0, name, None, {}))
    if isinstance(indicator.spec, Ratio) and not timed:
        none = 1.0 if indicator.spec.complement else 0.0
        yield _raw_case(service, indicator, timed, Moment(0.0, part=False), Shows(0, name, none, kept))


def _raw_case(service: Watched, indicator: Bound, timed: bool, moment: Moment, shows: Shows) -> Case:
    """The same moment all along; strangers, which the matchers keep out, are worse."""
    level, other = (1 - _SHARE, 1 - _OTHER_SHARE) if timed else (_SHARE, _OTHER_SHARE)
    steps = SHORTEST.ms // _RAW_STEP.ms + 3
    moments = (replace(moment, level=level),) * steps
    target = streams(service, indicator, Levels(level, other, level, level), _RAW_STEP)
    found = [*series(target, moments, _RAW_STEP.seconds)]
    for matcher in dict.fromkeys(m for stream in target for m in stream.matchers):
        strangers = (s for s in target if matcher in s.matchers)
        outside = tuple(s.relabelled(failing(indicator, s.labels, matcher, s.matchers)) for s in strangers)
        louder = tuple(s.scaled(1.0 if timed else LOUD) for s in outside)
        found += series(louder, (Moment(other),) * steps, _RAW_STEP.seconds)
    return Case("records", _RAW_STEP, tuple(found), (replace(shows, at=steps - 1),))
