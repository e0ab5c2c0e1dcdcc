"""What a check is given, and what it says."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spec.locate import around, in_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from compose.backend import Observed
    from compose.clients import Clients
    from spec.stack import SpecPath, Stack
    from spec.yaml_tree import Map


LEAST = 5.0
"""Seconds that a wait lasts at least."""


@dataclass(frozen=True)
class World:
    """A running stack: its spec, its rendered files, its components, and what is known not to run here.

    `observe` gives every component as its backend sees it, `log` the last lines that one has printed; `deadline` is on
    the monotonic clock. `tree` gives every value of the spec its place.
    """

    stack: Stack
    build: Path
    clients: Clients
    absent: frozenset[str] = frozenset()
    deadline: float = 0.0
    observe: Callable[[], Iterable[Observed]] = tuple
    log: Callable[[str], Iterable[str]] = lambda _: ()
    tree: Map | None = None

    def has(self, component: str) -> bool:
        """Whether the component should be running."""
        return self.stack.enabled(component) and component not in self.absent

    def told(self, at: SpecPath, text: str) -> str:
        """A complaint with the place in the spec of what it is about, as far as that is known."""
        if self.tree is None:
            return text
        mark, path = in_file(self.tree, around(self.tree, at))
        return f"{mark}: {path}: {text}" if path else f"{mark}: {text}"

    def until(self, ready: Callable[[], str], pause: float = 0.5) -> str:
        """Ask again until `ready` has no complaint or the time is over; the last complaint.

        Something that was just set going gets a few seconds, even when another check has used up all the time.
        """
        limit = max(self.deadline, time.monotonic() + LEAST)
        while True:
            complaint = ready()
            if not complaint or time.monotonic() >= limit:
                return complaint
            time.sleep(min(pause, max(0.0, limit - time.monotonic())))


@dataclass(frozen=True)
class Finding:
    """The result of a check: no problems means it holds. `skipped` says why it could not be made."""

    detail: str
    problems: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    skipped: str = ""

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class Check:
    """A named check. `section` is the key under which the JSON report carries its counts."""

    name: str
    title: str
    look: Callable[[World], Finding]
    section: str = ""
