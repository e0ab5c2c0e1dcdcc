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
from spec.alike import NotAlikeError
from spec.outline import outlined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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
    artefacts = (artefact for _, of_one in parts(stack, outlined(stack)) for artefact in of_one)
    return tuple(cast("Iterator[Artefact]", Checksum().through(artefacts)))


def parts(stack: Stack, afar: Stack) -> Iterator[tuple[str, Iterator[Artefact]]]:
    """The artefacts of all services together, under an empty name, then those of each service.

    Each is made when it is asked for: all those of a large stack fill the memory. What concerns all services sees of
    each only its outline: `afar` has all of them, even where `stack` is without copies (`spec.copies`).
    """
    titles = dashboard_files.told_apart(afar)
    yield "", (artefact for family in OF_ALL_SERVICES for artefact in family(afar))
    for service in afar.services:
        yield service.name, _of_service(stack, service.name, titles)


def _of_service(stack: Stack, name: str, titles: Mapping[str, str]) -> Iterator[Artefact]:
    """The files of a service. Raises NotAlikeError when the stack is without it: they can only be filled in."""
    if name not in stack.by_name:
        raise NotAlikeError(name)
    yield from of_service(stack.alone(stack.by_name[name]), titles)
