"""What one part of the spec says of another: names exist, names are given once, everyone can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.locate import in_file
from spec.outline import without_tuning
from spec.problem import Problem
from spec.references.contract import DERIVED, contract
from spec.references.doubles import crowded, doubles, taken, titles
from spec.references.indicators import indicator_keys, indicators, pack_changes, panel_subjects, silencers, thresholds
from spec.references.labels import labels
from spec.references.limits import long_names, ports, shared_ports
from spec.references.log_indicators import log_indicators, without_loki
from spec.references.metrics import metrics
from spec.references.outside import dependencies, retention, secret_uses, secrets
from spec.references.people import conditions, owners, reachable, receivers, users
from spec.references.reports import reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from spec.references.finding import Finding
    from spec.root import StackSpec
    from spec.yaml_tree import Map

__all__ = ("ACROSS", "CHECKS", "DERIVED", "check", "check_alone", "fine_across", "indicator_keys", "secret_uses")

CHECKS: tuple[Callable[[StackSpec], Iterator[Finding]], ...] = (
    owners, users, doubles, titles, taken, crowded, indicators, thresholds, panel_subjects, contract, metrics,
    log_indicators, without_loki, pack_changes, silencers, secrets, dependencies, receivers, conditions, reachable,
    retention, reports, labels, ports, shared_ports, long_names,
)  # fmt: skip


ACROSS = frozenset((conditions, dependencies, ports, reports, titles))
"""Those which look at several services at once: they see no more than outlines (`spec.outline`)."""


def check(spec: StackSpec, tree: Map) -> tuple[Problem, ...]:
    """Every dangling reference, double name, and everyone who cannot be reached, at its line."""
    afar = without_tuning(spec)
    return tuple(one for look in CHECKS for one in _problems(tree, look(afar if look in ACROSS else spec)))


def fine_across(afar: StackSpec) -> bool:
    """Whether the checks which look at several services find nothing in a spec of outlines."""
    return not any(True for look in ACROSS for _ in look(afar))


def check_alone(spec: StackSpec, tree: Map) -> tuple[Problem, ...]:
    """The same of services that stand here without the others, when the outlines of all are known to be fine."""
    return tuple(one for look in CHECKS if look not in ACROSS for one in _problems(tree, look(spec)))


def _problems(tree: Map, findings: Iterable[Finding]) -> Iterator[Problem]:
    for path, message, hint in findings:
        mark, text = in_file(tree, path)
        yield Problem(mark, text, message, hint)
