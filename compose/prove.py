"""Proof by the real promtool: every alert's tests are run, and so are they on every damaged rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.promtool_tests import Job, run
from generator.rule_files import rule_data
from rules.groups import all_alerts
from rules.mutation.batch import batch, name_of, told_on
from rules.proof.case import Proof, Unproven
from rules.proof.free import Answer
from rules.proof.notation import shared_test_file, test_file
from rules.proof.proofs import proofs, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rules.mutation.mutants import Mutant
    from rules.proof.case import Case
    from rules.rule import Alerting, Recording
    from spec.stack import Stack

_ANSWER = re.compile(r"^\s*got: (?:\S*\{.*?\}|\{\}) ([-+0-9.eE]+)$", re.MULTILINE)


_AMBIGUOUS = frozenset({"matcher", "label", "clause"})
"""Damages after which an expression may match too many series to be evaluated: promtool then gives up on all rules of a
test, so that these mutants are kept from holding up the others."""


@dataclass(frozen=True)
class Verdict:
    """An alert, and why it is not proven (empty when it is)."""

    alert: Alerting
    complaint: str


@dataclass(frozen=True)
class Proven:
    """Every alert's verdict, and the proofs that succeeded."""

    verdicts: tuple[Verdict, ...]
    proofs: tuple[Proof, ...]


def prove(stack: Stack, promtool: Sequence[str], chosen: Callable[[Alerting], bool] = lambda _: True) -> Proven:
    """The verdict on every alert, or on those that are chosen. Raises Trouble when promtool cannot be used."""
    wanted = [one for one in proofs(stack, _answers(stack, promtool)) if chosen(one.alert)]
    made = [one for one in wanted if isinstance(one, Proof)]
    jobs = [job for number, proof in enumerate(made) for job in _jobs(str(number), proof)]
    complaints = run(promtool, jobs)
    said = {id(proof): complaints[str(number)] for number, proof in enumerate(made)}
    verdicts = tuple(Verdict(one.alert, one.reason if isinstance(one, Unproven) else said[id(one)]) for one in wanted)
    return Proven(verdicts, tuple(proof for proof in made if not said[id(proof)]))


def survivors(promtool: Sequence[str], mutants: Sequence[Mutant]) -> tuple[Mutant, ...]:
    """The mutants that no test notices. Those of an alert run together, against one case after the other."""
    left = dict(enumerate(mutants))
    done = dict.fromkeys(left, 0)
    while True:
        batches = list(_batches(left, done))
        if not batches:
            return tuple(left.values())
        jobs = [
            _batch_job(str(key), case, {number: left[number] for number in numbers})
            for key, (case, numbers) in enumerate(batches)
        ]
        said = run(promtool, jobs)
        for key, (_, numbers) in enumerate(batches):
            blamed, gave_up = told_on(said[str(key)], numbers)
            for number in blamed:
                del left[number]
            for number in () if gave_up else numbers:
                done[number] += 1


def _batches(left: Mapping[int, Mutant], done: Mapping[int, int]) -> Iterator[tuple[Case, list[int]]]:
    """For each proof the next case of those of its mutants that are alive, which concerns their damaged rule."""
    found: dict[tuple[int, int, bool], tuple[Case, list[int]]] = {}
    for number, mutant in left.items():
        about = name_of(mutant.rule)
        cases = [case for case in mutant.proof.cases if not case.rules or about in case.rules]
        if done[number] < len(cases):
            case = cases[done[number]]
            key = (id(mutant.proof), id(case), mutant.kind in _AMBIGUOUS)
            found.setdefault(key, (case, []))[1].append(number)
    yield from found.values()


def _batch_job(key: str, case: Case, mutants: Mapping[int, Mutant]) -> Job:
    made = batch(case, mutants)
    return Job(key, _rule_file(made.rules), shared_test_file(case, made.cases))


def changed(stack: Stack, other: Stack) -> Callable[[Alerting], bool]:
    """Chooses those alerts of another environment which are not the same rule in this one."""
    known = {_essence(rule) for rule in all_alerts(stack)}
    differ = {(rule.service, rule.alert) for rule in all_alerts(other) if _essence(rule) not in known}
    return lambda rule: (rule.service, rule.alert) in differ


def _essence(rule: Alerting) -> tuple[object, ...]:
    """What decides when an alert fires, and with which labels."""
    return rule.alert, rule.expr, rule.for_, rule.keep_firing_for, tuple(rule.labels.items())


def _answers(stack: Stack, promtool: Sequence[str]) -> dict[tuple[str, str], tuple[Answer, ...]]:
    """What free PromQL is with its good and its bad samples, as promtool says."""
    asked = list(questions(stack))
    cases = [
        (f"{number}/{side}", case)
        for number, one in enumerate(asked)
        for side, case in (("good", one.good), ("bad", one.bad))
    ]
    said = run(promtool, [Job(key, _rule_file(()), test_file("question", [case])) for key, case in cases])
    found: dict[tuple[str, str], tuple[Answer, ...]] = {}
    for number, one in enumerate(asked):
        good, bad = (_answer(said[f"{number}/{side}"]) for side in ("good", "bad"))
        if bad is not None:
            found[one.key] = (*found.get(one.key, ()), Answer(good, bad, one.replicas))
    return found


def _answer(said: str) -> float | None:
    """The value in a complaint such as `got: {service="tug"} 1.02E+00`; None when there is none, or more than one."""
    found = _ANSWER.search(said)
    return float(found[1]) if found else None


def _jobs(key: str, proof: Proof) -> Iterator[Job]:
    """A job for each file of tests."""
    for named, cases in _by_file(proof.cases):
        rules: tuple[Recording | Alerting, ...] = (*proof.records, proof.alert)
        wanted = (rule for rule in rules if not named or name_of(rule) in named)
        yield Job(key, _rule_file(wanted), test_file(proof.alert.alert, cases))


def _rule_file(rules: Iterable[Recording | Alerting]) -> dict[str, Any]:
    return {"groups": [{"name": "proof", "rules": [rule_data(rule) for rule in rules]}]}


def _by_file(cases: Iterable[Case]) -> list[tuple[tuple[str, ...], list[Case]]]:
    """promtool evaluates the same rules at the same interval for all tests of a file."""
    found: dict[tuple[int, tuple[str, ...]], list[Case]] = {}
    for case in cases:
        found.setdefault((case.step.ms, case.rules), []).append(case)
    return [(rules, of_file) for (_, rules), of_file in found.items()]
