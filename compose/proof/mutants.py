"""Which damaged rules the tests do not notice, as promtool says.

First comes what promtool answers fastest and what notices most (rules/mutation/asked.py). What is left meets every
check of every case, unless it says the same as the sound rule for a reason stated by name, and has shown so.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from compose.proof.alerts import rule_file
from compose.proof.promtool import PROCESSES, Job, run
from rules.mutation.asked import company, everything, soonest
from rules.mutation.batch import name_of, own, together, told_on
from rules.mutation.equivalent import why_equivalent
from rules.proof.notation import shared_test_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from rules.mutation.batch import Own
    from rules.mutation.mutants import Mutant
    from rules.proof.case import Case, Check

    Asked: TypeAlias = Callable[[Case, Mutant], tuple[Check, ...]]

_SHARES = 8


def survivors(promtool: Sequence[str], mutants: Sequence[Mutant]) -> tuple[Mutant, ...]:
    """The mutants that no test notices. Shares of them take turns: one is made ready while promtool is at others."""
    shares: list[dict[int, Mutant]] = [{} for _ in range(_SHARES)]
    proofs = {key: at for at, key in enumerate(dict.fromkeys(id(one.proof) for one in mutants))}
    for number, mutant in enumerate(mutants):
        shares[proofs[id(mutant.proof)] % _SHARES][number] = mutant
    with ThreadPoolExecutor(PROCESSES + 1) as pool:
        left = list(pool.map(lambda share: _survivors(promtool, share), shares))
    alive = {number: mutant for share in left for number, mutant in share.items()}
    return tuple(alive[number] for number in sorted(alive))


def _survivors(promtool: Sequence[str], share: Mapping[int, Mutant]) -> Mapping[int, Mutant]:
    left = _unnoticed(promtool, share, soonest)
    doubted = {number: mutant for number, mutant in left.items() if not why_equivalent(mutant)}
    noticed = doubted.keys() - _unnoticed(promtool, doubted, everything).keys()
    return {number: mutant for number, mutant in left.items() if number not in noticed}


def _unnoticed(promtool: Sequence[str], mutants: Mapping[int, Mutant], asked: Asked) -> dict[int, Mutant]:
    """The mutants that pass. Those of an alert run together, against one case after the other."""
    left = dict(mutants)
    cases = {number: list(_about(mutant)) for number, mutant in left.items()}
    while batches := list(_batches(left, cases, asked)):
        said = run(promtool, [_job(str(key), left, one) for key, one in enumerate(batches)], processes=1)
        for key, (_, owns) in enumerate(batches):
            blamed, gave_up = told_on(said[str(key)], owns)
            for number in blamed:
                del left[number]
            for number in () if gave_up else owns.keys() - blamed:
                cases[number].pop(0)
    return left


def _about(mutant: Mutant) -> Iterator[Case]:
    """The cases that concern the damaged rule."""
    return (case for case in mutant.proof.cases if not case.rules or name_of(mutant.rule) in case.rules)


def _batches(
    left: Mapping[int, Mutant], cases: Mapping[int, list[Case]], asked: Asked
) -> Iterator[tuple[Case, dict[int, Own]]]:
    """For each proof the next case of those of its mutants that are alive, with what each brings. A case of which
    nothing is asked is passed over."""
    found: dict[tuple[int, int, str], tuple[Case, dict[int, Own]]] = {}
    for number, mutant in left.items():
        waiting = cases[number]
        while waiting and not (checks := asked(waiting[0], mutant)):
            waiting.pop(0)
        if waiting:
            case, brought = waiting[0], own(waiting[0], mutant, number, checks)
            key = (id(mutant.proof), id(case), company(mutant) if brought.rules else "all")
            found.setdefault(key, (case, {}))[1][number] = brought
    yield from found.values()


def _job(key: str, mutants: Mapping[int, Mutant], batch: tuple[Case, dict[int, Own]]) -> Job:
    case, owns = batch
    proof = mutants[next(iter(owns))].proof
    cases = [(one.alert, one.case) for one in owns.values()]
    return Job(key, rule_file(together(case, proof, owns.values())), shared_test_file(case, cases))
