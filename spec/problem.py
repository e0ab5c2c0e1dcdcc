"""A problem of the spec: where it stands, what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Level = Literal["error", "warning"]


class Mark(NamedTuple):
    """A place in a file of the spec. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake. `path` is the place in its file's own terms, such as `alerts[1].for`; `id` names the check."""

    mark: Mark
    path: str
    message: str
    hint: str = ""
    level: Level = "error"
    id: str = "spec"

    def text(self) -> str:
        """`services/tug.yaml:31:7: alerts[1].for: not a duration: '5 min' (write 5m)`"""
        where = f"{self.mark}: {self.path}: " if self.path else f"{self.mark}: "
        level = "warning: " if self.level == "warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{level}{self.message}{hint}"


class SpecError(Exception):
    """The spec cannot be used; holds every problem found, in the order of files and lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(problem.text() for problem in self.problems))
