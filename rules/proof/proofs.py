"""The proof of every alert of a stack, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.groups import groups
from rules.proof.anomaly import anomaly_cases
from rules.proof.burn import burn_cases
from rules.proof.case import Case, Is, Proof, Series, Unproven
from rules.proof.forecast import forecast_case
from rules.proof.free import Answer, fits, free_cases, question
from rules.proof.humane import UnknownTemplate
from rules.proof.labels import OTHER
from rules.proof.threshold import tells, threshold_cases
from rules.rule import Alerting, Recording
from spec.indicator import Anomaly, Forecast, PromQL
from spec.names import SERVICE, WATCHDOG
from spec.samples import NoSamples
from spec.scalars import Duration
from spec.stack import BoundAlert, BoundObjective

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spec.stack import Stack

STRANGE = 1e9
"""A rate that no service has."""
_RECORD = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*:[a-zA-Z0-9_:]*")


Answers = Mapping[tuple[str, str], tuple[Answer, ...]]
"""Service and alert to what its free PromQL is with its samples, the more telling way first."""


def proofs(stack: Stack, answers: Answers) -> Iterator[Proof | Unproven]:
    """In the order of the rule files."""
    found = groups(stack)
    for group in found:
        beside = tuple(rule for other in found if other.file == group.file for rule in other.rules)
        for rule in group.rules:
            if isinstance(rule, Alerting):
                yield _proof(stack, beside, rule, answers)


@dataclass(frozen=True)
class Question:
    """Two cases that show what an alert's free PromQL is on the good and on the bad side."""

    key: tuple[str, str]
    replicas: bool
    good: Case
    bad: Case


def questions(stack: Stack) -> Iterator[Question]:
    """For each alert on free PromQL, with and without replicas of its series."""
    for service in stack.services:
        for bound in service.alerts:
            if isinstance(bound.indicator.spec, PromQL):
                for replicas in (True, False):
                    with suppress(NoSamples):
                        good, bad = (question(service, bound, bad=side, replicas=replicas) for side in (False, True))
                        yield Question((service.name, bound.alert.name), replicas, good, bad)


def records_of(rule: Alerting, beside: Iterable[Recording | Alerting]) -> tuple[Recording, ...]:
    """The records of its service that an alert reads, and those that they read, in the order of the file."""
    slo = rule.labels.get("slo")
    own = (record for record in beside if isinstance(record, Recording) and record.labels.get("slo") in (None, slo))
    records = {record.record: record for record in own}
    found = _read(rule.expr, records)
    return tuple(record for name, record in records.items() if name in found)


def _read(expr: str, records: Mapping[str, Recording]) -> set[str]:
    """The names of the records that an expression reads, and of those that they read."""
    wanted, found = [expr], set[str]()
    while wanted:
        names = set(_RECORD.findall(wanted.pop())) & set(records) - found
        found |= names
        wanted += [records[name].expr for name in names]
    return found


def fed(case: Case, records: Iterable[Recording]) -> Case:
    """A case about some rules, with the records that these read and that it does not give as input.

    Another service has such a record, too, whose values are out of all proportion.
    """
    given = {series.metric for series in case.series}
    free = {record.record: record for record in records if record.record not in given}
    about = set(case.rules)
    more = {name for rule in free.values() if rule.record in about for name in _read(rule.expr, free)} - about
    length = max((len(series.points) for series in case.series), default=0)
    others = tuple(Series(name, ((SERVICE, OTHER),), (STRANGE,) * length) for name in sorted(more))
    return replace(case, rules=(*sorted(more), *case.rules), series=(*case.series, *others)) if more else case


def _proof(stack: Stack, beside: Iterable[Recording | Alerting], rule: Alerting, answers: Answers) -> Proof | Unproven:
    try:
        proof = _made(stack, rule, records_of(rule, beside), answers)
        return replace(proof, cases=tuple(fed(case, proof.records) for case in proof.cases))
    except (NoSamples, UnknownTemplate) as reason:
        return Unproven(rule, str(reason))


def _made(stack: Stack, rule: Alerting, records: tuple[Recording, ...], answers: Answers) -> Proof:
    if rule.alert == WATCHDOG:
        return Proof(rule, records, (_watchdog(rule),))
    service = stack.by_name[rule.service]
    match rule.source:
        case BoundObjective() as bound:
            return Proof(rule, records, *burn_cases(service, bound, rule))
        case BoundAlert(indicator=indicator) as bound if isinstance(indicator.spec, Anomaly):
            return Proof(rule, records, *anomaly_cases(service, bound, rule))
        case BoundAlert(indicator=indicator) as bound if isinstance(indicator.spec, Forecast):
            case, thresholds = forecast_case(service, bound, rule)
            return Proof(rule, records, (case,), thresholds)
        case BoundAlert(indicator=indicator) as bound if isinstance(indicator.spec, PromQL):
            question(service, bound, bad=True, replicas=False)
            given = answers.get((rule.service, rule.alert), ())
            if not given:
                raise NoSamples("with samples.bad the expression gives no single value")
            answer = next((one for one in given if fits(bound, one)), given[-1])
            return Proof(rule, records, *free_cases(service, bound, rule, answer))
        case BoundAlert() as bound:
            return Proof(rule, records, *threshold_cases(service, bound, rule))
        case _:
            raise NoSamples("nothing is known about it")


def _watchdog(rule: Alerting) -> Case:
    """It fires from the first evaluation on, without any series."""
    full = tells(3, rule, {}, 1.0)
    return Case("always", Duration.parse("1m"), (), (Is(0, "firing", full.labels), full))
