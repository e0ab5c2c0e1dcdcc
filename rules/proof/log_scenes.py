"""Scenes that prove an alert on log lines: lines around its threshold, beside others that must not count.

Made from what the spec says of the alert, not from its expression. A scene is a time that has passed; Loki's ruler
looks at it from its end on, for as long as `patience` says, in which no line leaves the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from rules.proof.case import Threshold
from rules.proof.threshold import tells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.rule import Alerting
    from spec.logs import LogAlert
    from spec.stack import Watched

_STRANGER, _OTHER_LEVEL = "another", "TRACE"
_LOUD = 2
"""How many strangers there are for each line that would make the alert fire."""
LAG = 5.0
"""Seconds by which a busy ruler may look at an earlier moment than the present one."""
_EXACTLY = 1e-6
"""Lines by which a threshold may be off and still be met by a number of them."""
_PLAIN = "a line of the day"


def patience(alert: LogAlert) -> float:
    """Seconds at the start of a window in which there are no lines, so that it may move on while Loki is asked."""
    return min(60.0, alert.window.seconds / 2)


@dataclass(frozen=True)
class Lines:
    """Lines of one stream, by how many seconds they lie before the scene's end."""

    labels: tuple[tuple[str, str], ...]
    text: str
    ages: tuple[float, ...]


@dataclass(frozen=True)
class Scene:
    """What was logged, and the annotations of the alert that must come of it; None for silence."""

    name: str
    lines: tuple[Lines, ...]
    told: Mapping[str, str] | None


def scenes(service: Watched, rule: Alerting, alert: LogAlert) -> tuple[Scene, ...]:
    """On either side of the threshold, and without any line. Strangers are loud where the alert must be silent for too
    few lines, and where it must fire for too few: letting them in changes it. Where lines are missed, those that are
    there are old: a shorter window would miss them all."""
    window = alert.window.seconds
    quiet, loud = _edges(alert)
    kind = _Kind(service, alert)

    def told(count: int) -> Mapping[str, str]:
        return tells(0, rule, {"service": rule.service}, count / window).annotations

    youngest = 0.0 if alert.above is not None else window / 2
    few, many = tuple(kind.counted(quiet, youngest)), tuple(kind.counted(loud, youngest))
    strangers = tuple(kind.strangers(loud * _LOUD))
    gone = tuple(kind.gone(loud * _LOUD))
    if alert.above is not None:
        return (
            Scene("at the threshold", (*few, *strangers, *gone), None),
            Scene("above the threshold", many, told(loud)),
            *([Scene("in two streams", tuple(kind.counted(2, youngest)), told(2))] if loud == 1 else []),
            Scene("no lines", (), None),
        )
    return (
        Scene("at the threshold", many, None),
        *([Scene("below the threshold", (*few, *strangers, *gone), told(quiet))] if quiet else []),
        Scene("no lines", (*strangers, *gone), told(0)),
    )


def threshold(alert: LogAlert) -> Threshold:
    """What the rule compares with, and the nearest numbers on which its scenes do not agree with it."""
    window, (quiet, loud) = alert.window.seconds, _edges(alert)
    met, limit = (quiet, alert.above) if alert.above is not None else (loud, alert.below)
    value = limit.value if limit else 0.0
    exact = abs(value * window - met) < _EXACTLY
    return Threshold(value, (quiet - 0.5) / window, (loud + 0.5) / window, exact)


def _edges(alert: LogAlert) -> tuple[int, int]:
    """The most lines that count as few, and the fewest that count as many. `above` takes as much as its threshold for
    few, `below` for many."""
    if alert.above is not None:
        most = floor(alert.above.value * alert.window.seconds + 1e-9)
        return most, most + 1
    least = ceil((alert.below.value if alert.below else 0) * alert.window.seconds - 1e-9)
    return max(least - 1, 0), max(least, 1)


@dataclass(frozen=True)
class _Kind:
    """The lines of one alert, and those that differ from them in one thing."""

    service: Watched
    alert: LogAlert

    def counted(self, count: int, after: float) -> Iterator[Lines]:
        """In two streams, from some seconds older than `after` to the oldest for which there is time."""
        oldest = self.alert.window.seconds - patience(self.alert)
        youngest = min(after + LAG, oldest)
        ages = tuple(youngest + (oldest - youngest) * at / max(count - 1, 1) for at in range(count))
        levels = self.alert.levels or ("INFO", "WARNING")
        for at, level in enumerate((*levels, *levels)[:2]):
            if ages[at::2]:
                yield self._lines({"level": level, "host": str(at)}, ages[at::2])

    def gone(self, count: int) -> Iterator[Lines]:
        """So old that the window has just forgotten them."""
        old = self.alert.window.seconds + LAG
        level = (*self.alert.levels, "INFO")[0]
        yield self._lines({"level": level, "host": "0"}, tuple(old + at / count for at in range(count)))

    def strangers(self, count: int) -> Iterator[Lines]:
        """For each thing that the alert asks of a line, lines that miss it."""
        ages = tuple(LAG + at / count for at in range(count))
        level = (*self.alert.levels, "INFO")[0]
        yield self._lines({"level": level, "service": _STRANGER}, ages)
        if self.alert.levels:
            yield self._lines({"level": _OTHER_LEVEL}, ages)
        if self.alert.category:
            yield self._lines({"level": level, "category": _STRANGER}, ages)
        if self.alert.contains:
            yield self._lines({"level": level, "host": "2"}, ages, _PLAIN)

    def _lines(self, labels: Mapping[str, str], ages: tuple[float, ...], text: str = "") -> Lines:
        category = {"category": self.alert.category} if self.alert.category else {}
        full = {"service": self.service.name, **category, **labels}
        return Lines(tuple(full.items()), text or f"{_PLAIN}: {self.alert.contains or 'nothing special'}", ages)
