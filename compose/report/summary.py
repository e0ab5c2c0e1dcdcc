"""The sentences at the head of a service's report: what somebody reads who reads nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.report.figures import change, figure, number, seconds, share, stamp
from compose.report.found import Counted, Failed
from compose.report.tables import reached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.report.found import OfService, Report

URGENT = 0.8
"""Of the way to its limit: what came so near is told at the head."""


def period(report: Report) -> str:
    """`2026-11-14 20:00 to 2026-11-21 20:00 UTC (7d)`"""
    return f"{stamp(report.start)} to {stamp(report.end)} UTC ({seconds(report.end - report.start)})"


def notes(report: Report, one: OfService) -> Iterator[str]:
    """How much of the period is known, where that is not all of it."""
    if one.first is None:
        yield "no data: Prometheus has measured nothing of it in this period"
        return
    if one.first > report.start:
        known = seconds(report.end - one.first)
        yield f"only the last {known} are known (since {stamp(one.first)}): the period is shortened to it"
    if one.unknown:
        yield f"{seconds(one.unknown)} of it nothing was measured"
    if not one.compared:
        yield "too little is known of the period before to compare with it"


def sentences(one: OfService) -> Iterator[str]:
    """Use and errors, promises, alerts, what is nearest to its limit, what runs out first."""
    if one.first is None:
        return
    yield from _use(one)
    yield from _promises(one)
    yield from _alerts(one)
    yield from _limits(one)


def _use(one: OfService) -> Iterator[str]:
    used = next((found for found in one.usage if isinstance(found, Counted) and found.events is not None), None)
    if used is not None:
        compared = "" if used.before is None else f" ({change(used.rate, used.before)})"
        yield f"{used.title}: {number(used.events)}, {figure(used.rate, 'per second')}{compared}"
    failed = next((found for found in one.errors[:1] if isinstance(found, Failed) and found.share is not None), None)
    if failed is not None and failed.share is not None:
        compared = "" if failed.before is None else f" (before {share(failed.before)})"
        yield f"{failed.title}: {share(failed.share)}{compared}"


def _promises(one: OfService) -> Iterator[str]:
    known = [found for found in one.promises if found.attained is not None]
    missed = [found for found in known if (found.attained or 0.0) < found.objective]
    if known and not missed:
        yield f"objectives: {'all ' if len(known) > 1 else ''}{len(known)} kept"
    elif missed:
        names = "; ".join(f"{found.title}, {figure(found.attained, 'ratio')}" for found in missed)
        yield f"objectives: {len(missed)} of {len(known)} missed ({names})"


def _alerts(one: OfService) -> Iterator[str]:
    if not one.fired:
        yield "alerts: none fired"
        return
    times, lasted = sum(found.times for found in one.fired), sum(found.seconds for found in one.fired)
    first = one.fired[0]
    fired = f"fired {'once' if times == 1 else f'{times} times'} for {seconds(lasted)}"
    if len(one.fired) == 1:
        yield f"alerts: {first.name} {fired}"
    else:
        yield f"alerts: {len(one.fired)} {fired}; the noisiest is {first.name}, {first.times} of them"


def _limits(one: OfService) -> Iterator[str]:
    near = next((found for found in one.tight if found.near is not None and found.near >= URGENT), None)
    if near is not None and near.near is not None:
        yield f"nearest to its limit: {near.title}, at {share(round(near.near, 2))} of {near.alert}"
    first = next((found for found in one.growth if found.outlook in ("reached", "in time")), None)
    if first is not None:
        yield f"runs out first: {first.title}, {reached(first)}"
