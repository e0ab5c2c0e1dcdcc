"""Grafana's dashboards: a file each, in a folder for each owner and one for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artefact import Artefact
from rules.runbook import pages
from spec.outline import outlined
from spec.stack import once

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashboards.catalog import Filed
    from spec.stack import Stack

FOLDER = "dashboards"


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`dashboards/<folder>/<uid>.json`; none when Grafana is not part of the stack."""
    return (*of_all_services(stack), *of_services(stack, told_apart(outlined(stack))))


def of_all_services(stack: Stack) -> Iterator[Artefact]:
    """The dashboards over all services."""
    if stack.enabled("grafana"):
        from dashboards import catalog

        yield from map(_artefact, catalog.of_all_services(stack))


def of_services(stack: Stack, titles: Mapping[str, str]) -> Iterator[Artefact]:
    """Each service's own dashboards; `titles` are those that `told_apart` found in the whole stack."""
    if stack.enabled("grafana"):
        from dashboards import catalog

        yield from map(_artefact, catalog.of_services(stack, pages(stack), titles))


@once
def told_apart(afar: Stack) -> Mapping[str, str]:
    """The titles of dashboards that would have another one's in their folder, by uid; in a stack of outlines."""
    if not afar.enabled("grafana"):
        return {}
    from dashboards import catalog

    return catalog.told_apart(afar)


def _artefact(filed: Filed) -> Artefact:
    from dashboards.board import encode

    return Artefact(f"{FOLDER}/{filed.folder}/{filed.uid}.json", encode(filed.board))
