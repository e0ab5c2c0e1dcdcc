"""The proof of burn-rate alerts: each pair of windows by itself, and the records of bad and of all events beneath them.

The pairs are tested on the recorded series of events, given as input: days pass in steps of a quarter of the short
window. Error-free history with heavy traffic stands before each burn, so that the long window is bad from the very
step at which it has forgotten the history, and no other pair takes notice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
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
_QUARTERS = 4
"""Steps in a short window."""
_RAW_STEP = Duration.parse("1m")
_SHARE, _OTHER_SHARE = 0.3, 0.6
_BURST = 1000.0


@dataclass(frozen=True)
class _Second:
    """What one step adds: the traffic, in ordinary traffic, and how much of it is bad, in the pair's limit."""

    traffic: float
    burn: float


def burn_cases(
    service: Watched, bound: BoundObjective, rule: Alerting
) -> tuple[tuple[Case, ...], tuple[Threshold, ...]]:
    """A case for each pair of the alert, and one for its records."""
    speed = "fast" if rule.alert == burn_alert(bound, "fast") else "slow"
    limits = {pair: pair.factor(bound.objective.window) * budget(bound) for pair in pairs(bound, speed)}
    least = min(limits.values())
    cases = [_pair_case(bound, rule, pair, limit, lowest=limit == least) for pair, limit in limits.items()]
    fresh = [_fresh_case(bound, rule, pair, limit) for pair, limit in limits.items()]
    margin = 1.5 * NEAR
    thresholds = tuple(Threshold(limit, limit * (1 - margin), limit * (1 + margin)) for limit in limits.values())
    return (*_raw_cases(service, bound), *cases, *fresh), (*thresholds, *floor_threshold(bound.indicator))


