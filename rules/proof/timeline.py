"""The course of a test: what happens step by step, and what the alert must do about it.

Next to the threshold, then beyond it, then back, through every time that the rule knows: its range, `for` and
`keep_firing_for`. Prometheus 2 and 3 differ by one step in how long a range remembers; checks leave that step out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rules.proof.case import Is, Shows, Silent, Tells
from rules.proof.kinds import ABOVE_FLOOR, BELOW_FLOOR
from rules.proof.stream import Moment
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rules.proof.case import Check
    from rules.proof.levels import Levels

BURST = 1000.0
"""How many ordinary steps one step outweighs, where a window must change its mind at once."""
GAP = 2
"""Scrapes that a restarting target misses."""
_STEPS = tuple(
    Duration.parse(text)
    for text in ("12h", "6h", "4h", "3h", "2h", "90m", "1h", "45m", "30m", "15m", "10m", "5m", "3m", "150s", "2m",
                 "90s", "1m", "45s", "30s", "15s", "10s", "5s", "3s", "2s", "1s")
)  # fmt: skip


def step_of(window: Duration | None, *lasting: Duration | None, most: Duration | None = None) -> Duration:
    """The longest step at which a window has five, and every other time at least three, steps without remainder."""
    times = [(time, 3) for time in lasting if time is not None and time.ms]
    times += [(window, 5)] if window is not None else []
    fits = (
        s
        for s in _STEPS
        if (most is None or s <= most) and all(t.ms % s.ms == 0 and t.ms >= s.ms * n for t, n in times)
    )
    return next(fits, _STEPS[-1])


@dataclass(frozen=True)
class Shape:
    """What decides the course: the rule's times in steps (`window` 0 for none), and what its indicator is made of."""

    window: int
    wait: int
    keep: int
    levels: Levels
    labels: Mapping[str, str]
    told: Tells
    events: bool = False
    """The value does not depend on how many events there are, so that one burst decides it in either direction."""
    floor: bool = False
    hollow: bool = False
    """A ratio whose whole may be zero while the part is not."""
    divided: bool = False
    """Counters stand under the fraction bar, and only there."""
    absence: bool = False
    fires_missing: bool = False
    missing: Tells | None = None
    recorded: str = ""
    """The query of the recorded value of a ratio, a mean or a slow share; empty where nothing is recorded."""
    without_part: float | None = None
    """What a ratio is when its part has no series."""
    record_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Course:
    """The moments of the series under test, those of the strangers beside them, and the checks."""

    name: str
    moments: tuple[Moment, ...]
    strangers: tuple[Moment, ...]
    checks: tuple[Check, ...]


class _Pen:
    """Writes a course from its beginning to its end."""

    def __init__(self, shape: Shape, name: str) -> None:
        self.shape = shape
        self.name = name
        self.moments: list[Moment] = []
        self.strangers: list[Moment] = []
        self.checks: list[Check] = []

    @property
    def now(self) -> int:
        """The next step."""
        return len(self.moments)

    def go(self, moments: Iterable[Moment], *, stranger: float | None = None) -> None:
        """Strangers do the opposite: dropping the matcher that keeps them out changes the alert."""
        levels = self.shape.levels
        for moment in moments:
            opposite = levels.good if moment.level == levels.bad else levels.bad
            self.moments.append(moment)
            self.strangers.append(Moment(opposite if stranger is None else stranger))

    def course(self) -> Course:
        """What was written."""
        return Course(self.name, tuple(self.moments), tuple(self.strangers), tuple(self.checks))

    def good(self, count: int, **how: bool) -> list[Moment]:
        return [Moment(self.shape.levels.good, **how)] * count

    def bad(self, count: int, weight: float = 1.0) -> list[Moment]:
        return [Moment(self.shape.levels.bad, weight, there=not self.shape.absence)] * count

    def turn(self, bad: bool) -> float:
        """The weight of the step which makes a window change its mind at once."""
        shape = self.shape
        if not shape.window:
            return 1.0
        return BURST if shape.events or bad == shape.levels.rises else 0.0

    def calm(self, start: int) -> None:
        """Nothing since `start`; a counter that must grow looks slow while its range fills: pending, never firing."""
        slow_start = bool(self.shape.window) and not self.shape.events and not self.shape.levels.rises
        self.checks.append(Silent(start, self.now - 1, calm=not slow_start))

    def asks(self, at: int, state: str | None) -> None:
        match state:
            case "pending":
                self.checks.append(Is(at, "pending", self.shape.labels))
            case "firing":
                self.checks.append(Is(at, "firing", self.shape.labels))
            case _:
                self.checks.append(Is(at, None, {}))


