"""Mutants: an alert's rules with exactly one damage, and the proof that must notice it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.mutation.of_lines import line_damages
from rules.mutation.operators import damages
from rules.mutation.tree import parse
from spec.names import SEVERITIES, SEVERITY
from spec.scalars import Duration
from spec.stack import BoundLogAlert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.mutation.operators import Damage
    from rules.proof.case import Proof
    from rules.rule import Alerting, Recording

_ADDED = Duration.parse("1h")


@dataclass(frozen=True)
class Mutant:
    """`rule` is the rule as it was, `what` the damage done to it."""

    proof: Proof
    rule: Recording | Alerting
    kind: str
    what: str
    records: tuple[Recording, ...]
    alert: Alerting
    damage: Damage | None = None
    """What was done to the expression, when it was that."""


def mutants(proofs: Iterable[Proof]) -> Iterator[Mutant]:
    """Every mutant of every proven alert. A record that several alerts read is damaged once, for the first."""
    seen = set[tuple[str, str]]()
    for proof in proofs:
        for at, record in enumerate(proof.records):
            key = (record.record, record.expr)
            if key not in seen:
                seen.add(key)
                yield from _of_record(proof, at, record)
        yield from _of_alert(proof)


def _of_record(proof: Proof, at: int, record: Recording) -> Iterator[Mutant]:
    for damage in damages(parse(record.expr), proof.thresholds):
        damaged = replace(record, expr=damage.expr)
        records = (*proof.records[:at], damaged, *proof.records[at + 1 :])
        yield Mutant(proof, record, damage.kind, damage.what, records, proof.alert, damage)


def _of_alert(proof: Proof) -> Iterator[Mutant]:
    alert = proof.alert
    on_lines = isinstance(alert.source, BoundLogAlert)
    found = line_damages(alert.expr, proof.thresholds) if on_lines else damages(parse(alert.expr), proof.thresholds)
    for damage in found:
        damaged = replace(alert, expr=damage.expr)
        yield Mutant(proof, alert, damage.kind, damage.what, proof.records, damaged, damage)
    for kind, what, damaged in (*_waits(alert), *(() if on_lines else _keeps(alert)), *_texts(alert)):
        yield Mutant(proof, alert, kind, what, proof.records, damaged)


def _waits(alert: Alerting) -> Iterator[tuple[str, str, Alerting]]:
    if not alert.for_.ms:
        yield "for", f"for {_ADDED} added", replace(alert, for_=_ADDED)
        return
    for way, wait in (("dropped", 0), ("halved", alert.for_.ms // 2), ("doubled", alert.for_.ms * 2)):
        yield "for", f"for {alert.for_} {way}", replace(alert, for_=Duration(wait))


def _keeps(alert: Alerting) -> Iterator[tuple[str, str, Alerting]]:
    keep = alert.keep_firing_for
    if keep is None:
        yield "keep", f"keep_firing_for {_ADDED} added", replace(alert, keep_firing_for=_ADDED)
        return
    yield "keep", f"keep_firing_for {keep} dropped", replace(alert, keep_firing_for=None)
    for way, time in (("halved", keep.ms // 2), ("doubled", keep.ms * 2)):
        yield "keep", f"keep_firing_for {keep} {way}", replace(alert, keep_firing_for=Duration(time))


def _texts(alert: Alerting) -> Iterator[tuple[str, str, Alerting]]:
    severity = alert.labels[SEVERITY]
    other = SEVERITIES[(SEVERITIES.index(severity) + 1) % len(SEVERITIES)]
    yield (
        "severity",
        f"severity {severity} turned into {other}",
        replace(alert, labels={**alert.labels, SEVERITY: other}),
    )
    for label in alert.labels.keys() - {SEVERITY, "service"}:
        rest = {name: value for name, value in alert.labels.items() if name != label}
        yield "label", f"label {label} dropped", replace(alert, labels=rest)
    rest = {key: text for key, text in alert.annotations.items() if key != "runbook_url"}
    yield "annotation", "annotation runbook_url dropped", replace(alert, annotations=rest)
