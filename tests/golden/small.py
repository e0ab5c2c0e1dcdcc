"""The small stack in which everything that a spec can say is said once, resolved, in both of its environments."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from spec.load import load

if TYPE_CHECKING:
    from spec.stack import Stack

HERE = Path(__file__).parent
ENVIRONMENTS = ("development", "production")


@cache
def small(environment: str = "production") -> Stack:
    """The stack of `spec/` with the overlay of an environment."""
    return load(HERE / "spec" / "stack.yaml", environment).stack
