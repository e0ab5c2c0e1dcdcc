"""From what a target exposes to the metrics of a contract, with what is typical of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

from generator.lint.contract.personal_label import personal
from spec import packs
from spec.metric import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adopt.families import Family

Data = dict[str, Any]

UNITS = (
    ("_timestamp_seconds", "timestamp"), ("_time_seconds", "timestamp"), ("_timestamp", "timestamp"),
    ("_seconds", "seconds"), ("_bytes", "bytes"), ("_ratio", "ratio"), ("_celsius", "celsius"), ("_percent", "percent"),
)  # fmt: skip
"""Ending of a name, without `_total`, and the unit it tells of; see https://prometheus.io/docs/practices/naming/."""
EPOCH = 1e9
"""A gauge in seconds beyond this is a point in time."""
STARTED = "process_start_time_seconds"
MOST_VALUES = 200
"""A label with more values than this does not belong into a contract without a second thought."""
MOST_SERIES = 1000
"""Labels whose values make more combinations than this belong into a contract only when most of these are there."""


@dataclass(frozen=True)
class Proposal:
    """The metrics of a contract as data, and what was left out of it, each with the reason."""

    metrics: Mapping[str, Data]
    left_out: tuple[tuple[str, str], ...]
    series: int
    """How many series the target exposes, with those that were left out."""
    declared: int = 0
    """How many series the contract allows: every combination of its labels' values."""


def propose(families: Sequence[Family], now: float, before: tuple[float, Sequence[Family]] | None = None) -> Proposal:
    """The contract that a page keeps.

    `now` is when it was read, in seconds since 1970. How often events happen is told by the age of the process, or by
    an earlier reading (its time and its families).
    """
    metrics: dict[str, Data] = {}
    left_out: list[tuple[str, str]] = []
    pace = _Pace(families, now, before)
    for family in families:
        reason = _reason(family)
        if reason:
            left_out.append((family.name, reason))
        elif family.kind == "summary":
            metrics |= _summary(family, pace)
        else:
            metrics[family.name] = _metric(family, pace, now)
    declared = sum(Metric.model_validate(metric).series for metric in metrics.values())
    return Proposal(metrics, tuple(left_out), sum(family.series for family in families), declared)


def _reason(family: Family) -> str:
    """Why a family stays out, or nothing."""
    wide = [label for label, values in family.labels if len(values) > MOST_VALUES]
    if wide:
        return f"label {wide[0]} has more than {MOST_VALUES} values"
    single = next((label for label, values in family.labels if personal(label, values)), "")
    if single:
        return f"label {single} has a value for each person or request"
    combinations = prod(len(values) for _, values in family.labels)
    if combinations > max(MOST_SERIES, 2 * family.series):
        return f"its labels' values make {combinations} combinations, of which it exposes {family.series} series"
    if any(not _plain(value) for _, values in family.labels for value in values):
        return "a label's value holds a control character or more than 200 characters"
    if not family.series:
        return "it has no series yet"
    if family.kind == "histogram" and not family.bounds:
        return "a histogram without buckets"
    return ""


def _plain(value: str) -> bool:
    return len(value) <= 200 and (value == "" or value.isprintable())


class _Pace:
    """How many events a second a family counts."""

    def __init__(self, families: Sequence[Family], now: float, before: tuple[float, Sequence[Family]] | None) -> None:
        started = next((family.values[0] for family in families if family.name == STARTED and family.values), now)
        self._age = now - started
        self._seconds = now - before[0] if before else 0.0
        self._before = {family.name: family.total for family in before[1]} if before else {}

    def of(self, family: Family) -> float:
        """Events a second: since the process started, else since the earlier reading."""
        if self._age > 0:
            return family.total / self._age
        if self._seconds > 0 and family.name in self._before:
            return max(0.0, family.total - self._before[family.name]) / self._seconds
        return 0.0


