"""Typed access to parsed JSON that remembers where each value stands, so that an error can name its place."""

from __future__ import annotations

import math
from dataclasses import dataclass

_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}


class ContractError(ValueError):
    """A contract that cannot be played: which file, which place in it, what is wrong."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the contract with its place, for example `tug.json: faults.SlowQueries.series[0].rate`."""

    value: object
    place: str

    def wrong(self, expected: str) -> ContractError:
        """The error to raise when the value is not what is expected here."""
        found = "missing" if self.value is None else f"{_KINDS.get(type(self.value), 'something else')}"
        return ContractError(f"{self.place.removesuffix(': ')}: must be {expected}, and is {found}")

    def get(self, key: str) -> Node:
        """The entry `key` of this object; its value is None when the entry is missing."""
        separator = "" if self.place.endswith(": ") else "."
        return Node(self._object().get(key), f"{self.place}{separator}{key}")

    def has(self, key: str) -> bool:
        """Whether this object has a non-null entry `key`."""
        return self._object().get(key) is not None

    def entries(self) -> dict[str, Node]:
        """The entries of this object, none when it is missing."""
        return {} if self.value is None else {key: self.get(key) for key in self._object()}

    def items(self) -> tuple[Node, ...]:
        """The items of this list, none when it is missing."""
        if self.value is None:
            return ()
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return tuple(Node(item, f"{self.place}[{position}]") for position, item in enumerate(self.value))

    def text(self, default: str | None = None) -> str:
        """This text; a missing one is an error unless there is a default."""
        value = default if self.value is None else self.value
        if not isinstance(value, str):
            raise self.wrong("a text")
        return value

    def texts(self) -> tuple[str, ...]:
        """The texts of this list."""
        return tuple(item.text() for item in self.items())

    def number(self, default: float | None = None, *, low: float = -math.inf, high: float = math.inf) -> float:
        """This finite number between `low` and `high`, both included."""
        value = default if self.value is None else self.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong("a number")
        if not low <= value <= high:
            raise ContractError(f"{self.place}: must be between {low:g} and {high:g}, and is {value:g}")
        return float(value)

    def whole(self, default: int | None = None, *, low: int, high: int) -> int:
        """This whole number between `low` and `high`, both included."""
        value = self.number(default, low=low, high=high)
        if not value.is_integer():
            raise self.wrong("a whole number")
        return int(value)

    def flag(self, default: bool = False) -> bool:
        """This truth value."""
        value = default if self.value is None else self.value
        if not isinstance(value, bool):
            raise self.wrong("true or false")
        return value

    def _object(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return self.value
