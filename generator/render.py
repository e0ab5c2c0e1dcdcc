"""Everything that is rendered from a stack, in one explicit list of families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator import (
    alertmanager,
    alloy,
    blackbox,
    contract,
    dashboard_files,
    grafana,
    loki,
    processes,
    prometheus,
    rule_files,
    runbooks,
    units,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.artefact import Artefact
    from spec.stack import Stack

FAMILIES: tuple[Callable[[Stack], tuple[Artefact, ...]], ...] = (
    prometheus.render,
    rule_files.render,
    alertmanager.render,
    blackbox.render,
    loki.render,
    alloy.render,
    grafana.render,
    dashboard_files.render,
    contract.render,
    runbooks.render,
    processes.render,
    units.render,
)


def render(stack: Stack) -> tuple[Artefact, ...]:
    """Every artefact. Pure: the same stack gives the same bytes."""
    artefacts = tuple(artefact for family in FAMILIES for artefact in family(stack))
    loaded_by_prometheus = [
        a for a in artefacts if a.path.startswith((f"{rule_files.FOLDER}/", "native/prometheus/", "docker/prometheus/"))
    ]
    return (*artefacts, rule_files.config_hash(loaded_by_prometheus))