def _metric(family: Family, pace: _Pace, now: float) -> Data:
    kind: str = family.kind
    if kind == "unknown":
        kind = _known_types().get(family.name) or ("counter" if family.name.endswith("_total") else "gauge")
    data: Data = {"type": kind, "help": _help(family)}
    unit = unit_of(family)
    if unit:
        data["unit"] = unit
    if family.labels:
        data["labels"] = {label: list(values) for label, values in family.labels}
    if kind == "histogram":
        data["buckets"] = list(family.bounds)
        data["typical"] = {"rate": rounded(pace.of(family)), **_median(family)}
    if kind == "counter":
        data["typical"] = {"rate": rounded(pace.of(family))}
        shares = {label: whole(parts) for label, parts in family.split if uneven(parts)}
        data |= {"shares": shares} if shares else {}
    if kind == "gauge" and family.values:
        data["typical"] = {"between": _band(family, unit, now)}
    return data


@cache
def _known_types() -> Mapping[str, str]:
    """What packs know of metrics which their exporters leave without a type."""
    return {name: metric.type for pack in packs.names() for name, metric in packs.read(pack).metrics.items()}


def _summary(family: Family, pace: _Pace) -> dict[str, Data]:
    """A summary's sum and count; its quantiles cannot be put together from several instances."""
    labels = {"labels": {label: list(values) for label, values in family.labels}} if family.labels else {}
    unit = unit_of(family)
    return {
        f"{family.name}_sum": {
            "type": "counter",
            "help": f"{_help(family)} (sum)",
            **({"unit": unit} if unit else {}),
            **labels,
        },
        f"{family.name}_count": {
            "type": "counter",
            "help": f"{_help(family)} (count)",
            **labels,
            "typical": {"rate": rounded(pace.of(family))},
        },
    }


def whole(parts: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The parts in three digits; the largest takes what rounding left over, so that they are 1 in all."""
    shares = {value: rounded(part) for value, part in parts}
    largest = max(shares, key=lambda value: shares[value])
    return shares | {largest: round(1 - sum(part for value, part in shares.items() if value != largest), 9)}


def uneven(parts: Sequence[tuple[str, float]]) -> bool:
    """Whether some values have clearly more than others: equal parts need not be said."""
    return len(parts) > 1 and max(part for _, part in parts) > 1.5 / len(parts)


def unit_of(family: Family) -> str:
    """The unit that a name tells of; a point in time only where the value is one."""
    name = family.name.removesuffix("_total")
    found = next((unit for ending, unit in UNITS if name.endswith(ending)), "")
    if found == "timestamp" and not (family.kind == "gauge" and all(value > EPOCH for value in family.values)):
        return "seconds" if name.endswith("_seconds") else ""
    return found


def _help(family: Family) -> str:
    text = " ".join(family.help.split())
    return text[:400] if text and text.isprintable() else f"{family.name}, of which the target says nothing"


def _band(family: Family, unit: str, now: float) -> list[float]:
    low, high = min(family.values), max(family.values)
    if unit == "timestamp":
        return [rounded(max(0.0, now - high)), rounded(max(0.0, now - low))]
    return [rounded(low), rounded(high)]


def _median(family: Family) -> Data:
    """The value that half of the observations were under, straight between the bounds around it."""
    half = family.total / 2
    if half <= 0:
        return {}
    lower, counted = 0.0, 0.0
    for bound, below in zip(family.bounds, family.below, strict=True):
        if below >= half:
            share = (half - counted) / (below - counted) if below > counted else 1.0
            value = rounded(lower + (bound - lower) * share)
            return {"median": value} if value > 0 else {}
        lower, counted = bound, below
    return {"median": rounded(family.bounds[-1])} if family.bounds[-1] > 0 else {}


def rounded(value: float) -> float:
    """Three digits, which is all that "typical" can mean."""
    if value == 0 or not math.isfinite(value):
        return 0.0
    digits = 2 - math.floor(math.log10(abs(value)))
    return round(value, digits)
