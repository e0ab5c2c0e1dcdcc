"""What it costs: series and samples by job as the contract predicts them, rules to evaluate, room on disks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diff.change import Change
from generator.lint.forecast import forecast
from rules.groups import groups
from rules.log_alerts import log_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import Stack

BYTES_PER_SAMPLE = 1.5
"""Prometheus needs 1 to 2 bytes: https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects"""
OVER_BUDGET = "over budget"


@dataclass(frozen=True)
class Load:
    """Series of a job, and the samples that come in each second."""

    series: int
    rate: float


def cost_changes(base: Stack, head: Stack, *, complete: bool) -> Iterator[Change]:
    """Jobs that bring more or fewer series, what all of them bring, rules, and disk.

    Sums are only told of whole stacks (`complete`); of a part of the services only the difference is known.
    """
    old, new = _loads(base), _loads(head)
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        if was != now:
            yield _job(name, was, now)
    was, now = _sum(old), _sum(new)
    if was != now:
        series = f"{now.series - was.series:+,d} series" if now.series != was.series else ""
        rate = f"{_short(now.rate - was.rate)} samples a second" if now.rate != was.rate else ""
        total = f"; {now.series:,d} series then" if complete else ""
        yield Change("cost", "~", "all jobs", ", ".join(filter(None, (series, rate))) + total)
    yield from _disk(base, head, was, now)
    yield from _rules(base, head)
    budget = head.spec.budget.series
    if complete and now.series > budget and not was.series > base.spec.budget.series:
        yield Change(
            "cost", "~", "budget", f"{now.series:,d} series are more than the {budget:,d} it allows", OVER_BUDGET
        )


def _loads(stack: Stack) -> dict[str, Load]:
    """Each job as `check` forecasts it."""
    intervals = {job.name: job.interval for service in stack.services for job in service.jobs}
    return {job.name: Load(job.series, job.series / intervals[job.name].seconds) for job in forecast(stack)}


def _job(name: str, was: Load | None, now: Load | None) -> Change:
    if was is None and now is not None:
        return Change("cost", "+", f"job {name}", f"{now.series:,d} series, {now.rate:,.4g} samples a second")
    if was is not None and now is None:
        return Change("cost", "-", f"job {name}", f"{was.series:,d} series, {was.rate:,.4g} samples a second")
    old, new = was or Load(0, 0), now or Load(0, 0)
    series = f"{new.series:,d} series instead of {old.series:,d}" if new.series != old.series else ""
    rate = f"{new.rate:,.4g} samples a second instead of {old.rate:,.4g}" if new.rate != old.rate else ""
    return Change("cost", "~", f"job {name}", ", ".join(filter(None, (series, rate))))


def _sum(loads: dict[str, Load]) -> Load:
    return Load(sum(load.series for load in loads.values()), round(sum(load.rate for load in loads.values()), 6))


def _disk(base: Stack, head: Stack, was: Load, now: Load) -> Iterator[Change]:
    """Samples times retention, unless a size bounds it."""
    kept = head.spec.storage.metrics.retention
    before, after = (
        load.rate * stack.spec.storage.metrics.retention.seconds * BYTES_PER_SAMPLE
        for load, stack in ((was, base), (now, head))
    )
    if abs(after - before) >= 10**6:
        bound = head.spec.storage.metrics.size
        words = f"{'+' if after > before else '-'}{_size(abs(after - before))} over {kept}"
        yield Change("cost", "~", "disk for metrics", words + (f", at most {bound} in all" if bound else ""))


def _size(amount: float) -> str:
    """`1.2 GB`"""
    return f"{amount / 10**9:.3g} GB" if amount >= 10**9 else f"{amount / 10**6:.3g} MB"


def _rules(base: Stack, head: Stack) -> Iterator[Change]:
    for what, old, new in (
        ("rules", _evaluations(base), _evaluations(head)),
        ("rules on logs", _log_evaluations(base), _log_evaluations(head)),
    ):
        if old != new:
            count = f"{new[0] - old[0]:+,d}" if new[0] != old[0] else ""
            pace = f"{_short(new[1] - old[1])} evaluations a minute" if new[1] != old[1] else ""
            yield Change("cost", "~", what, ", ".join(filter(None, (count, pace))))


def _short(difference: float) -> str:
    """Whole numbers from ten on; below, with what stands behind the point."""
    return f"{difference:+,.0f}" if abs(difference) >= 10 else f"{difference:+.3g}"


def _evaluations(stack: Stack) -> tuple[int, float]:
    """How many rules there are, and how many are evaluated in a minute."""
    usual = stack.spec.defaults.evaluation
    each = [(len(group.rules), (group.interval or usual).seconds) for group in groups(stack)]
    return sum(count for count, _ in each), sum(count * 60 / seconds for count, seconds in each)


def _log_evaluations(stack: Stack) -> tuple[int, float]:
    count = sum(len(group.rules) for group in log_groups(stack))
    return count, count * 60 / stack.spec.defaults.evaluation.seconds
