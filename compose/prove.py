"""Proof by the real promtool: every alert's tests are run, and so are they on every damaged rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compose.promtool_tests import Job, run
from generator.rule_files import rule_data
from rules.proof.case import Proof, Unproven
from rules.proof.free import Answer
from rules.proof.notation import test_file
from rules.proof.proofs import proofs, questions
from rules.rule import Alerting, Recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rules.mutation.mutants import Mutant
    from rules.proof.case import Case
    from spec.stack import Stack

_ANSWER = re.compile(r"^\s*got: (?:\S*\{.*?\}|\{\}) ([-+0-9.eE]+)$", re.MULTILINE)


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


def prove(stack: Stack, promtool: Sequence[str], service: str = "", alert: str = "") -> Proven:
    """The verdict on every alert, or on those of one service or name. Raises Trouble when promtool cannot be used."""
    wanted = [one for one in proofs(stack, _answers(stack, promtool)) if _chosen(one.alert, service, alert)]
    made = [one for one in wanted if isinstance(one, Proof)]
    jobs = [job for number, proof in enumerate(made) for job in _jobs(str(number), proof)]
    complaints = run(promtool, jobs)
    said = {id(proof): complaints[str(number)] for number, proof in enumerate(made)}
    verdicts = tuple(Verdict(one.alert, one.reason if isinstance(one, Unproven) else said[id(one)]) for one in wanted)
    return Proven(verdicts, tuple(proof for proof in made if not said[id(proof)]))


def survivors(promtool: Sequence[str], mutants: Sequence[Mutant]) -> tuple[Mutant, ...]:
    """The mutants that no test notices. A mutant is run against one case after the other until one does."""
    left = [(mutant, list(_mutant_jobs(mutant))) for mutant in mutants]
    alive = []
    while left:
        alive += [mutant for mutant, jobs in left if not jobs]
        turn = [(mutant, jobs) for mutant, jobs in left if jobs]
        said = run(promtool, [replace(jobs[0], key=str(number)) for number, (_, jobs) in enumerate(turn)])
        left = [(mutant, jobs[1:]) for number, (mutant, jobs) in enumerate(turn) if not said[str(number)]]
    return tuple(alive)


def name_of(rule: Recording | Alerting) -> str:
    """What a rule makes: the name of a series or of an alert."""
    return rule.record if isinstance(rule, Recording) else rule.alert


def _chosen(rule: Alerting, service: str, alert: str) -> bool:
    return (not service or rule.service == service) and (not alert or rule.alert == alert)


def _answers(stack: Stack, promtool: Sequence[str]) -> dict[tuple[str, str], tuple[Answer, ...]]:
    """What free PromQL is with its good and its bad samples, as promtool says."""
    asked = list(questions(stack))
    cases = [
        (f"{number}/{side}", case)
        for number, one in enumerate(asked)
        for side, case in (("good", one.good), ("bad", one.bad))
    ]
    said = run(promtool, [Job(key, _rule_file(()), test_file("question", "", [case])) for key, case in cases])
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
        yield _job(key, proof.records, proof.alert, named, cases)


def _mutant_jobs(mutant: Mutant) -> Iterator[Job]:
    """A job for each case that concerns the damaged rule, in the order of the proof."""
    about = name_of(mutant.rule)
    for case in mutant.proof.cases:
        if not case.rules or about in case.rules:
            yield _job("", mutant.records, mutant.alert, case.rules, [case])


def _job(key: str, records: Iterable[Recording], alert: Alerting, named: tuple[str, ...], cases: Sequence[Case]) -> Job:
    rules: tuple[Recording | Alerting, ...] = (*records, alert)
    wanted = (rule for rule in rules if not named or name_of(rule) in named)
    return Job(key, _rule_file(wanted), test_file(alert.alert, "", cases))


def _rule_file(rules: Iterable[Recording | Alerting]) -> dict[str, Any]:
    return {"groups": [{"name": "proof", "rules": [rule_data(rule) for rule in rules]}]}


def _by_file(cases: Iterable[Case]) -> list[tuple[tuple[str, ...], list[Case]]]:
    """promtool evaluates the same rules at the same interval for all tests of a file."""
    found: dict[tuple[int, tuple[str, ...]], list[Case]] = {}
    for case in cases:
        found.setdefault((case.step.ms, case.rules), []).append(case)
    return [(rules, of_file) for (_, rules), of_file in found.items()]