def courses(shape: Shape) -> Iterator[Course]:
    """A restart, the firing and its end; then, by itself, what only windows, floors and ratios know."""
    pen = _Pen(shape, "fires")
    _restart(pen)
    _fire(pen)
    _recover(pen)
    if not shape.absence:
        _missing(pen)
    yield pen.course()
    pen = _Pen(shape, "edges")
    pen.go(pen.good(shape.window + 3))
    pen.calm(1)
    if shape.window:
        _forget(pen)
    if shape.floor:
        _low_traffic(pen)
    if shape.hollow:
        _hollow(pen)
    if shape.recorded:
        _empty(pen)
    if shape.without_part is not None and shape.recorded:
        _without_part(pen)
    if len(pen.checks) > 1:
        yield pen.course()


def slow_courses(shape: Shape) -> Iterator[Course]:
    """For a value that takes up to its whole range to change, at a step that is not known beforehand."""
    pen = _Pen(shape, "fires")
    pen.go(pen.good(shape.window + 3))
    pen.calm(shape.window + 1)
    start = pen.now
    pen.go(pen.bad(shape.window + shape.wait + 3))
    pen.checks.append(Silent(start, start + shape.wait - 1, calm=False) if shape.wait else Silent(1, start - 1))
    pen.asks(pen.now - 2, "firing")
    told = shape.told
    pen.checks.append(Tells(pen.now - 1, told.labels, told.annotations))
    pen.go(pen.good(shape.window + shape.keep + 3))
    pen.asks(pen.now - 1, None)
    _missing(pen)
    yield pen.course()
    if shape.divided:
        yield from _divided(shape)


def _divided(shape: Shape) -> Iterator[Course]:
    """For a value that counters only divide: one step with very many events keeps it small until it leaves the range,
    neither sooner nor later; where that is guarded, there is no value without any event."""
    pen = _Pen(shape, "edges")
    pen.go(pen.good(shape.window + 3))
    left = pen.now + shape.window
    pen.go([*pen.bad(1, BURST), *pen.bad(shape.window + shape.wait + 1)])
    pen.checks.append(Silent(1, left - 2))
    if shape.wait:
        pen.asks(left + shape.wait - 2, "pending")
    pen.asks(left + shape.wait, "firing")
    yield pen.course()
    if not shape.hollow:
        return
    pen = _Pen(shape, "nothing")
    pen.go([Moment(shape.levels.good, 0.0)] * (shape.window + 3))
    pen.calm(1)
    yield pen.course()


def _restart(pen: _Pen) -> None:
    """On the good side; the target restarts: two scrapes fail, and every counter begins at zero."""
    shape = pen.shape
    pen.go(pen.good(shape.window + 3))
    pen.calm(1)
    start = pen.now
    slow = bool(shape.window) and not shape.events and not shape.levels.rises
    usual = Moment(shape.levels.usual, 4.0 if slow else 1.0)
    pen.go([usual] * (shape.window + 1))
    pen.go([replace(usual, scraped=False)] * GAP)
    pen.go([replace(usual, restarted=True), *[usual] * (shape.window + 2)])
    pen.go(pen.good(shape.window + 1) if slow else pen.good(1))
    pen.calm(start)


