"""What the JSON of a dashboard asks its data sources, read back out of it: for proof that every panel has data.

This reads what Grafana reads, so it holds for a file that was written here as well as for what a running Grafana
serves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class PanelQuery:
    """One query of one panel. `instant` ones ask for now, the others for a range of time."""

    dashboard: str
    panel: int
    title: str
    ref: str
    datasource: str
    expr: str
    instant: bool
    empty_ok: bool


@dataclass(frozen=True)
class DashboardVariable:
    """A choice at the top of a dashboard: `query` gives the values, or `values` are given. `current` is set at first.

    `$__all` as a current value stands for all of them.
    """

    dashboard: str
    name: str
    kind: str
    datasource: str
    query: str
    values: tuple[str, ...]
    current: str
    multi: bool
    all_value: str = ""


def panel_queries(dashboard: Mapping[str, object]) -> tuple[PanelQuery, ...]:
    """Every query of every panel, those inside of collapsed rows too.

    A panel may stay empty when its field configuration has a text for that case (`noValue`): the reader sees that
    text then, for instance "no alerts". A panel without it would say "No data", which is a fault.
    """
    uid = str(dashboard.get("uid", ""))
    return tuple(query for panel in _panels(dashboard) for query in _queries(uid, panel))


def _queries(uid: str, panel: Mapping[str, object]) -> Iterator[PanelQuery]:
    empty_ok = "noValue" in _mapping(_mapping(panel.get("fieldConfig")).get("defaults"))
    for target in _mappings(panel.get("targets")):
        yield PanelQuery(
            dashboard=uid,
            panel=int(str(panel.get("id", 0))),
            title=str(panel.get("title", "")),
            ref=str(target.get("refId", "")),
            datasource=str(_mapping(target.get("datasource")).get("uid", "")),
            expr=str(target.get("expr", "")),
            instant=bool(target.get("instant")) or target.get("queryType") == "instant",
            empty_ok=empty_ok,
        )


def variables(dashboard: Mapping[str, object]) -> tuple[DashboardVariable, ...]:
    """The variables of a dashboard in the order in which Grafana fills them in."""
    uid = str(dashboard.get("uid", ""))
    return tuple(_variable(uid, entry) for entry in _mappings(_mapping(dashboard.get("templating")).get("list")))


def _variable(uid: str, entry: Mapping[str, object]) -> DashboardVariable:
    query = entry.get("query", "")
    return DashboardVariable(
        dashboard=uid,
        name=str(entry.get("name", "")),
        kind=str(entry.get("type", "")),
        datasource=str(_mapping(entry.get("datasource")).get("uid", "")),
        query=str(_mapping(query).get("query", "") if isinstance(query, dict) else query),
        values=tuple(str(option.get("value", "")) for option in _mappings(entry.get("options"))),
        current=str(_mapping(entry.get("current")).get("value", "")),
        multi=bool(entry.get("multi")),
        all_value=str(entry.get("allValue") or ""),
    )


def _panels(dashboard: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for panel in _mappings(dashboard.get("panels")):
        yield panel
        yield from _mappings(panel.get("panels"))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> tuple[Mapping[str, object], ...]:
    return tuple(entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()
