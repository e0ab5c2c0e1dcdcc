"""Running a program for its verdict: a list of words, never a shell, with an end, the same words in every country."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SECONDS = 60.0
"""How long a program may think."""
_KEPT = ("PATH", "HOME", "TMPDIR", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "XDG_CONFIG_HOME")
"""Variables of our environment that a program sees; a secret that lies in another one stays with us."""


class Broken(Exception):  # the check's own word for it; turned into a problem by whoever runs the checks
    """A program did not come to a verdict: it cannot be started, never ended, or crashed."""


@dataclass(frozen=True)
class Said:
    """What a program said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything it said, standard output first."""
        return f"{self.out}\n{self.err}"

    @property
    def last(self) -> str:
        """Its last line that is not empty, for complaints that nobody knows."""
        return next((line.strip() for line in reversed(self.text.splitlines()) if line.strip()), "it said nothing")


def run(words: Sequence[str], folder: Path, env: Mapping[str, str] | None = None, seconds: float = SECONDS) -> Said:
    """Run a program in a folder and wait for its end. Raises Broken when there is no verdict."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {**kept, "LC_ALL": "C", "TZ": "UTC", "NO_COLOR": "1", **(env or {})}
    try:
        done = subprocess.run(
            tuple(words), cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=seconds, text=True, errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Broken(f"{words[0]} did not end within {seconds:g} s") from None
    except OSError as error:
        raise Broken(f"{words[0]} cannot be started: {error.strerror}") from None
    if done.returncode < 0:
        raise Broken(f"{words[0]} was ended by signal {-done.returncode}")
    return Said(done.returncode, done.stdout, done.stderr)
