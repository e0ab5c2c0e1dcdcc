"""Both specs as models, in every environment that both have: what of them can be compared, and what cannot."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from diff.survey import Survey, closed, differing, speaking_of, survey
from spec.load import load
from spec.problem import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diff.sides import Side
    from spec.problem import Problem
    from spec.stack import Stack

TRIES = 4
"""How often what has problems is set aside: what is left can have new ones, having lost what it named."""


@dataclass(frozen=True)
class Pair:
    """Both stacks in one environment."""

    environment: str
    base: Stack
    head: Stack


@dataclass
class Pairs:
    """The pairs of all environments, the problems of each side, and what could not be compared.

    `complete`: every service was read; otherwise only those that can differ.
    """

    found: list[Pair] = field(default_factory=list)
    base_problems: dict[Problem, None] = field(default_factory=dict)
    head_problems: dict[Problem, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    complete: bool = True


def pairs(base: Side, head: Side, environment: str = "", settings: Sequence[str] = ()) -> Pairs:
    """Load both sides in one environment, or in each that both have."""
    made = Pairs()
    old, new = survey(base.root), survey(head.root)
    chosen = differing(old, new)
    if chosen is not None:
        if not chosen:
            return made
        chosen = closed(old, new, chosen)
        made.complete = False
    for name in _environments(old, new, environment):
        reading = _Reading((old, new), name, settings, made)
        pair = reading.pair(chosen)
        more = _left_behind(pair, new, chosen) if pair is not None and chosen is not None else set()
        if more and chosen is not None:
            chosen = closed(old, new, chosen | more)
            pair = reading.pair(chosen)
        if pair is not None:
            made.found.append(pair)
    return made


def _environments(base: Survey, head: Survey, wanted: str) -> tuple[str, ...]:
    """The environments that both sides have; the spec as it stands when they share none."""
    if wanted:
        return (wanted,)
    return tuple(name for name in head.overlays if name in base.overlays) or ("",)


def _left_behind(pair: Pair, head: Survey, chosen: set[str]) -> set[str]:
    """Files left out so far that speak of a metric or a service which is gone."""
    gone = set(pair.base.spec.services) - set(pair.head.spec.services)
    kept = {name for service in pair.head.spec.services.values() for name in service.metrics}
    gone |= {name for service in pair.base.spec.services.values() for name in service.metrics} - kept
    return speaking_of(head, gone, chosen) if gone else set()


@dataclass
class _Reading:
    """Reads both sides in one environment. A file of a service that has problems is taken from the other, or neither.

    `broken` has the files with problems of each side, BASE's first.
    """

    sides: tuple[Survey, Survey]
    environment: str
    settings: Sequence[str]
    made: Pairs
    broken: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))

    def pair(self, chosen: set[str] | None) -> Pair | None:
        for attempt in range(TRIES):
            base, head = (self.load(side, chosen, first=attempt == 0) for side in (0, 1))
            if base is not None and head is not None:
                return Pair(self.environment or head.spec.environment, base, head)
            if not all(side.whole and files <= self.known for side, files in zip(self.sides, self.broken, strict=True)):
                break
        where = f" in {self.environment}" if self.environment else ""
        self.made.notes[f"nothing can be compared{where} before these problems are mended"] = None
        return None

    @property
    def known(self) -> set[str]:
        """The files of services: without the stack's own there is nothing to compare."""
        return {path for side in self.sides for path in side.services}

    def load(self, side: int, chosen: set[str] | None, *, first: bool) -> Stack | None:
        mine = self.sides[side]
        try:
            if not mine.whole or (chosen is None and not any(self.broken)):
                return load(mine.root, self.environment, self.settings).stack
            with TemporaryDirectory(prefix="specola-diff-") as folder:
                for path, text in self.files(side, chosen).items():
                    file = Path(folder, path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(text)
                return load(Path(folder, mine.root.name), self.environment, self.settings).stack
        except SpecError as error:
            self.note(side, [problem for problem in error.problems if problem.level == "error"], first=first)
            return None

    def files(self, side: int, chosen: set[str] | None) -> dict[str, bytes]:
        """What a side is read from: its stack, and the chosen services as far as they can be used."""
        wanted = self.known if chosen is None else chosen
        texts = {path: self.texts(path)[side] for path in wanted}
        return {**self.sides[side].stack, **{path: text for path, text in texts.items() if text is not None}}

    def texts(self, path: str) -> tuple[bytes | None, bytes | None]:
        """A service's file for both sides."""
        base, head = (side.services.get(path) for side in self.sides)
        match (path in self.broken[0], path in self.broken[1]):
            case (True, True):
                return None, None
            case (True, False):
                return head, head
            case (False, True):
                return base, base
            case _:
                return base, head

    def note(self, side: int, problems: list[Problem], *, first: bool) -> None:
        """Only the first look is told: later ones see what was set aside as missing."""
        files = dict.fromkeys(problem.mark.file for problem in problems)
        if first:
            told = self.made.head_problems if side else self.made.base_problems
            told.update(dict.fromkeys(problems))
        for file in files:
            if file in self.known:
                self.made.notes[f"{file} is not compared"] = None
            again = file in self.broken[side]
            self.broken[side].add(file)
            if again:
                self.broken[1 - side].add(file)
