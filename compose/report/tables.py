"""A service's chapters as tables of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compose.report.figures import NOTHING, change, figure, number, seconds, share, when
from compose.report.found import Beaten, Counted, Failed, Measured, Ran

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compose.report.found import Fired, Growth, OfService, Promise, Tight

Row = tuple[str, ...]
NONE = "-"
MOST_ALERTS = 10


@dataclass(frozen=True)
class Table:
    """A chapter; `empty` is what it says without rows, `notes` what stands below it."""

    title: str
    head: Row
    rows: tuple[Row, ...]
    empty: str
    notes: tuple[str, ...] = ()


def tables(one: OfService) -> tuple[Table, ...]:
    """Every chapter, in the order in which people ask."""
    return (
        _table("Usage", "EVENTS, MEAN, PEAK, AT, BEFORE", map(_used, one.usage), "nothing is counted"),
        _table(
            "Errors",
            "SHARE, BEFORE, NUMBER, WORST HOUR, AT",
            map(_failed, one.errors),
            "no share of failures is measured",
            _kinds(one),
        ),
        _table("Jobs", "FIGURES", map(_job, one.jobs), "no jobs are measured"),
        _table("Objectives", "PROMISED, ATTAINED, BEFORE, BUDGET LEFT, USED UP", map(_promise, one.promises), "none"),
        _table(
            "Alerts",
            "SEVERITY, TIMES, LASTED, EACH, BEFORE",
            map(_fired, one.fired[:MOST_ALERTS]),
            "none fired",
            _quieter(one),
        ),
        _table(
            "Bottlenecks",
            "MEAN, WORST, AT, OF ITS LIMIT, SLOWEST",
            map(_tight, one.tight),
            "nothing is measured that has a limit",
        ),
        _table("Capacity", "NOW, A DAY, LIMIT, REACHED", map(_growth, one.growth), "nothing is measured that fills up"),
    )


def _table(title: str, head: str, rows: Iterable[Row], empty: str, notes: Iterable[str] = ()) -> Table:
    return Table(title, ("", *head.split(", ")), tuple(rows), empty, tuple(notes))


def _used(one: Counted | Measured) -> Row:
    if isinstance(one, Counted):
        amounts = (number(one.events), figure(one.rate, "per second"), figure(one.peak, "per second"))
        return (one.title, *amounts, when(one.peak_at), change(one.rate, one.before))
    amounts = (NONE, figure(one.mean, one.unit), figure(one.peak, one.unit))
    return (one.title, *amounts, when(one.peak_at), change(one.mean, one.before))


def _failed(one: Failed | Measured) -> Row:
    if isinstance(one, Measured):
        worst = (NONE, figure(one.peak, one.unit), when(one.peak_at))
        return (one.title, figure(one.mean, one.unit), _earlier(one.before, one.unit), *worst)
    worst_hour = NONE if one.worst is None else share(one.worst)
    return (
        one.title,
        figure(one.share, "ratio"),
        _earlier(one.before, "ratio"),
        number(one.bad),
        worst_hour,
        when(one.worst_at),
    )


def _kinds(one: OfService) -> Iterator[str]:
    for found in one.errors:
        if isinstance(found, Failed) and found.kinds:
            yield "by kind: " + "; ".join(f"{kind} {number(count)}" for kind, count in found.kinds)


def _job(one: Ran | Failed | Beaten | Measured) -> Row:
    match one:
        case Ran(counted=counted):
            return counted.title, _ran(one)
        case Beaten():
            return one.title, _beaten(one)
        case Failed():
            return one.title, _failing(one)
        case Measured():
            return one.title, _level(one)


def _ran(one: Ran) -> str:
    counted = one.counted
    if counted.events is None:
        return NOTHING
    compared = "" if counted.before is None else f" ({change(counted.rate, counted.before)})"
    if one.last is None:
        return f"none ran{compared}"
    gap = "" if one.gap is None else f"; longest time without one {seconds(one.gap)}, from {when(one.gap_from)}"
    return f"{number(counted.events)} ran{compared}; the last {when(one.last)}{gap}"


def _beaten(one: Beaten) -> str:
    if one.age is None or one.longest is None:
        return NOTHING
    limit = "" if one.limit is None else f"; alerts at {seconds(one.limit)}"
    return f"{seconds(one.age)} ago; {seconds(one.longest)} at most, {when(one.longest_at)}{limit}"


def _failing(one: Failed) -> str:
    if one.share is None:
        return NOTHING
    compared = "" if one.before is None else f" (before {share(one.before)})"
    worst = "" if one.worst is None else f"; worst hour {share(one.worst)}, {when(one.worst_at)}"
    return f"{share(one.share)}{compared}, {number(one.bad)} of {number(one.events)}{worst}"


def _level(one: Measured) -> str:
    if one.mean is None:
        return NOTHING
    compared = "" if one.before is None else f" (before {figure(one.before, one.unit)})"
    spread = f"{figure(one.low, one.unit)} to {figure(one.peak, one.unit)}"
    return f"{figure(one.mean, one.unit)}{compared}, from {spread}"


def _promise(one: Promise) -> Row:
    promised = f"{share(one.objective)} over {seconds(one.window)}"
    kept = "" if one.attained is None or one.attained >= one.objective else " (missed)"
    used = "used up" if one.budget_left is not None and one.budget_left <= 0 else "not at this rate"
    used = f"in {seconds(one.exhausted_in)}" if one.exhausted_in else used
    return (
        one.title,
        promised,
        f"{figure(one.attained, 'ratio')}{kept}",
        _earlier(one.before, "ratio"),
        figure(one.budget_left, "ratio"),
        NONE if one.budget_left is None else used,
    )


def _fired(one: Fired) -> Row:
    now = " (fires now)" if one.firing else ""
    each = seconds(one.seconds / one.times)
    return f"{one.name}{now}", one.severity, number(one.times), seconds(one.seconds), each, number(one.before_times)


def _quieter(one: OfService) -> Iterator[str]:
    if len(one.fired) > MOST_ALERTS:
        yield f"and {len(one.fired) - MOST_ALERTS} more, which fired less often"


def _tight(one: Tight) -> Row:
    near = NONE
    if one.near is not None and one.limit is not None:
        near = f"{share(round(one.near, 2))} of {figure(one.limit, one.unit)}"
    slowest = ", ".join(f"{which} {figure(mean, one.unit)}" for which, mean in one.slowest)
    worst = (figure(one.mean, one.unit), figure(one.worst, one.unit), when(one.worst_at))
    return (_with(one.title, one.which), *worst, near, slowest or NONE)


def _growth(one: Growth) -> Row:
    daily = NONE if one.daily is None else f"{'+' if one.daily > 0 else ''}{figure(one.daily, one.unit)}"
    return (
        _with(one.title, one.which),
        figure(one.now, one.unit),
        daily,
        figure(one.limit, one.unit),
        reached(one),
    )


def reached(one: Growth) -> str:
    """When it is at its limit, or why that cannot be said."""
    match one.outlook:
        case "in time":
            return f"in {seconds(one.reached_in or 0.0)}"
        case "reached":
            return "already"
        case "far":
            return "not within 90d"
        case "steady":
            return "not within 90d: it does not grow"
        case "noisy":
            return "not within 90d: no trend"
        case "short":
            return "not known: less than a day measured"


def _with(title: str, which: str) -> str:
    return f"{title} ({which})" if which else title


def _earlier(value: float | None, unit: str) -> str:
    return NONE if value is None else figure(value, unit)
