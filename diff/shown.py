"""Dashboards as people see them: what each panel asks and how it shows it, whatever order things stand in.

Where a panel stands is no difference: panels are put where there is room for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from spec.names import alerts_dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import Stack

_PLACED = frozenset({"gridPos", "id"})
_FRAME = ("description", "tags", "links", "templating", "annotations", "refresh", "time")
_TOLD = frozenset({"title", "type", "description", "targets"})


@dataclass(frozen=True)
class Panel:
    """A panel as people see it. `links` are the addresses it leads to, `rest` all that has no words of its own."""

    key: str
    title: str
    kind: str
    queries: tuple[str, ...]
    unit: str
    thresholds: tuple[str, ...]
    description: str
    links: tuple[str, ...]
    rest: str


@dataclass(frozen=True)
class Dashboard:
    """A dashboard as Grafana gets it; `service` is empty for those of all services."""

    uid: str
    title: str
    folder: str
    service: str
    document: Any

    @cached_property
    def panels(self) -> tuple[Panel, ...]:
        """Its panels, without the titles of rows."""
        return tuple(_panel(panel) for panel in _flat(self.document["panels"]) if panel["type"] != "row")

    @cached_property
    def frame(self) -> str:
        """What surrounds the panels."""
        return _canonical({key: self.document[key] for key in _FRAME})

    @property
    def about_alerts(self) -> bool:
        """Whether it is the page of a service's alerts."""
        return bool(self.service) and self.uid == alerts_dashboard(self.service)


def dashboards(stack: Stack, names: frozenset[str]) -> dict[str, Dashboard]:
    """The dashboards of all services and those of the named ones, by uid; none where there is no Grafana."""
    if not stack.enabled("grafana"):
        return {}
    from dashboards.catalog import HOME_FOLDER, OF_ALL_SERVICES, of_service
    from rules.proof.routing import every_alert
    from rules.runbook import page

    runbooks = {(rule.service, rule.alert): page(stack, rule) for rule in every_alert(stack) if rule.service in names}
    found = [(HOME_FOLDER, "", board) for build in OF_ALL_SERVICES if (board := build(stack)) is not None]
    for service in stack.services:
        if service.name in names:
            owner = service.spec.owner
            found += [(owner, service.name, board) for board in of_service(stack, service, runbooks)]
    return {
        board.uid: Dashboard(board.uid, board.title, folder, service, board.document)
        for folder, service, board in found
    }


def _flat(panels: Any) -> Iterator[Any]:
    for panel in panels:
        yield panel
        yield from _flat(panel.get("panels", []))


def _panel(panel: Any) -> Panel:
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    steps = defaults.get("thresholds", {}).get("steps", [])
    targets = [{key: value for key, value in target.items() if key != "refId"} for target in panel.get("targets", [])]
    rest = {key: value for key, value in panel.items() if key not in _PLACED | _TOLD}
    return Panel(
        key=str(panel["id"]),
        title=str(panel.get("title", "")),
        kind=str(panel["type"]),
        queries=tuple(sorted(str(target.get("expr", "")) for target in targets)),
        unit=str(defaults.get("unit", "")),
        thresholds=tuple(f"{step['value']:g}" for step in steps if step.get("value") is not None),
        description=str(panel.get("description", "")) or str(panel.get("options", {}).get("content", "")),
        links=tuple(sorted(str(link.get("url", "")) for link in (*panel.get("links", []), *defaults.get("links", [])))),
        rest=_canonical([rest, targets]),
    )


def _canonical(value: Any) -> str:
    """The same text for the same content in any order."""
    return json.dumps(_sorted(value), sort_keys=True)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(part) for key, part in value.items() if key not in ("index", "id", "refId")}
    if isinstance(value, list):
        return sorted((_sorted(part) for part in value), key=lambda part: json.dumps(part, sort_keys=True))
    return value
