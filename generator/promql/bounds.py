"""Comparisons of values of which only the bounds are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.promql.facts import Facts


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
