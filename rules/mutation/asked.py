"""What a damaged rule is asked, and in whose company.

Rules are evaluated step by step, queries over all steps at once. So a mutant is first asked what its checks imply of
its expression alone (implied.py), and of that only what it may answer otherwise than the sound rule. Where words were
damaged, the one check that reads them is asked. Who is noticed there would fail the checks themselves; who is not still
meets every one of them. Who says the same as the sound rule for a reason stated by name is asked about every check at
once: where queries say of each what the check would, that settles it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from rules.mutation.batch import expression, name_of, touched
from rules.mutation.equivalent import why_equivalent
from rules.mutation.implied import implied
from rules.mutation.inline import inliner
from rules.proof.case import Is, Shows, Silent, Tells
from rules.rule import Recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.mutation.mutants import Mutant
    from rules.proof.case import Case, Check

Company = Literal["all", "risky", "alone"]
_AMBIGUOUS = frozenset({"matcher", "label", "clause"})
"""Damages after which an expression may match too many series to be evaluated."""
_WORDS = frozenset({"severity", "label", "annotation"})
_REACH = frozenset({"window", "function"})
"""Damages after which an expression may reach further or less far back."""
_LONG = 90
"""Steps of a case in which rules take much longer than queries."""


def everything(case: Case, _: Mutant) -> tuple[Check, ...]:
    """Every check of the case."""
    return case.checks


def soonest(case: Case, mutant: Mutant) -> tuple[Check, ...]:
    """What is answered soonest, and notices most."""
    if why_equivalent(mutant):
        return _of_expression(case, mutant, case.checks) if _settled(case, mutant) else everything(case, mutant)
    if mutant.damage:
        return _of_expression(case, mutant, tuple(_telling(case, mutant.kind in _REACH)))
    if mutant.kind in _WORDS:
        return tuple(check for check in case.checks if isinstance(check, Tells))
    known = implied(case, expression(mutant), mutant.proof.alert)
    return tuple(one for one in implied(case, expression(mutant), mutant.alert) if one not in known)


def _settled(case: Case, mutant: Mutant) -> bool:
    """Whether queries say of each check what the check itself would. An alert that is kept firing remembers more than
    its `for`; with another matcher a record may hold two results, and what reads it fails; where there are no series
    nothing can be asked."""
    plain = mutant.damage is not None and mutant.kind != "matcher"
    return plain and mutant.alert.keep_firing_for is None and bool(case.series)


def company(mutant: Mutant) -> Company:
    """Who shares a test with a mutant. promtool gives up on all rules of a test at one that cannot be evaluated: those
    that may be such keep to themselves. A matcher that nobody should miss can make two results one at the very end, and
    stays alone."""
    if not mutant.damage or mutant.kind not in _AMBIGUOUS:
        return "all"
    if not why_equivalent(mutant):
        return "risky"
    return "alone" if mutant.kind == "matcher" else "all"


def _of_expression(case: Case, mutant: Mutant, asked: Iterable[Check]) -> tuple[Check, ...]:
    records = [record for record in mutant.records if not case.rules or record.record in case.rules]
    telling = touched(case, mutant)
    alert = replace(mutant.alert, labels=telling(mutant.alert.labels))
    written = inliner(records, name_of(mutant.rule)) if isinstance(mutant.rule, Recording) else str

    def told(check: Check) -> Check:
        match check:
            case Shows():
                return replace(check, expr=written(check.expr))
            case Silent():
                return check
        return replace(check, labels=telling(check.labels))

    return implied(replace(case, checks=tuple(map(told, asked))), written(mutant.alert.expr), alert)


def _telling(case: Case, reaches: bool) -> Iterator[Check]:
    """The checks that notice a damaged expression, if any does. Where the alert is told, what fails while it is pending
    fails there, too; a short case fails nearly always there, or where the alert must be silent. Where the alert
    comes and goes again, what fails then has failed the first time, but for what reaches further or less far back."""
    told = any(isinstance(check, Tells) for check in case.checks)
    short = _end(case) < _LONG
    gone = False
    for check in case.checks:
        spared = isinstance(check, Is) and (short or check.state == "pending" or (gone and not reaches))
        if not (told and spared):
            yield check
            gone = isinstance(check, Is) and check.state is None


def _end(case: Case) -> int:
    return max(check.end if isinstance(check, Silent) else check.at for check in case.checks)
