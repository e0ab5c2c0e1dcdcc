"""Words exchanged for others, in a text or anywhere in a value: what is said of one service is made to be of another.

What is made shares with the first all in which none of the words stands.
"""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
Step: TypeAlias = "Callable[[list[Any], Mapping[str, str]], Any]"
"""Makes a part from the parts that were made before, and from what stands in the other for each word."""


class Words:
    """The words of the first service, in the order in which others like it have theirs."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        longest_first = sorted(set(words), key=len, reverse=True)
        self.split = re.compile(f"({'|'.join(map(re.escape, longest_first))})").split
        """A text as pieces of which every second is a word."""

    def exchange(self, others: tuple[str, ...]) -> dict[str, str]:
        """What stands in the other for each of them."""
        return dict(zip(self.words, others, strict=True))


def _filled(pieces: list[Any], exchange: Mapping[str, str]) -> str:
    other = pieces.copy()
    other[1::2] = map(exchange.__getitem__, pieces[1::2])
    return "".join(other)


class Likeness(Generic[T]):
    """A value (of strings, tuples, lists, mappings, models and dataclasses) as the steps that make others like it.

    Each of its parts is made after those it consists of, and once only, however often it stands there.
    """

    def __init__(self, value: T, words: Words) -> None:
        self._value = value
        self._words = words
        self._steps: list[Step] = []
        self._known: dict[int, int | None] = {}
        self._last = self._step(value)

    def with_words(self, others: tuple[str, ...]) -> T:
        """The value with other words in place of its own."""
        exchange = self._words.exchange(others)
        made: list[Any] = []
        for step in self._steps:
            made.append(step(made, exchange))
        last: T = self._value if self._last is None else made[self._last]
        return last

    def _step(self, value: Any) -> int | None:
        """Which step makes the value anew; None when none of the words stands in it."""
        if id(value) not in self._known:
            make = self._maker(value)
            self._known[id(value)] = None if make is None else len(self._steps)
            if make is not None:
                self._steps.append(make)
        return self._known[id(value)]

    def _changing(self, values: Mapping[Any, Any]) -> list[tuple[Any, int]]:
        """Under which keys something has to be made anew, and by which step."""
        return [(key, step) for key, value in values.items() if (step := self._step(value)) is not None]

    def _maker(self, value: Any) -> Step | None:
        if isinstance(value, str):
            pieces = self._words.split(value)
            return (lambda _, exchange: _filled(pieces, exchange)) if len(pieces) > 1 else None
        if type(value) in (tuple, list):
            return _sequence(value, self._changing(dict(enumerate(value))))
        if isinstance(value, dict):
            return _mapping(value, self._changing({key: key for key in value}), self._changing(value))
        if isinstance(value, BaseModel) or is_dataclass(value):
            return _object(value, self._changing(value.__dict__))
        return None


def _sequence(value: Any, changing: list[tuple[int, int]]) -> Step | None:
    kind = type(value)

    def make(made: list[Any], _: Mapping[str, str]) -> Any:
        other = [*value]
        for index, step in changing:
            other[index] = made[step]
        return kind(other)

    return make if changing else None


def _mapping(value: dict[Any, Any], keys: list[tuple[Any, int]], changing: list[tuple[Any, int]]) -> Step | None:
    def make(made: list[Any], _: Mapping[str, str]) -> dict[Any, Any]:
        other = value.copy()
        for key, step in changing:
            other[key] = made[step]
        if not keys:
            return other
        names = {key: made[step] for key, step in keys}
        return {names.get(key, key): one for key, one in other.items()}

    return make if keys or changing else None


def _object(value: Any, changing: list[tuple[str, int]]) -> Step | None:
    """A model or a dataclass is frozen, and what it holds was valid: its fields are set without asking it."""
    kind, fields = type(value), value.__dict__
    beside = [(name, getattr(value, name)) for name in _BESIDE] if isinstance(value, BaseModel) else []

    def make(made: list[Any], _: Mapping[str, str]) -> Any:
        other = object.__new__(kind)
        held = fields.copy()
        for name, step in changing:
            held[name] = made[step]
        object.__setattr__(other, "__dict__", held)
        for name, found in beside:
            object.__setattr__(other, name, found)
        return other

    return make if changing else None


_BESIDE = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
"""What pydantic keeps of a model besides its fields."""
