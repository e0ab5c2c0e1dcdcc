"""Proof by the real promtool: every alert's tests are run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.proof.promtool import Job, run
from generator.rule_files import rule_data
from rules.groups import all_alerts
from rules.mutation.batch import name_of
from rules.proof.case import Proof, Unproven
from rules.proof.free import Answer
from rules.proof.notation import test_file
from rules.proof.proofs import proofs, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rules.proof.case import Case
    from rules.rule import Alerting, Recording
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


def to_prove(stack: Stack, promtool: Sequence[str], chosen: Callable[[Alerting], bool]) -> tuple[Proof | Unproven, ...]:
    """How those alerts are proven that are chosen. Raises Trouble when promtool cannot be used."""
    return tuple(one for one in proofs(stack, _answers(stack, promtool)) if chosen(one.alert))


def prove(promtool: Sequence[str], wanted: Sequence[Proof | Unproven]) -> Proven:
    """The verdict on each. Raises Trouble when promtool cannot be used."""
    made = [one for one in wanted if isinstance(one, Proof)]
    jobs = [job for number, proof in enumerate(made) for job in _jobs(str(number), proof)]
    complaints = run(promtool, jobs)
    said = {id(proof): complaints[str(number)] for number, proof in enumerate(made)}
    verdicts = tuple(Verdict(one.alert, one.reason if isinstance(one, Unproven) else said[id(one)]) for one in wanted)
    return Proven(verdicts, tuple(proof for proof in made if not said[id(proof)]))


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
    said = run(promtool, [Job(key, rule_file(()), test_file("question", [case])) for key, case in cases])
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
        yield Job(key, rule_file(wanted), test_file(proof.alert.alert, cases))


def rule_file(rules: Iterable[Recording | Alerting]) -> dict[str, Any]:
    """The file of promtool with these rules, evaluated in this order."""
    return {"groups": [{"name": "proof", "rules": [rule_data(rule) for rule in rules]}]}


def _by_file(cases: Iterable[Case]) -> list[tuple[tuple[str, ...], list[Case]]]:
    """promtool evaluates the same rules at the same interval for all tests of a file."""
    found: dict[tuple[int, tuple[str, ...]], list[Case]] = {}
    for case in cases:
        found.setdefault((case.step.ms, case.rules), []).append(case)
    return [(rules, of_file) for (_, rules), of_file in found.items()]
