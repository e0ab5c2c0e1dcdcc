"""Everything that is rendered from a stack: what concerns all of it, then the files of one service after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from generator import (
    alertmanager,
    alloy,
    blackbox,
    dashboard_files,
    grafana,
    heartbeat,
    loki,
    processes,
    prometheus,
    units,
)
from generator.of_service import of_service
from generator.rule_files import Checksum
from spec.outline import outlined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from generator.artefact import Artefact
    from spec.stack import Stack

OF_ALL_SERVICES: tuple[Callable[[Stack], Iterable[Artefact]], ...] = (
    prometheus.render,
    alertmanager.render,
    heartbeat.render,
    blackbox.render,
    loki.render,
    alloy.render,
    grafana.render,
    dashboard_files.of_all_services,
    processes.render,
    units.render,
)


def render(stack: Stack) -> tuple[Artefact, ...]:
    """Every artefact. Pure: the same stack gives the same bytes."""
    artefacts = (artefact for _, of_one in parts(stack) for artefact in of_one)
    return tuple(cast("Iterator[Artefact]", Checksum().through(artefacts)))


def parts(stack: Stack) -> Iterator[tuple[str, Iterator[Artefact]]]:
    """The artefacts of all services together, under an empty name, then those of each service.

    Each is made when it is asked for: all those of a large stack fill the memory. What concerns all services sees of
    each only its outline.
    """
    titles = dashboard_files.told_apart(stack)
    afar = outlined(stack)
    yield "", (artefact for family in OF_ALL_SERVICES for artefact in family(afar))
    for service in stack.services:
        yield service.name, of_service(stack.alone(service), titles)
