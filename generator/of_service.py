"""The files of one service, whatever others there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator import contract, dashboard_files, rule_files, runbooks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.artefact import Artefact
    from spec.stack import Stack


def of_service(alone: Stack, titles: Mapping[str, str]) -> Iterator[Artefact]:
    """The files of a service, which follow from it and from what the stack says of no service (`Stack.alone`).

    Of the other services they depend only on what their dashboards are called (`dashboard_files.told_apart`).
    """
    yield from rule_files.render(alone)
    yield from dashboard_files.of_services(alone, titles)
    yield from contract.render(alone)
    yield from runbooks.render(alone)
