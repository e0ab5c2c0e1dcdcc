"""Everything that is rendered from a stack: what concerns all of it, then the files of one service after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from generator import (
    alertmanager,
    alloy,
    blackbox,
    contract,
    dashboard_files,
    grafana,
    heartbeat,
    loki,
    processes,
    prometheus,
    rule_files,
    runbooks,
    units,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from generator.artefact import Artefact, Kept
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
    return tuple(cast("Iterator[Artefact]", sealed(artefacts)))


def parts(stack: Stack) -> Iterator[tuple[str, Iterator[Artefact]]]:
    """The artefacts of all services together, under an empty name, then those of each service.

    Each is made when it is asked for: all those of a large stack fill the memory.
    """
    titles = dashboard_files.told_apart(stack)
    yield "", (artefact for family in OF_ALL_SERVICES for artefact in family(stack))
    for service in stack.services:
        yield service.name, of_service(stack.alone(service), titles)


def sealed(artefacts: Iterable[Artefact | Kept]) -> Iterator[Artefact | Kept]:
    """The artefacts, and a last one that tells by its checksum which of them Prometheus has loaded."""
    checksum = rule_files.Checksum()
    for artefact in artefacts:
        checksum.add(artefact)
        yield artefact
    yield checksum.rule()


def of_service(alone: Stack, titles: Mapping[str, str]) -> Iterator[Artefact]:
    """The files of a service, which follow from it and from what the stack says of no service (`Stack.alone`).

    Of the other services they depend only on what their dashboards are called (`dashboard_files.told_apart`).
    """
    yield from rule_files.render(alone)
    yield from dashboard_files.of_services(alone, titles)
    yield from contract.render(alone)
    yield from runbooks.render(alone)
