"""Many mutants of one alert in one test: each under names of its own, beside the sound records that they share.

A test costs mostly the evaluation of records; most mutants only change what reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.proof.case import Is, Series, Shows, Silent, Tells
from rules.rule import Alerting, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rules.mutation.mutants import Mutant
    from rules.proof.case import Case, Check

MARK = re.compile(r"__m(\d+)")
"""What tells a mutant's names from others: the number that it has in its batch."""
_TOLD = "description"
"""The one annotation that tells the value. Writing annotations takes promtool longer than finding out what fires."""
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@dataclass(frozen=True)
class Batch:
    """Rules and the checks of each mutant, by the name of its alert."""

    rules: tuple[Recording | Alerting, ...]
    cases: tuple[tuple[str, Case], ...]


def name_of(rule: Recording | Alerting) -> str:
    """What a rule makes: the name of a series or of an alert."""
    return rule.record if isinstance(rule, Recording) else rule.alert


def batch(case: Case, mutants: Mapping[int, Mutant]) -> Batch:
    """One test of several mutants of the same proof. Numbers tell them apart."""
    proof = next(iter(mutants.values())).proof
    sound = tuple(rule for rule in proof.records if not case.rules or rule.record in case.rules)
    rules: list[Recording | Alerting] = [*sound]
    cases = []
    for number, mutant in mutants.items():
        names = _renamed(mutant, number)
        rules += _own(case, mutant, names)
        cases.append((names[proof.alert.alert], _case(case, names, mutant.kind == "annotation")))
    return Batch(tuple(rules), tuple(cases))


def _renamed(mutant: Mutant, number: int) -> dict[str, str]:
    """New names for the damaged rule, for all that read it, and for the alert."""
    changed = {name_of(mutant.rule), mutant.alert.alert}
    for record in mutant.records:
        if changed & set(_NAME.findall(record.expr)):
            changed.add(record.record)
    return {name: f"{name}__m{number}" for name in changed}


def _own(case: Case, mutant: Mutant, names: Mapping[str, str]) -> Iterator[Recording | Alerting]:
    """The rules of a mutant which are not those of all."""
    for record in mutant.records:
        if record.record in names and (not case.rules or record.record in case.rules):
            yield replace(record, record=names[record.record], expr=_rewritten(record.expr, names))
    if not case.rules or mutant.proof.alert.alert in case.rules:
        alert, all_of_them = mutant.alert, mutant.kind == "annotation"
        texts = {name: text for name, text in alert.annotations.items() if all_of_them or name == _TOLD}
        name = names[mutant.proof.alert.alert]
        yield replace(alert, alert=name, expr=_rewritten(alert.expr, names), annotations=texts)


def _rewritten(text: str, names: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: names.get(found[0], found[0]), text)


def _case(case: Case, names: Mapping[str, str], all_texts: bool) -> Case:
    """The case about the mutant: input that stands for a record's history is there under the new name as well."""
    copies = tuple(Series(names[one.metric], one.labels, one.points) for one in case.series if one.metric in names)
    return replace(case, series=copies, checks=tuple(_check(check, names, all_texts) for check in case.checks))


def _check(check: Check, names: Mapping[str, str], all_texts: bool) -> Check:
    match check:
        case Shows():
            return replace(check, expr=_rewritten(check.expr, names))
        case Tells(annotations=texts):
            return replace(
                check, annotations={name: text for name, text in texts.items() if all_texts or name == _TOLD}
            )
        case Is() | Silent():
            return check


def told_on(complaint: str, numbers: Sequence[int]) -> tuple[frozenset[int], bool]:
    """The numbers that promtool complains of, and whether it gave up at a rule that cannot be evaluated, so that the
    others were not tested."""
    blamed = frozenset(
        int(mark)
        for line in complaint.splitlines()
        if line.strip().startswith(("expr:", "alertname:", "rule:"))
        for mark in MARK.findall(line)
    )
    gave_up = any(line.strip().startswith("rule:") for line in complaint.splitlines())
    if complaint and not blamed:
        raise ValueError(f"promtool complains of no mutant in particular: {complaint}")
    return blamed & set(numbers), gave_up
