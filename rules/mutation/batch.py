"""Many mutants of one alert in one test: each under names of its own, beside the sound records that they share.

A test costs mostly the evaluation of records; most mutants only change what reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rules.proof.case import Is, Series, Shows, Silent, Tells
from rules.rule import Alerting, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from typing import TypeAlias

    from rules.mutation.mutants import Mutant
    from rules.proof.case import Case, Check, Proof

    Telling: TypeAlias = Callable[[Mapping[str, str]], dict[str, str]]

MARK = re.compile(r"__m(\d+)")
"""What tells a mutant's names from others: the number that it has in its batch."""
_TOLD = "description"
"""The one annotation that tells the value. Writing annotations takes promtool longer than finding out what fires."""
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_SOUND = "sound:expression"
"""The record of what the sound alert's expression is: evaluated once for all mutants whose damage lies elsewhere."""


@dataclass(frozen=True)
class Own:
    """What a mutant brings to a test: the name of its alert, rules, and a case with its checks and its own series."""

    alert: str
    rules: tuple[Recording | Alerting, ...]
    case: Case


def name_of(rule: Recording | Alerting) -> str:
    """What a rule makes: the name of a series or of an alert."""
    return rule.record if isinstance(rule, Recording) else rule.alert


def expression(mutant: Mutant) -> str:
    """The expression of a mutant's alert, by its record where it is the sound one."""
    return mutant.alert.expr if mutant.damage else _SOUND


def touched(case: Case, mutant: Mutant) -> Telling:
    """What leaves those labels of an alert that a damage, an expression or a text may touch."""
    spared = _spared(mutant, _labels_in(case, (*mutant.proof.records, mutant.proof.alert)))
    return lambda labels: {name: value for name, value in labels.items() if name not in spared}


def own(case: Case, mutant: Mutant, number: int, checks: Sequence[Check]) -> Own:
    """A mutant under the names of its number, with those of its rules that the checks need."""
    names, proof = _renamed(mutant, number), mutant.proof
    telling = touched(case, mutant)
    asked = tuple(_check(check, mutant, names, telling, number) for check in checks)
    queries = [check.expr for check in asked if isinstance(check, Shows)]
    fires = len(queries) < len(asked)
    records = tuple(_records(case, mutant, names))
    read = fires or any(record.record in query for record in records for query in queries)
    alert = (_alert(mutant, names, telling),) if fires else ()
    rules: tuple[Recording | Alerting, ...] = (*records, *alert) if read else ()
    series = _history(case, names) if rules else ()
    return Own(names[proof.alert.alert], rules, replace(case, series=series, checks=asked))


def together(case: Case, proof: Proof, owns: Iterable[Own]) -> tuple[Recording | Alerting, ...]:
    """The rules of one test of several mutants: the sound records, then what each mutant brings."""
    sound = [rule for rule in proof.records if not case.rules or rule.record in case.rules]
    brought = tuple(owns)
    if any(_SOUND in expr for one in brought for expr in _read(one)):
        sound.append(Recording(_SOUND, proof.alert.expr, {}, proof.alert.origin))
    return (*sound, *(rule for one in brought for rule in one.rules))


def _read(one: Own) -> Iterator[str]:
    """Every expression that a mutant's rules and checks read."""
    yield from (rule.expr for rule in one.rules)
    yield from (check.expr for check in one.case.checks if isinstance(check, Shows))


def _labels_in(case: Case, rules: Sequence[Recording | Alerting]) -> frozenset[str]:
    """Every label that an expression or a text may read, and more: all labels of series, and all words of rules."""
    labels = frozenset(name for one in case.series for name, _ in one.labels)
    told = (rule.annotations.get(_TOLD, "") for rule in rules if isinstance(rule, Alerting))
    return labels.union(*map(_words, (*told, *(rule.expr for rule in rules))))


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(text))


def _renamed(mutant: Mutant, number: int) -> dict[str, str]:
    """New names for the damaged rule, for all that read it, and for the alert."""
    changed = {name_of(mutant.rule), mutant.alert.alert}
    for record in mutant.records:
        if changed & _words(record.expr):
            changed.add(record.record)
    return {name: f"{name}__m{number}" for name in changed}


def _records(case: Case, mutant: Mutant, names: Mapping[str, str]) -> Iterator[Recording]:
    """The records of a mutant which are not those of all."""
    for record in mutant.records:
        if record.record in names and (not case.rules or record.record in case.rules):
            yield replace(record, record=names[record.record], expr=_rewritten(record.expr, names))


def _alert(mutant: Mutant, names: Mapping[str, str], telling: Telling) -> Alerting:
    alert = mutant.alert
    return replace(
        alert,
        alert=names[alert.alert],
        expr=_rewritten(expression(mutant), names),
        labels=telling(alert.labels),
        annotations=_texts(mutant, alert.annotations),
    )


def _spared(mutant: Mutant, known: AbstractSet[str]) -> AbstractSet[str]:
    """Labels that the rule adds as the sound one does, and nothing else can touch. Every label that a rule adds costs
    promtool more than the expression itself."""
    sound = mutant.proof.alert.labels.items() & mutant.alert.labels.items()
    return {name for name, _ in sound} - known


def _texts(mutant: Mutant, texts: Mapping[str, str]) -> dict[str, str]:
    """The annotations that are damaged, and the one that tells the value where that may be."""
    sound = mutant.proof.alert.annotations.items() & mutant.alert.annotations.items()
    same = {name for name, _ in sound}
    return {name: text for name, text in texts.items() if name not in same or (mutant.damage and name == _TOLD)}


def _rewritten(text: str, names: Mapping[str, str]) -> str:
    if not any(name in text for name in names):
        return text
    return _NAME.sub(lambda found: names.get(found[0], found[0]), text)


def _history(case: Case, names: Mapping[str, str]) -> tuple[Series, ...]:
    """Input that stands for a record's history is there under the new name as well."""
    return tuple(Series(names[one.metric], one.labels, one.points) for one in case.series if one.metric in names)


def _check(check: Check, mutant: Mutant, names: Mapping[str, str], telling: Telling, number: int) -> Check:
    match check:
        case Shows(expr=expr, labels=labels):
            mark = f"__m{number}"
            marked = f'label_replace({_rewritten(expr, names)}, "mutant", "{mark}", "", "")'
            return replace(check, expr=marked, labels={**labels, "mutant": mark})
        case Tells(labels=labels, annotations=texts):
            return replace(check, labels=telling(labels), annotations=_texts(mutant, texts))
        case Is(labels=labels):
            return replace(check, labels=telling(labels))
        case Silent():
            return check


def told_on(complaint: str, numbers: Iterable[int]) -> tuple[frozenset[int], bool]:
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
