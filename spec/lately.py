"""Remembers what was asked lately of a part of the stack: its rules, panels and pages ask for the same.

Services are rendered one after the other, so that little has to be remembered, and a large stack fills no memory.
"""

from __future__ import annotations

from functools import cached_property, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

MOST = 200


def lately(make: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """The same function, which makes nothing twice in a row of one and the same object: it compares no contents.

    Only for functions of an object that never changes; what is asked besides must be hashable.
    """
    found: dict[int | tuple[object, ...], tuple[object, R]] = {}

    @wraps(make)
    def made(of: T, /, *more: P.args, **besides: P.kwargs) -> R:
        key = (id(of), more, *besides.items()) if besides else (id(of), more) if more else id(of)
        known = found.get(key)
        if known is None:
            if len(found) >= MOST:
                found.clear()
            known = found[key] = (of, make(of, *more, **besides))  # kept, so that its `id` stays its own
        return known[1]

    return made


if TYPE_CHECKING:
    held = cached_property
else:

    class held(cached_property):  # noqa: N801 - it stands where `cached_property` does
        """`cached_property` without its lock, which takes longer than what most properties do."""

        def __get__(self, instance, owner=None):
            value = instance.__dict__[self.attrname] = self.func(instance)
            return value
