"""How well the tests notice damage: the mutants that count, and those that survived."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.mutation.batch import name_of
from rules.mutation.equivalent import why_equivalent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rules.mutation.mutants import Mutant
    from spec.problem import Problem
    from spec.stack import SpecPath

ENOUGH = 95.0
"""Percent of the mutants that tests must notice."""


@dataclass(frozen=True)
class Survivor:
    """A damage that no test noticed, and the line of the spec whose rule it is."""

    mutant: Mutant
    problem: Problem


@dataclass(frozen=True)
class Mutation:
    """All mutants that count, the survivors among them, and how many others change nothing, by reason."""

    total: int
    survived: tuple[Survivor, ...]
    equivalent: tuple[tuple[str, int], ...]

    @property
    def killed(self) -> int:
        return self.total - len(self.survived)

    @property
    def score(self) -> float:
        """Percent of the mutants that were noticed."""
        return 100.0 * self.killed / self.total if self.total else 100.0

    @property
    def enough(self) -> bool:
        return self.score >= ENOUGH


def judged(found: Sequence[Mutant], alive: Sequence[Mutant], problem: Callable[[SpecPath, str], Problem]) -> Mutation:
    """The score: survivors that say the same as the sound rule are taken out, each for a reason stated in code."""
    reasons = {id(mutant): why_equivalent(mutant) for mutant in alive}
    equivalent = Counter(reason for reason in reasons.values() if reason)
    survived = tuple(
        Survivor(mutant, problem(mutant.rule.origin, _undetected(mutant)))
        for mutant in alive
        if not reasons[id(mutant)]
    )
    return Mutation(len(found) - equivalent.total(), survived, tuple(equivalent.most_common()))


def _undetected(mutant: Mutant) -> str:
    return f"no test of {mutant.proof.alert.alert} notices: in {name_of(mutant.rule)}, {mutant.what}"
