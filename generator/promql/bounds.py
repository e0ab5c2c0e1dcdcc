"""Between which bounds a value lies, once operators and functions were at it; comparisons that bounds decide."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan
from typing import TYPE_CHECKING

from generator.promql.tree import GROWTH

if TYPE_CHECKING:
    from generator.promql.facts import Facts

_NOT_NEGATIVE = GROWTH | {
    "resets", "changes", "count_over_time", "stddev_over_time", "stdvar_over_time", "timestamp", "exp", "sqrt",
    "acosh", "minute", "hour", "month", "year", "day_of_month", "days_in_month",
}  # fmt: skip
_SAME_BOUNDS = frozenset({
    "avg_over_time", "min_over_time", "max_over_time", "last_over_time", "quantile_over_time", "sort", "sort_desc",
    "round", "ceil", "floor",
})  # fmt: skip
_ONE = frozenset({"present_over_time"})


def never(op: str, left: Facts, right: Facts) -> bool:
    """Whether the comparison holds for no value within the bounds."""
    match op:
        case ">":
            return left.high <= right.low
        case ">=":
            return left.high < right.low
        case "<":
            return left.low >= right.high
        case "<=":
            return left.low > right.high
        case "==":
            return left.high < right.low or left.low > right.high
        case _:
            return left.low == left.high == right.low == right.high


def always(op: str, left: Facts, right: Facts) -> bool:
    """Whether the comparison holds for every value within the bounds."""
    opposite = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}
    return never(opposite[op], left, right)


def clamped(name: str, of: Facts, limits: list[Facts]) -> Facts:
    """What clamp(), clamp_min() and clamp_max() leave; `limits` are their further arguments."""
    low, high = of.low, of.high
    if name in ("clamp_min", "clamp"):
        low, high = max(low, limits[0].low), max(high, limits[0].high)
    if name in ("clamp_max", "clamp"):
        low, high = min(low, limits[-1].low), min(high, limits[-1].high)
    return replace(of, low=low, high=high)


def of_call(name: str, of: Facts) -> tuple[float, float]:
    """The bounds of what a function makes of a vector; of one that is not known here, none."""
    if name in _SAME_BOUNDS:
        return of.low, of.high
    if name == "abs":
        return (max(of.low, 0)), max(abs(of.low), abs(of.high))
    if name == "sum_over_time":
        return (0 if of.low >= 0 else -inf), inf
    if name == "sgn":
        return -1, 1
    if name in _ONE:
        return 1, 1
    if name in _NOT_NEGATIVE:
        return 0, inf
    return -inf, inf


def of_aggregate(op: str, of: Facts) -> tuple[float, float]:
    """The bounds of an aggregation: a sum may be of any number of series."""
    match op:
        case "sum":
            return (of.low if of.low >= 0 else -inf), (of.high if of.high <= 0 else inf)
        case "count" | "count_values":
            return 1, inf
        case "group":
            return 1, 1
        case "stddev" | "stdvar":
            return 0, inf
        case _:
            return of.low, of.high


def filtered(op: str, left: Facts, right: Facts) -> tuple[float, float]:
    """The bounds of what passes a comparison: the left side's (of a scalar on the left, the vector's)."""
    if left.scalar and not right.scalar:
        return right.low, right.high
    if op in (">", ">="):
        return max(left.low, right.low), left.high
    if op in ("<", "<="):
        return left.low, min(left.high, right.high)
    return (max(left.low, right.low), min(left.high, right.high)) if op == "==" else (left.low, left.high)


def arithmetic(op: str, left: Facts, right: Facts) -> tuple[float, float]:
    """The bounds of a result of `+ - * /`; of other operators there are none."""
    match op:
        case "+":
            ends = (left.low + right.low, left.high + right.high)
        case "-":
            ends = (left.low - right.high, left.high - right.low)
        case "*":
            products = [_times(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
            ends = (min(products), max(products))
        case "/":
            ends = _quotient(left, right)
        case _:
            ends = (-inf, inf)
    return (-inf, inf) if isnan(ends[0]) or isnan(ends[1]) else ends


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _quotient(left: Facts, right: Facts) -> tuple[float, float]:
    if right.low > 0 and right.low == right.high:
        return left.low / right.low, left.high / right.low
    if left.low >= 0 and right.low >= 0:
        return 0, inf
    return -inf, inf
