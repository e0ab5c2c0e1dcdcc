"""Proof by the real promtool: every alert's tests are run, and so are they on every damaged rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.promtool_tests import Job, run
from generator.rule_files import rule_data
from rules.proof.case import Proof, Unproven
from rules.proof.notation import test_file
from rules.proof.proofs import proofs, questions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rules.mutation.mutants import Mutant
    from rules.proof.case import Case
    from rules.rule import Alerting, Recording
    from spec.stack import Stack

_ANSWER = re.compile(r"^\s*got: (?:\S*\{.*?\}|\{\}) ([-+0-9.eE]+)$", re.M)


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
    """The verdict on every alert, or on those of one service or one name. Raises Trouble when promtool cannot be used."""
    wanted = [one for one in proofs(stack, _answers(stack, promtool)) if _chosen(one.alert, service, alert)]
    made = [one for one in wanted if isinstance(one, Proof)]
    complaints = run(promtool, [_job(str(number), proof, proof.records, proof.alert) for number, proof in enumerate(made)])
    said = {id(proof): complaints[str(number)] for number, proof in enumerate(made)}
    verdicts = tuple(
        Verdict(one.alert, one.reason if isinstance(one, Unproven) else said[id(one)]) for one in wanted
    )
    return Proven(verdicts, tuple(proof for proof in made if not said[id(proof)]))


def survivors(promtool: Sequence[str], mutants: Sequence[Mutant]) -> tuple[Mutant, ...]:
    """The mutants that no test notices. A mutant is run against one file of tests after the other until one does."""
    alive = list(mutants)
    for turn in range(max((len(_files(mutant.proof)) for mutant in mutants), default=0)):
        jobs = [
            _job(str(number), mutant.proof, mutant.records, mutant.alert, turn)
            for number, mutant in enumerate(alive)
            if turn < len(_files(mutant.proof))
        ]
        said = run(promtool, jobs)
        alive = [mutant for number, mutant in enumerate(alive) if not said.get(str(number), "")]
    return tuple(alive)


def _chosen(rule: Alerting, service: str, alert: str) -> bool:
    return (not service or rule.service == service) and (not alert or rule.alert == alert)


def _answers(stack: Stack, promtool: Sequence[str]) -> dict[tuple[str, str], tuple[float | None, float]]:
    """What free PromQL is with its good and its bad samples, as promtool says."""
    asked = list(questions(stack))
    cases = [(f"{number}/{side}", case) for number, (_, good, bad) in enumerate(asked) for side, case in (("good", good), ("bad", bad))]
    said = run(promtool, [Job(key, {"groups": []}, (test_file("question", "", [case]),)) for key, case in cases])
    found = {}
    for number, (key, _, _) in enumerate(asked):
        good, bad = (_answer(said[f"{number}/{side}"]) for side in ("good", "bad"))
        if bad is not None:
            found[key] = (good, bad)
    return found


def _answer(said: str) -> float | None:
    """The value in a complaint such as `got: {service="tug"} 1.02E+00`; None when there is none, or more than one."""
    found = _ANSWER.search(said)
    return float(found[1]) if found else None


def _job(key: str, proof: Proof, records: Iterable[Recording], alert: Alerting, turn: int | None = None) -> Job:
    files = _files(proof)
    rules = {"groups": [{"name": "proof", "rules": [rule_data(rule) for rule in (*records, alert)]}]}
    return Job(key, rules, tuple(files if turn is None else files[turn : turn + 1]))


def _files(proof: Proof) -> list[dict[str, Any]]:
    """A file for each step, as promtool evaluates all tests of a file at the same interval."""
    return [test_file(proof.alert.alert, "", list(cases)) for cases in _by_step(proof.cases)]


def _by_step(cases: Iterable[Case]) -> Iterator[list[Case]]:
    found: dict[int, list[Case]] = {}
    for case in cases:
        found.setdefault(case.step.ms, []).append(case)
    yield from found.values()
