"""The proof of free PromQL, from the series that the spec gives for its good and its bad side.

What the expression is then cannot be known here: `question` asks promtool for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.proof.case import Case, Shows, Threshold
from rules.proof.labels import REPLICA, base, failing, matching, sibling
from rules.proof.levels import Levels
from rules.proof.stream import Moment, Stream, series
from rules.proof.threshold import LOUD, tells
from rules.proof.timeline import Shape, courses, slow_courses, step_of
from spec.indicator import PromQL
from spec.samples import NoSamples
from spec.scalars import Duration
from spec.selector import Selector
from spec.value import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.proof.case import Series
    from rules.proof.timeline import Course
    from rules.rule import Alerting
    from spec.indicator import GivenSample
    from spec.scalars import Quantity
    from spec.selector import Matcher
    from spec.stack import BoundAlert, Watched

GIVEN_STEP = 15.0
"""Seconds between two values of a given series."""
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_GUARD = re.compile(r"> *0 *\)")
_GOOD, _BAD = 0.0, 1.0
_LEVELS = Levels(_GOOD, _BAD, 0.5, _GOOD)


@dataclass(frozen=True)
class Answer:
    """What the expression is with the good samples (None for nothing) and with the bad ones. `replicas`: with a second,
    half as great series beside each given one, which tells aggregations apart."""

    good: float | None
    bad: float
    replicas: bool


def fits(bound: BoundAlert, answer: Answer) -> bool:
    """Whether the good value is on the silent side, and the bad one beyond the threshold."""
    limit, sign = _threshold(bound).value, _sign(bound)
    return sign * answer.bad > sign * limit and (answer.good is None or sign * answer.good <= sign * limit)


def question(service: Watched, bound: BoundAlert, *, bad: bool, replicas: bool) -> Case:
    """A case whose only check fails with the value that the expression has on one side. Raises NoSamples."""
    step = _step(bound)
    window = _window(bound)
    steps = (window.ms // step.ms if window else 0) + 3
    moments = (Moment(_BAD if bad else _GOOD),) * steps
    found = series(_streams(service, bound, step, replicas), moments, step.seconds)
    return Case("value", step, found, (Shows(steps - 1, value(bound.indicator), None, {}),))


def free_cases(
    service: Watched, bound: BoundAlert, rule: Alerting, answer: Answer
) -> tuple[tuple[Case, ...], tuple[Threshold, ...]]:
    """The same courses as for indicators. Where only counters are given, a change of them is taken to decide the value
    at once, as in a ratio; beside gauges they may decide slowly."""
    limit, sign, good, bad = _threshold(bound), _sign(bound), answer.good, answer.bad
    if not fits(bound, answer):
        raise NoSamples(
            f"with its samples the expression is {good} (good) and {bad:g} (bad), "
            f"but the alert fires {'above' if sign > 0 else 'below'} {limit}"
        )
    step, window = _step(bound), _window(bound)
    target = _streams(service, bound, step, answer.replicas)
    mixed = window is not None and len({stream.counter for stream in target}) > 1
    kept = {label: target[0].labels[label] for label in bound.indicator.labels}
    shape = Shape(
        window=window.ms // step.ms if window else 0,
        wait=rule.for_.ms // step.ms,
        keep=rule.keep_firing_for.ms // step.ms if rule.keep_firing_for else 0,
        levels=_LEVELS,
        labels={**kept, **rule.labels},
        told=tells(0, rule, kept, bad),
        events=window is not None,
        hollow=sign > 0 and bool(_wholes(bound)) and (window is None or (mixed and _guarded(bound))),
        divided=sign > 0 and mixed and _divides(target, _wholes(bound)),
    )
    planned = slow_courses(shape) if mixed else courses(shape)
    cases = tuple(Case(one.name, step, tuple(_all_series(bound, target, one, step)), one.checks) for one in planned)
    beyond = abs(bad - limit.value) * 1.5
    under = abs((good if good is not None else bad) - limit.value) * 1.5 or beyond
    lower, higher = (
        (limit.value - under, limit.value + beyond) if sign > 0 else (limit.value - beyond, limit.value + under)
    )
    return cases, (Threshold(limit.value, lower, higher),)


def _all_series(bound: BoundAlert, target: tuple[Stream, ...], planned: Course, step: Duration) -> Iterator[Series]:
    """The given series, siblings for each label the indicator keeps, strangers for each matcher of the part."""
    yield from series(target, planned.moments, step.seconds)
    quiet = tuple(
        replace(m, level=_GOOD, weight=1.0, scraped=True, restarted=False, hollow=False) for m in planned.moments
    )
    for label in bound.indicator.spec.by:
        beside = tuple(s.relabelled(sibling(bound.indicator, s.labels, label, s.matchers)) for s in target)
        yield from series(beside, quiet, step.seconds)
    for matcher in bound.indicator.part.matchers:
        outside = (s.relabelled(failing(bound.indicator, s.labels, matcher, s.matchers)).scaled(LOUD) for s in target)
        yield from series(tuple(outside), planned.strangers, step.seconds)


def _threshold(bound: BoundAlert) -> Quantity:
    limit = bound.alert.above or bound.alert.below
    if limit is None:
        raise NoSamples("an alert on free PromQL needs a threshold to be tested at")
    return limit


def _wholes(bound: BoundAlert) -> frozenset[str]:
    """The metrics that stand only under the fraction bar, and may be zero."""
    spec = bound.indicator.spec
    over, bar, under = spec.promql.rpartition("/") if isinstance(spec, PromQL) else ("", "", "")
    return frozenset(_NAME.findall(under)) - frozenset(_NAME.findall(over)) if bar else frozenset()


def _divides(target: tuple[Stream, ...], wholes: frozenset[str]) -> bool:
    """Whether counters, and nothing else, stand only under the fraction bar."""
    return all(stream.counter == (stream.metric in wholes) for stream in target)


def _guarded(bound: BoundAlert) -> bool:
    """Whether what stands under the bar is left out when it is zero."""
    spec = bound.indicator.spec
    return isinstance(spec, PromQL) and _GUARD.search(spec.promql.rpartition("/")[2]) is not None


def _sign(bound: BoundAlert) -> int:
    return 1 if bound.alert.above is not None else -1


def _step(bound: BoundAlert) -> Duration:
    return step_of(_window(bound), bound.alert.for_, bound.alert.keep_firing_for, most=Duration.parse("5m"))


def _window(bound: BoundAlert) -> Duration | None:
    """The window, when the expression has one."""
    spec = bound.indicator.spec
    return bound.indicator.window if isinstance(spec, PromQL) and "$window" in spec.promql else None


def _streams(service: Watched, bound: BoundAlert, step: Duration, replicas: bool) -> tuple[Stream, ...]:
    """A stream for each given series; one that only one side gives is taken to stand still on the other."""
    spec = bound.indicator.spec
    if not isinstance(spec, PromQL) or not spec.samples.bad:
        raise NoSamples("free PromQL needs samples.good and samples.bad, series on either side of the threshold")
    good, bad = ({sample.series: _course(sample) for sample in side} for side in (spec.samples.good, spec.samples.bad))
    given = [
        _stream(service, bound, text, good.get(text), bad.get(text), step) for text in dict.fromkeys((*good, *bad))
    ]
    beside = [one.relabelled({**one.labels, REPLICA: "2"}).scaled(0.5) for one in given if replicas]
    return (*given, *beside)


def _stream(
    service: Watched,
    bound: BoundAlert,
    text: str,
    good: tuple[float, float] | None,
    bad: tuple[float, float] | None,
    step: Duration,
) -> Stream:
    given = Selector.parse(text)
    own = {matcher.label: matcher.value for matcher in given.matchers}
    matchers: tuple[Matcher, ...] = bound.indicator.part.matchers
    labels = matching(bound.indicator, {**base(service, bound.indicator), **own}, matchers)
    counter = any(side is not None and side[1] for side in (good, bad))
    whole = given.metric in _wholes(bound)
    at = step.seconds / GIVEN_STEP

    def amount(moment: Moment, _: float) -> float:
        first, grows = (bad if moment.level == _BAD else good) or (0.0, 0.0)
        if whole and moment.hollow:
            return 0.0
        return grows * at * moment.weight if counter else first

    return Stream(given.metric, labels, matchers, amount, counter)


def _course(sample: GivenSample) -> tuple[float, float]:
    """Start and growth a step of `7x30` or `0+10x60`. Raises NoSamples for anything that is no straight line."""
    words = sample.values.split()
    number, _, _count = words[0].partition("x")
    sign = -1.0 if number.startswith("-") else 1.0
    first, plus, grows = number.lstrip("-").partition("+")
    try:
        if len(words) == 1:
            return sign * float(first), float(grows) if plus else 0.0
    except ValueError:
        pass
    raise NoSamples(f"{sample.values!r} is not one straight line, such as 7x400 or 0+10x400")