def _fire(pen: _Pen) -> None:
    shape, start = pen.shape, pen.now
    steady = max(shape.window, shape.wait) + 1
    pen.go([*pen.bad(1, pen.turn(bad=True)), *pen.bad(steady)])
    pen.asks(start - 1, None)
    if shape.wait:
        pen.asks(start, "pending")
        pen.asks(start + shape.wait - 1, "pending")
    pen.asks(start + shape.wait, "firing")
    told = shape.told
    pen.checks.append(Tells(start + steady, told.labels, told.annotations))


def _recover(pen: _Pen) -> None:
    """Back on the good side. A sum that must be nothing keeps the alert until the range has forgotten it."""
    shape, start = pen.shape, pen.now
    pen.go([Moment(shape.levels.good, pen.turn(bad=False)), *pen.good(shape.window + shape.keep + 1)])
    if shape.window and not shape.events and shape.levels.good == 0:
        _ends(pen, start - 1, start - 1, fired=True)
        return
    if shape.keep:
        pen.asks(start + shape.keep - 1, "firing")
    pen.asks(start + shape.keep, None)


def _forget(pen: _Pen) -> None:
    """One bad step counts until it leaves the range, neither shorter nor longer."""
    shape, start = pen.shape, pen.now
    pen.go([*pen.bad(1, pen.turn(bad=True)), *pen.good(shape.window + shape.keep + 2)])
    pen.asks(start - 1, None)
    _ends(pen, start, start, fired=shape.wait <= shape.window - 2)


def _ends(pen: _Pen, start: int, last: int, *, fired: bool) -> None:
    shape = pen.shape
    kept = shape.keep if fired else 0
    pen.asks(last + shape.window - 2 + kept, "firing" if fired else "pending")
    pen.asks(last + shape.window + shape.keep, None)
    if shape.wait > shape.window:
        pen.asks(last + shape.window, None)


def _low_traffic(pen: _Pen) -> None:
    """Bad, but of too few events to tell; then one step with many, which count until they leave the range."""
    shape, start, few = pen.shape, pen.now, BELOW_FLOOR / ABOVE_FLOOR
    pen.go(pen.bad(1, 0.0))
    pen.go(pen.bad(shape.window + min(shape.wait, 3) + 3, few))
    pen.calm(start)
    many = pen.now
    pen.go([*pen.bad(1, BURST), *pen.bad(shape.window + shape.keep + 1, few)])
    _ends(pen, many, many, fired=shape.wait <= shape.window - 2)


def _hollow(pen: _Pen) -> None:
    """A whole of zero beside a part that is not: nothing to compare."""
    start = pen.now
    pen.go(pen.good(min(pen.shape.wait, 3) + 1, hollow=True))
    pen.calm(start)
    pen.go(pen.good(1))


def _empty(pen: _Pen) -> None:
    """No events at all: no value."""
    start = pen.now
    pen.go([Moment(pen.shape.levels.bad, 0.0)] * (pen.shape.window + 2))
    pen.checks.append(Shows(pen.now - 1, pen.shape.recorded, None, {}))
    pen.calm(start)


def _without_part(pen: _Pen) -> None:
    """Events, but no series of the part: it counts as zero."""
    shape = pen.shape
    pen.go(pen.good(shape.window + 2, part=False))
    pen.checks.append(Shows(pen.now - 1, shape.recorded, shape.without_part, shape.record_labels))


def _missing(pen: _Pen) -> None:
    """All series of the target are gone."""
    shape, start = pen.shape, pen.now
    fires = shape.fires_missing and shape.missing is not None
    pen.go([Moment(shape.levels.good, there=False)] * ((shape.wait if fires else shape.window) + 3))
    if not fires or shape.missing is None:
        pen.asks(pen.now - 1, None)
        return
    if shape.wait:
        pen.asks(start + shape.wait - 1, "pending")
    pen.checks.append(Tells(start + shape.wait, shape.missing.labels, shape.missing.annotations))
