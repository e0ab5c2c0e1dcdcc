"""Dashboards: what makes Grafana refuse a file, or a whole folder, without a word in the interface."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from generator.validate.work import Skip
from spec.names import alerts_dashboard, overview_dashboard, own_dashboard, topic_dashboard
from spec.stack import once
from spec.topic import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath, Stack

DASHBOARDS = "dashboards/json"
COLUMNS = 24
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")


def dashboards(work: Work) -> Iterator[Problem]:
    """Each file is a dashboard with a proper uid, and no uid and (within a folder) no title is there twice."""
    files = work.paths("dashboards", ".json")
    if not files:
        raise Skip("no dashboard was rendered")
    first: dict[tuple[str, ...], str] = {}
    for path in files:
        try:
            board = json.loads(work.artefacts[path])
        except ValueError as error:
            yield work.problem(origin(work, path), f"{path}: not JSON: {error}", id=DASHBOARDS)
            continue
        if not isinstance(board, dict):
            yield work.problem(origin(work, path), f"{path}: not a mapping", id=DASHBOARDS)
            continue
        for message in _faults(board):
            yield work.problem(origin(work, path), f"{path}: {message}", id=DASHBOARDS)
        folder = path.rpartition("/")[0]
        for key, what in ((("uid", str(board.get("uid"))), "uid"), ((folder, str(board.get("title"))), "title")):
            if key in first:
                message = f"{path}: {what} {key[1]!r} is there twice, first in {first[key]}"
                yield work.problem(origin(work, path), message, "Grafana would show neither", id=DASHBOARDS)
            first.setdefault(key, path)


def origin(work: Work, path: str) -> SpecPath:
    """The dashboard or the service that a file is named after."""
    return place(work.stack, path.rpartition("/")[2].removesuffix(".json"))


def place(stack: Stack, uid: str) -> SpecPath:
    """The dashboard or the service that a uid is made of; what concerns all services is Grafana's."""
    return _places(stack).get(uid, ("components", "grafana"))


@once
def _places(stack: Stack) -> Mapping[str, SpecPath]:
    """Where in the spec each dashboard of a service comes from, by its uid."""
    places: dict[str, SpecPath] = {}
    for name, service in stack.spec.services.items():
        pages = (topic_dashboard(name, topic) for topic in TOPICS)
        places |= dict.fromkeys((name, overview_dashboard(name), alerts_dashboard(name), *pages), ("services", name))
        for index, board in enumerate(service.dashboards):
            places[own_dashboard(name, board.name)] = ("services", name, "dashboards", index)
    return places


def _faults(board: dict[str, Any]) -> Iterator[str]:
    if not _UID.fullmatch(str(board.get("uid", ""))):
        yield f"uid {board.get('uid')!r} is not of 1 to 40 letters, digits, - and _"
    if not board.get("title"):
        yield "it has no title"
    panels = [*board.get("panels", ()), *(inner for row in board.get("panels", ()) for inner in row.get("panels", ()))]
    ids = [panel.get("id") for panel in panels]
    yield from (f"panel id {one} is there twice" for one in dict.fromkeys(ids) if ids.count(one) > 1)
    for panel in panels:
        yield from (f"panel {panel.get('title') or panel.get('id')!r}: {fault}" for fault in _panel_faults(panel))


def _panel_faults(panel: dict[str, Any]) -> Iterator[str]:
    place = panel.get("gridPos", {})
    if not all(isinstance(place.get(side), int) for side in "hwxy") or place["x"] + place["w"] > COLUMNS:
        yield f"gridPos {place} does not fit into {COLUMNS} columns"
    names = [target.get("refId") for target in panel.get("targets", ())]
    if not all(names) or len(set(names)) != len(names):
        yield "its queries have no refIds of their own"
    for source in (panel.get("datasource"), *(target.get("datasource") for target in panel.get("targets", ()))):
        if source is not None and not (isinstance(source, dict) and source.get("uid")):
            yield f"the data source {source!r} has no uid"
