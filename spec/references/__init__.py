"""What one part of the spec says of another: names exist, names are given once, everyone can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.locate import in_file
from spec.problem import Problem
from spec.references.contract import DERIVED, contract
from spec.references.doubles import crowded, doubles, taken, titles
from spec.references.indicators import indicator_keys, indicators, pack_changes, panel_subjects, silencers, thresholds
from spec.references.labels import labels
from spec.references.limits import long_names, ports
from spec.references.log_indicators import log_indicators, without_loki
from spec.references.metrics import metrics
from spec.references.outside import dependencies, retention, secret_uses, secrets
from spec.references.people import conditions, owners, reachable, receivers, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spec.references.finding import Finding
    from spec.root import StackSpec
    from spec.yaml_tree import Map

__all__ = ("CHECKS", "DERIVED", "check", "indicator_keys", "secret_uses")

CHECKS: tuple[Callable[[StackSpec], Iterator[Finding]], ...] = (
    owners, users, doubles, titles, taken, crowded, indicators, thresholds, panel_subjects, contract, metrics,
    log_indicators, without_loki, pack_changes, silencers, secrets, dependencies, receivers, conditions, reachable,
    retention, labels, ports, long_names,
)  # fmt: skip


def check(spec: StackSpec, tree: Map) -> tuple[Problem, ...]:
    """Every dangling reference, double name, and everyone who cannot be reached, at its line."""
    problems = []
    for look in CHECKS:
        for path, message, hint in look(spec):
            mark, text = in_file(tree, path)
            problems.append(Problem(mark, text, message, hint))
    return tuple(problems)
