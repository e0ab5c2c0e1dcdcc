"""Processes that tests look after."""

from __future__ import annotations

from compose.process import Identity
from compose.supervisor import boot_id, start_ticks


def identify(pid: int) -> Identity:
    """The process which has this pid now; not `alive` when there is none."""
    return Identity(pid, start_ticks(pid), boot_id())