def _pair_case(bound: BoundObjective, rule: Alerting, pair: Pair, limit: float, *, lowest: bool) -> Case:
    """Burning just fast enough fires once the long window is full, and ends with the short one. Burning not quite fast
    enough in either window never fires, nor do few events, however bad. Traffic changes all the while, so that a window
    of bad events and one of all events cannot differ unnoticed."""
    step = Duration(pair.short.ms // _QUARTERS)
    long, short = pair.long.ms // step.ms, 0 if pair.short == SHORTEST else _QUARTERS
    past = [_Second(HEAVY, 0.0)] * 3
    scenes: dict[str, list[_Second]] = {
        "near": _below(11, short) if lowest else [],
        "past": past,
        "burn": [
            _Second(traffic, 1 + NEAR) for traffic in (*[1.0] * (long // 2), *[3.0] * (long - long // 2), 5.0, 5.0)
        ],
        "hold": [_Second(1.0, 1.05)] * (_QUARTERS + 1),
        "dip": [_Second(traffic, 1 - NEAR) for traffic in (5.0, 5.0, 5.0, 15.0, 15.0)],
        "rise": [_Second(30.0, 2.0)],
        "calm": [_Second(3.0, 0.0)] * (_QUARTERS + 2),
        "few": _few(limit) if floor(bound.indicator) else [],
        "below": [] if lowest else [*past, *_below(long, short)],
    }
    ends = dict(zip(scenes, accumulate(map(len, scenes.values())), strict=True))
    seconds = [second for scene in scenes.values() for second in scene]
    kept = {SERVICE: bound.service, "slo": bound.objective.name}
    labels = {**kept, **rule.labels}
    checks: list[Check] = [
        Silent(0, ends["past"] + long - 2),
        tells(ends["burn"] - 1, rule, kept, limit * (1 + NEAR)),
        Is(ends["hold"] - 1, "firing", labels),
        Is(ends["dip"] - 1, None, {}),
        Is(ends["rise"] + max(short - 2, -1), "firing", labels),
        Is(ends["rise"] + short, None, {}),
        *([Silent(ends["calm"], len(seconds) - 1)] if len(seconds) > ends["calm"] else []),
    ]
    about = (error_ratio(pair.long), error_ratio(pair.short), rule.alert)
    found = tuple(_recorded(bound, pair, seconds, limit))
    return Case(f"burn {pair.long}/{pair.short}", step, found, tuple(checks), rules=about)


def _fresh_case(bound: BoundObjective, rule: Alerting, pair: Pair, limit: float) -> Case:
    """An objective that burns from the first moment it is known: silent until that is long enough ago."""
    step = Duration(pair.short.ms // _QUARTERS)
    wait = pair.known.ms // step.ms
    seconds = [_Second(1.0, 3.0)] * (wait + 3)
    labels = {SERVICE: bound.service, "slo": bound.objective.name, **rule.labels}
    checks = (Silent(0, wait - 1), Is(wait, "firing", labels), Is(wait + 2, "firing", labels))
    about = (error_ratio(pair.long), error_ratio(pair.short), rule.alert)
    return Case(
        f"fresh {pair.long}/{pair.short}", step, tuple(_recorded(bound, pair, seconds, limit)), checks, rules=about
    )


def _below(steps: int, short: int) -> list[_Second]:
    """The long window stays just below its limit, while the short one goes just above it in the end."""
    under = 1 - NEAR
    return [
        *[_Second(1.0, under)] * (steps - 4),
        _Second(1.0, 1 - 1e-9),
        *[_Second(3.0, under)] * 3,
        *[_Second(1.0, 1 + NEAR)] * (short + 1),
    ]


def _few(limit: float) -> list[_Second]:
    """Nothing for a while, then traffic that stays below its floor on the average, nearly all of it bad."""
    most = 0.9 / limit
    traffic = (0.9, 0.9, 0.9, 0.9, 1.25, 0.9, 0.9, 0.9, *[BELOW_FLOOR / ABOVE_FLOOR] * (_QUARTERS + 2))
    return [*[_Second(0.0, 0.0)] * (_QUARTERS + 1), *(_Second(events, most) for events in traffic)]


def _recorded(bound: BoundObjective, pair: Pair, seconds: list[_Second], limit: float) -> Iterator[Series]:
    """Bad and all events of the objective; another objective and another service burn all the time."""
    ordinary = floor(bound.indicator) * ABOVE_FLOOR or 1.0
    own = ((SERVICE, bound.service), ("slo", bound.objective.name))
    yield Series(ALL, own, tuple(ordinary * second.traffic for second in seconds))
    yield Series(BAD, own, tuple(ordinary * second.traffic * second.burn * limit for second in seconds))
    for labels in (((SERVICE, bound.service), ("slo", OTHER)), ((SERVICE, OTHER), ("slo", bound.objective.name))):
        yield Series(ALL, labels, (HEAVY,) * len(seconds))
        for name in (BAD, error_ratio(pair.long), error_ratio(pair.short)):
            yield Series(name, labels, (0.9 * (HEAVY if name == BAD else 1.0),) * len(seconds))


def _raw_cases(service: Watched, bound: BoundObjective) -> Iterator[Case]:
    """From raw series to the recorded share of bad events: some, none at all, no series of the part."""
    indicator = replace(bound.indicator, window=SHORTEST)
    timed = not traffic(indicator)
    kept = {SERVICE: bound.service, "slo": bound.objective.name}
    name = f"{selector(BAD, kept)} / ({selector(ALL, kept)} > 0)"
    yield _raw_case(service, indicator, timed, Moment(0.0), Shows(0, name, _SHARE, kept))
    gone = Moment(0.0, there=False) if timed else Moment(0.0, 0.0)
    nothing = Shows(0, name, None, {})
    alone = (Shows(0, selector(ALL, kept), None, {}),) if timed else ()
    yield _raw_case(service, indicator, timed, gone, nothing, *alone)
    if isinstance(indicator.spec, Ratio) and not timed:
        none = 1.0 if indicator.spec.complement else 0.0
        yield _raw_case(service, indicator, timed, Moment(0.0, part=False), Shows(0, name, none, kept))


def _raw_case(service: Watched, indicator: Bound, timed: bool, moment: Moment, *shows: Shows) -> Case:
    """The same moment all along, between bursts; strangers, which the matchers keep out, are worse.

    A burst inside the range decides the share, an older and greater one outside of it must not.
    """
    level, other = (1 - _SHARE, 1 - _OTHER_SHARE) if timed else (_SHARE, _OTHER_SHARE)
    window = SHORTEST.ms // _RAW_STEP.ms
    steps = 3 * window
    if timed:
        moments = _times(moment, window, steps)
    else:
        moments = [replace(moment, level=other)] * steps
        moments[-2 - window] = replace(moment, level=0.0, weight=moment.weight * _BURST**2)
        moments[1 - window] = replace(moment, level=level, weight=moment.weight * _BURST)
    target = streams(service, indicator, Levels(level, other, level, level), _RAW_STEP)
    found = [*series(target, tuple(moments), _RAW_STEP.seconds)]
    for matcher in dict.fromkeys(m for stream in target for m in stream.matchers):
        strangers = (s for s in target if matcher in s.matchers)
        outside = tuple(s.relabelled(failing(indicator, s.labels, matcher, s.matchers)) for s in strangers)
        louder = tuple(s.scaled(1.0 if timed else LOUD * _BURST) for s in outside)
        found += series(louder, (Moment(other),) * steps, _RAW_STEP.seconds)
    checks = tuple(replace(one, at=steps - 1, within=0.01) for one in shows)
    return Case("records", _RAW_STEP, tuple(found), checks, rules=(BAD, ALL))


def _times(moment: Moment, window: int, steps: int) -> list[Moment]:
    """All bad long ago, all good before the window, and in it as bad as it is to be on the average: most of it early.

    The moment at the window's left end, which only Prometheus 2 counts, has the average itself.
    """
    early = _SHARE * window / 2
    bad = [1.0] * (steps - 2 * window) + [0.0] * (window - 1) + [_SHARE, early, early, *[0.0] * (window - 2)]
    return [replace(moment, level=1 - share) for share in bad]
