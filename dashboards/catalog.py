"""Every dashboard of a stack, and the folder each belongs in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboards import (
    alert_details,
    alert_history,
    alerts,
    all_capacity,
    all_security,
    business,
    capacity,
    dependencies,
    deployments,
    errors,
    home,
    hosts,
    jobs,
    logs,
    overview,
    own_stack,
    security,
    service_dashboards,
    slos,
    topic_page,
    topics,
)
from spec.names import OWN_SERVICE, alerts_dashboard, overview_dashboard, own_dashboard, topic_dashboard
from spec.stack import once
from spec.topic import TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dashboards.board import Board
    from dashboards.modern import Json
    from spec.stack import Stack, Watched
    from spec.topic import Topic

HOME_FOLDER = "home"
"""The folder of what concerns all services; the others are named after the owners."""

OF_ALL_SERVICES: tuple[Callable[[Stack], Board | None], ...] = (
    home.build,
    alerts.build,
    alert_history.build,
    slos.build,
    hosts.build,
    all_capacity.build,
    all_security.build,
    logs.build,
)

BY_TOPIC: Mapping[Topic, Callable[[Stack, Watched, topics.Content], Board]] = {
    "errors": errors.build,
    "dependencies": dependencies.build,
    "jobs": jobs.build,
    "security": security.build,
    "business": business.build,
    "capacity": capacity.build,
    "deployments": deployments.build,
}


@dataclass(frozen=True)
class Filed:
    """A dashboard in its folder."""

    folder: str
    board: Board

    @property
    def uid(self) -> str:
        return self.board.uid

    @property
    def title(self) -> str:
        return self.board.title

    @property
    def document(self) -> Json:
        """The JSON that Grafana takes."""
        return self.board.document


def dashboards(stack: Stack, runbooks: Mapping[tuple[str, str], str]) -> tuple[Filed, ...]:
    """Every dashboard, with the text of each alert's runbook beside its graph."""
    return (*of_all_services(stack), *of_services(stack, runbooks, told_apart(stack)))


@once
def of_all_services(stack: Stack) -> tuple[Filed, ...]:
    """The dashboards over all services."""
    return tuple(_filed(HOME_FOLDER, board, {}) for build in OF_ALL_SERVICES if (board := build(stack)))


def of_services(stack: Stack, runbooks: Mapping[tuple[str, str], str], titles: Mapping[str, str]) -> Iterator[Filed]:
    """The dashboards of each service; `titles` are those to have instead of their own, by uid.

    One is made after the other was taken: all those of a large stack fill the memory.
    """
    for service in stack.services:
        for board in of_service(stack, service, runbooks):
            yield _filed(service.spec.owner, board, titles)


def of_service(stack: Stack, service: Watched, runbooks: Mapping[tuple[str, str], str]) -> Iterator[Board]:
    """The dashboards of one service: its overview, its alerts, its pages by topic, and those of its own."""
    yield (own_stack if service.name == OWN_SERVICE else overview).build(stack, service)
    yield alert_details.build(stack, service, runbooks)
    for topic, content in topics.pages(service).items():
        yield BY_TOPIC[topic](stack, service, content)
    for spec in service.spec.dashboards:
        board = service_dashboards.build(stack, service, spec)
        if board is not None:
            yield board


def _filed(folder: str, board: Board, titles: Mapping[str, str]) -> Filed:
    return Filed(folder, replace(board, title=titles[board.uid]) if board.uid in titles else board)


def told_apart(stack: Stack) -> Mapping[str, str]:
    """Titles with the uid behind them, by uid, for those that are in their folder already: Grafana would stop
    provisioning it."""
    if _all_differ(stack):
        return {}
    seen = Counter(_folders(stack))
    titles = {}
    for folder, uid, title in _titled(stack, topics.pages):
        key = (folder, title.casefold())
        if seen[key]:
            titles[uid] = f"{title} ({uid})"
        seen[key] += 1
    return titles


def _all_differ(stack: Stack) -> bool:
    """Whether no title would come twice if every service had a page on every topic: to find out which it has takes a
    look at all its indicators."""
    titled = [(folder, title.casefold()) for folder, _, title in _titled(stack, lambda _: TOPICS)]
    return len({*_folders(stack), *titled}) == len([*_folders(stack), *titled])


def _folders(stack: Stack) -> Iterator[tuple[str, str]]:
    """Each folder with its title, which no dashboard in it may have."""
    yield HOME_FOLDER, HOME_FOLDER
    yield from ((name, owner.title.casefold()) for name, owner in stack.spec.owners.items())


def _titled(stack: Stack, pages: Callable[[Watched], Iterable[Topic]]) -> Iterator[tuple[str, str, str]]:
    """Folder, uid and title of every dashboard, in order, without making those of services, which have these pages."""
    yield from ((filed.folder, filed.uid, filed.title) for filed in of_all_services(stack))
    for service in stack.services:
        name, folder = service.name, service.spec.owner
        own = own_stack.TITLE if name == OWN_SERVICE else overview.title(service)
        yield folder, overview_dashboard(name), own
        yield folder, alerts_dashboard(name), alert_details.title(service)
        for topic in pages(service):
            yield folder, topic_dashboard(name, topic), topic_page.title(service, topic)
        yield from ((folder, own_dashboard(name, spec.name), spec.title) for spec in service.spec.dashboards)
