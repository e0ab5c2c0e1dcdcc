"""Processes by identity: a pid alone is not one, for the kernel gives it to somebody else later.

A process is known by its pid, the tick after boot at which it started (/proc/PID/stat) and the boot itself. Nothing is
signalled before all three agree; a pidfd keeps the answer from going stale in between.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compose.fault import Trouble
from compose.supervisor import boot_id, start_ticks

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Identity:
    """One process of one boot, for good. `ticks` counts clock ticks from boot to its start."""

    pid: int
    ticks: int
    boot: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        return self.pid > 0 and self.boot == boot_id() and start_ticks(self.pid) == self.ticks

    def signal(self, number: int) -> bool:
        """Send a signal to this process and no other; False when it has gone.

        Raises Trouble when it belongs to another user.
        """
        if not self.alive:
            return False
        try:
            self._send(number)
        except ProcessLookupError:
            return False
        except PermissionError as error:
            raise Trouble(f"pid {self.pid} belongs to another user", "run the command as who started it") from error
        return True

    def _send(self, number: int) -> None:
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            raise
        except OSError:  # an old kernel or a strict container has no pidfds: the look just before has to do
            os.kill(self.pid, number)
            return
        try:
            if self.alive:  # the handle stays with whoever has the pid now, and that is still the one meant
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)

    def gone_within(self, seconds: float) -> bool:
        """Wait for its end."""
        deadline = time.monotonic() + seconds
        pause = 0.005
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(pause)
            pause = min(0.1, pause * 1.5)
        return True


def program(pid: int) -> str:
    """The short name of a running program, or an empty string."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def members(group: int) -> dict[int, int]:
    """Pid → start ticks of every process of a process group."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if os.getpgid(int(entry.name)) == group and (ticks := start_ticks(int(entry.name))):
                    found[int(entry.name)] = ticks
    return found


@contextmanager
def hold(path: Path, purpose: str) -> Iterator[None]:
    """Keep a lock file while a command changes the stack, so that two of them do not work against each other.

    The kernel lets go of the lock when its holder ends, however it ends. Raises Trouble naming the holder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 200).decode(errors="replace").strip() or "another command"
            raise Trouble(f"{holder} is at work on this stack", "wait for it to end, then try again") from None
        os.ftruncate(descriptor, 0)
        with suppress(OSError):  # a full disk keeps nobody from ending the stack; the lock holds without its note
            os.write(descriptor, f"{purpose} (pid {os.getpid()}, since {time.strftime('%H:%M:%S')})\n".encode())
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
