"""Every dashboard of a stack, and the folder each belongs in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from dashboards import alert_details, alerts, home, hosts, overview, own_stack, service_dashboards, slos
from spec.names import OWN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dashboards.modern import Json
    from spec.stack import Stack, Watched

HOME_FOLDER = "home"
"""The folder of what concerns all services; the others are named after the owners."""

OF_ALL_SERVICES: tuple[Callable[[Stack], Json | None], ...] = (home.build, alerts.build, slos.build, hosts.build)


@dataclass(frozen=True)
class Filed:
    """A dashboard in its folder."""

    folder: str
    uid: str
    title: str
    document: Json


def dashboards(stack: Stack, runbooks: Mapping[tuple[str, str], str]) -> tuple[Filed, ...]:
    """Every dashboard, with the text of each alert's runbook beside its graph."""
    return tuple(each(stack, runbooks))


def each(stack: Stack, runbooks: Mapping[tuple[str, str], str]) -> Iterator[Filed]:
    """The same, one made after the other was taken: all those of a large stack fill the memory."""
    common = (_filed(HOME_FOLDER, document) for build in OF_ALL_SERVICES if (document := build(stack)))
    own = (
        _filed(service.spec.owner, document)
        for service in stack.services
        for document in of_service(stack, service, runbooks)
    )
    return _told_apart(chain(common, own), _folders(stack))


def of_service(stack: Stack, service: Watched, runbooks: Mapping[tuple[str, str], str]) -> Iterator[Json]:
    """The dashboards of one service: its overview, its alerts, and those of its own."""
    yield (own_stack if service.name == OWN_SERVICE else overview).build(stack, service)
    yield alert_details.build(stack, service, runbooks)
    for spec in service.spec.dashboards:
        document = service_dashboards.build(stack, service, spec)
        if document is not None:
            yield document


def _filed(folder: str, document: Json) -> Filed:
    return Filed(folder, str(document["uid"]), str(document["title"]), document)


def _folders(stack: Stack) -> Iterator[tuple[str, str]]:
    """Each folder with its title, which no dashboard in it may have."""
    yield HOME_FOLDER, HOME_FOLDER
    yield from ((name, owner.title.casefold()) for name, owner in stack.spec.owners.items())


def _told_apart(filed: Iterable[Filed], folders: Iterable[tuple[str, str]]) -> Iterator[Filed]:
    """The same with no title twice in a folder (Grafana would stop provisioning it): later ones get their uid."""
    seen = Counter(folders)
    for entry in filed:
        key = (entry.folder, entry.title.casefold())
        if seen[key]:
            title = f"{entry.title} ({entry.uid})"
            entry = Filed(entry.folder, entry.uid, title, {**entry.document, "title": title})
        seen[key] += 1
        yield entry
