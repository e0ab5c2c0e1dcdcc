"""How often an alert would have fired: its expression over the last days, asked of a Prometheus; `for` is applied here.

Recorded series need not be there: an alert is asked as the expression behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from diff.change import Change
from diff.matched import called
from rules.recording import records
from spec.indicator import Anomaly
from spec.names import SERVICE
from spec.stack import BoundAlert, BoundObjective, equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from diff.matched import Matched
    from rules.rule import Alerting
    from spec.stack import Stack

DAY = 86_400
POINTS = 10_000
"""Prometheus answers with at most 11,000 points for each series."""


class Asks(Protocol):
    """Answers a range query: the moments of each series, in seconds since the epoch, by its labels."""

    def __call__(self, query: str, start: float, end: float, step: float) -> Mapping[str, Sequence[float]]:
        """Raises Unanswered."""


class Unanswered(Exception):
    """The server did not answer; says why."""


@dataclass(frozen=True)
class Fired:
    """How often an alert would have fired, and for how long in all, in seconds."""

    times: int
    seconds: float

    def __str__(self) -> str:
        if not self.times:
            return "not at all"
        how_often = "once" if self.times == 1 else f"{self.times} times"
        return f"{how_often} ({_lasting(self.seconds)} in all)"


def _lasting(seconds: float) -> str:
    for name, size in (("d", DAY), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds:.0f} s"


def history(base: Stack, head: Stack, found: Matched, ask: Asks, now: float, days: int) -> Iterator[Change]:
    """A sentence for every alert of metrics whose firing may differ: gone, new, or with another condition."""
    pairs: list[tuple[Any, Alerting | None, Alerting | None]] = [
        *((one, one.alert, None) for one in found.gone),
        *((one, None, one.alert) for one in found.new),
        *((new, old.alert, new.alert) for old, new in found.both if _condition(old.alert) != _condition(new.alert)),
    ]
    for one, before, after in pairs:
        rule = after or before
        if rule is None or not isinstance(rule.source, BoundAlert | BoundObjective):
            continue
        try:
            was = fired(before, _step(base), ask, now, days) if before else None
            will = fired(after, _step(head), ask, now, days) if after else None
        except Unanswered as error:
            yield Change("paged", "~", called(one), f"no history: {error}")
            continue
        span = f"in the last {days} days" if days != 1 else "in the last day"
        words = f"fired {was} {span} as it was" if was else ""
        words += f"{', ' if was else ''}would have fired {will}{'' if was else f' {span}'}" if will else ""
        yield Change("paged", "~", called(one), words)


def _condition(rule: Alerting) -> tuple[str, int, int]:
    kept = rule.keep_firing_for
    return written_out(rule), rule.for_.ms, kept.ms if kept else 0


def written_out(rule: Alerting) -> str:
    """An alert's expression with the expressions behind its recorded series, which a server need not have yet.

    Anomalies read hours of recorded series: they are asked as they are, and so are burn rates.
    """
    if not isinstance(rule.source, BoundAlert) or isinstance(rule.source.indicator.spec, Anomaly):
        return rule.expr
    text, service = rule.expr, equal(SERVICE, rule.source.service)
    for recording in records(rule.source.indicator):
        text = text.replace(f"{recording.record}{{{service}}}", f"({recording.expr})")
    return text


def _step(stack: Stack) -> float:
    """Seconds: the evaluation interval, or longer so that an answer holds a day, which has a whole number of them."""
    return DAY / min(POINTS, int(DAY / stack.spec.defaults.evaluation.seconds))


def fired(rule: Alerting, step: float, ask: Asks, now: float, days: int) -> Fired:
    """Ask day by day, and put the moments of each series together. Raises Unanswered."""
    moments: dict[str, list[float]] = {}
    for day in range(days - 1, -1, -1):
        end = now - day * DAY
        for labels, found in ask(written_out(rule), end - DAY + step, end, step).items():
            moments.setdefault(labels, []).extend(found)
    keep = rule.keep_firing_for.seconds if rule.keep_firing_for else 0.0
    spans = [span for one in moments.values() for span in episodes(one, step, rule.for_.seconds, keep)]
    return Fired(len(spans), sum(end - start for start, end in spans))


def episodes(moments: Iterable[float], step: float, lasting: float, keep: float = 0.0) -> list[tuple[float, float]]:
    """When an alert fires, from the moments at which its condition holds: once it has held for `lasting` seconds.

    It ends with the first evaluation that finds nothing, `keep` seconds later when it keeps firing; a condition that
    comes back before that prolongs it.
    """
    spans: list[tuple[float, float]] = []
    for begun, ended in _held(moments, step):
        over = ended + step + keep
        if spans and begun <= spans[-1][1] and keep:
            spans[-1] = (spans[-1][0], over)
        elif ended - begun >= lasting:
            spans.append((begun + lasting, over))
    return spans


def _held(moments: Iterable[float], step: float) -> list[tuple[float, float]]:
    """First and last moment of each time without a gap."""
    found: list[tuple[float, float]] = []
    for moment in moments:
        if found and moment - found[-1][1] < 1.5 * step:
            found[-1] = (found[-1][0], moment)
        else:
            found.append((moment, moment))
    return found
