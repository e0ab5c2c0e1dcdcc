"""Which damaged rules on log lines their scenes do not notice, as Loki's ruler says.

All mutants of an alert share the tenants of its scenes, each under a name of its own, beside the sound rule: only where
that one is right is anything believed that is said of the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compose.fault import Trouble
from compose.proof.logs import Trial, play
from rules.mutation.mutants import mutants
from rules.proof.case import Proof
from rules.proof.log_scenes import scenes, threshold
from spec.stack import BoundLogAlert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rules.mutation.mutants import Mutant
    from rules.rule import Alerting
    from spec.stack import Stack


def log_mutants(rules: Iterable[Alerting]) -> tuple[Mutant, ...]:
    """Every mutant of these alerts on log lines."""
    bound = ((rule, rule.source) for rule in rules)
    proofs = (Proof(rule, (), (), (threshold(of.alert),)) for rule, of in bound if isinstance(of, BoundLogAlert))
    return tuple(mutants(proofs))


def log_survivors(stack: Stack, found: Sequence[Mutant], loki: Sequence[str]) -> tuple[Mutant, ...]:
    """The mutants that no scene notices. Raises Trouble when Loki cannot be used or believed."""
    named = {f"{mutant.alert.alert}__m{number}": mutant for number, mutant in enumerate(found)}
    trials = tuple(_trials(stack, named))
    noticed = set[str]()
    for trial, said in play(loki, trials) if trials else ():
        sound = None if said is None else said.pop(trial.rule.alert)
        if said is None or sound:
            why = sound or f"the ruler did not evaluate all {len(trial.loaded)} in {trial.patience:g} s"
            raise Trouble(f"beside its mutants {trial.rule.alert} is not proven ({trial.scene.name}): {why}")
        noticed |= {name for name, complaint in said.items() if complaint}
    return tuple(mutant for name, mutant in named.items() if name not in noticed)


def _trials(stack: Stack, named: Mapping[str, Mutant]) -> Iterator[Trial]:
    """A tenant for every scene of each alert. Where only times and words are damaged, a single scene shows it."""
    alerts: dict[int, dict[str, Mutant]] = {}
    for name, mutant in named.items():
        alerts.setdefault(id(mutant.proof), {})[name] = mutant
    for number, own in enumerate(alerts.values()):
        rule = next(iter(own.values())).proof.alert
        bound = rule.source
        played = scenes(stack.by_name[rule.service], rule, bound.alert) if isinstance(bound, BoundLogAlert) else ()
        for at, scene in enumerate(played):
            met = (replace(one.alert, alert=name) for name, one in own.items() if one.damage or scene is played[-1])
            yield Trial(f"mutants-{number}-{at}", rule, scene, (rule, *met))
