"""What can be said of an expression's value without running it: its labels with their values, and its bounds."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.promql.known import Values

Labels = dict[str, "Values"]


@dataclass(frozen=True)
class Facts:
    """`labels` is None when they are not known. `scalar` values have none and match everything."""

    labels: Mapping[str, Values] | None = None
    low: float = -inf
    high: float = inf
    scalar: bool = False


ANYTHING = Facts()
"""Nothing is known."""


def either(one: Facts, other: Facts, *, same_labels: bool) -> Facts:
    """What holds of a value that is one or the other."""
    low, high = min(one.low, other.low), max(one.high, other.high)
    if one.labels is None or other.labels is None:
        return Facts(None, low, high)
    if one.labels.keys() != other.labels.keys() and not same_labels:
        return Facts(None, low, high)
    labels: Labels = {}
    for label in {**one.labels, **other.labels}:
        first, second = one.labels.get(label, frozenset()), other.labels.get(label, frozenset())
        labels[label] = None if first is None or second is None else first | second
    return Facts(labels, low, high)
