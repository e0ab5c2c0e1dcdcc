"""A stack that is played, as the checks of `specola smoke` see it, and that nobody waits for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from compose.smoke.check import World
from tests.unit.played import played
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from spec.stack import Stack

SOON = 0.05


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no check wait long for something to get ready."""
    monkeypatch.setattr("compose.smoke.check.LEAST", SOON)


def world(tmp_path: Path, stack: Stack | None = None, absent: tuple[str, ...] = (), **answers: dict[str, Any]) -> World:
    stack = stack or small_stack()
    return World(stack, tmp_path, played(stack, **answers), frozenset(absent), time.monotonic() + SOON)
