"""What a simulated service remembers over a restart: the numbers of its counters and histograms.

Without it a restart would set counters back to what the day so far would have brought, Prometheus would take that for
a counter reset, count the whole value as new, and alerts would fire over nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = 2
"""The first kept the buckets of histograms cumulative."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Numbers by the identity of their series at a moment (Unix seconds), in a program that started at `started`.

    `marks` are the moments and numbers from which they would have gone on without the faults since a checkpoint.
    """

    at: float
    started: float
    numbers: Mapping[str, list[float]]
    marks: Mapping[str, tuple[float, list[float]]] = field(default_factory=dict)


def recall(file: Path) -> Memory | None:
    """The memory in a file; None when there is none yet. A ValueError says that the file cannot be understood."""
    try:
        content = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    try:
        if content["version"] != VERSION:
            raise ValueError(f"is of version {content['version']}")
        numbers = {str(key): [float(number) for number in row] for key, row in content["numbers"].items()}
        marks = {
            str(key): (float(at), [float(one) for one in row]) for key, (at, row) in content.get("marks", {}).items()
        }
        return Memory(float(content["at"]), float(content["started"]), numbers, marks)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"lacks what it should hold: {error}") from error


def remember(file: Path, memory: Memory) -> None:
    """Write a memory in one step, so that a crash or a full disk leaves the file before it."""
    content = {"version": VERSION, "at": memory.at, "started": memory.started, "numbers": memory.numbers}
    content |= {"marks": memory.marks} if memory.marks else {}
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.new")
    try:
        draft.write_text(json.dumps(content, separators=(",", ":")))
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
