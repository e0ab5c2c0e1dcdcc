"""How long a program takes and how much memory it uses at most, as the kernel counts it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, seconds of the processor, and the largest resident memory in MiB."""

    seconds: float
    processor: float
    peak: float

    def time(self, cpu: bool) -> float:
        """The seconds that count: those of the processor on a machine that has other things to do besides."""
        return self.processor if cpu else self.seconds


def command(
    words: tuple[str, ...], folder: Path, runs: int, before: Callable[[], object] | None = None, expected: int = 0
) -> Cost:
    """The medians of several runs of a program in a folder; `before` prepares each of them outside of the time.

    Raises RuntimeError when the program does not end as `expected`.
    """
    costs = []
    for _ in range(runs):
        if before is not None:
            before()
        costs.append(_once(words, folder, expected))
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in ("seconds", "processor", "peak")))


def _once(words: tuple[str, ...], folder: Path, expected: int) -> Cost:
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    here = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    try:
        start = time.perf_counter()
        pid = os.posix_spawn(words[0], words, os.environ, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
    finally:
        os.fchdir(here)
        os.close(here)
    if os.waitstatus_to_exitcode(status) != expected:
        raise RuntimeError(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def function(work: Callable[[], object], runs: int, before: Callable[[], object] | None = None) -> Cost:
    """The medians of what a function takes."""
    clock, processor = [], []
    for _ in range(runs):
        if before is not None:
            before()
        started, worked = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - worked)
    return Cost(median(clock), median(processor), 0)
