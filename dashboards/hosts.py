"""Hosts of all services: have they room to work, and until when?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import arrange, panels
from dashboards.indicator_panels import chart, gauge, indicator_panel
from dashboards.of_service import HOME
from dashboards.parts import Column, Query, alert_annotation, instance_variable, label_values
from dashboards.subject import Subject
from spec import packs
from spec.names import HOSTS_DASHBOARD, SERVICE
from spec.selector import Matcher
from spec.stack import Bound, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.parts import Panel
    from spec.stack import Stack

PACK = "node"
KNOWN_BY = "node_load1"
"""A series that every host has once."""

CHOSEN = (Matcher(SERVICE, "=~", "$service"), Matcher("instance", "=~", "$instance"))


def build(stack: Stack) -> Board | None:
    """The dashboard; None when no host is watched."""
    if not any(part.pack == PACK for service in stack.services for part in service.parts):
        return None
    subjects = _subjects(stack)
    return panels.dashboard(
        title="Hosts",
        uid=HOSTS_DASHBOARD,
        description="Have all hosts room to work, and until when?",
        tags=("specola", "home"),
        variables=(
            label_values(SERVICE, "Service", KNOWN_BY, multi=True, every=True),
            instance_variable(KNOWN_BY, "Host"),
        ),
        links=(HOME,),
        related=("overview",),
        annotations=(alert_annotation('alertname=~"Host.*", service=~"$service"'),),
        sections=tuple(_sections(subjects)),
    )


def _subjects(stack: Stack) -> dict[str, Subject]:
    """The indicators of the pack, read of the chosen hosts instead of those of one service."""
    pack = packs.read(PACK)
    part = Part(PACK, "", CHOSEN, pack.metrics, pack.indicators, (), pack.sections, PACK)
    window = stack.spec.defaults.window
    return {
        name: Subject(
            Bound(name, spec, part, spec.window or window, ()),
            tuple(alert for alert in pack.alerts if alert.indicator == name),
        )
        for name, spec in pack.indicators.items()
    }


def _sections(subjects: dict[str, Subject]) -> Iterator[Section]:
    yield arrange.glance(
        "",
        (
            _count(),
            *(
                gauge(subjects[name], f"Highest: {subjects[name].bound.title}")
                for name in ("cpu", "memory", "disk", "inodes")
            ),
        ),
    )
    yield arrange.charts("Every host", (_table(subjects),))
    for section in packs.read(PACK).sections:
        shown = [(subjects[entry.indicator], entry) for entry in section.panels if entry.indicator]
        yield arrange.charts(
            section.title, [indicator_panel(one, entry.as_) if entry.as_ else chart(one) for one, entry in shown]
        )


def _count() -> Panel:
    selector = "{" + ",".join(map(str, CHOSEN)) + "}"
    return panels.stat(
        title="Hosts",
        description="How many hosts are watched.",
        queries=(Query(f"count({KNOWN_BY}{selector})", "Hosts"),),
        decimals=0,
    )


def _table(subjects: dict[str, Subject]) -> Panel:
    """A line for each host, with its fullest disk."""
    shown = ("cpu", "load", "memory", "disk", "inodes", "file-descriptors")
    worst = [f"max by (service, instance) ({subjects[name].query})" for name in shown]
    return panels.table(
        title="Every host",
        description="How much of each host is used; of its disks the fullest one.",
        queries=tuple(Query(query) for query in worst),
        columns=(
            Column("service", "Service", width=160),
            Column("instance", "Host"),
            *(
                Column(ref, subjects[name].bound.title, subjects[name].unit, 1, subjects[name].thresholds)
                for ref, name in zip("ABCDEF", shown, strict=True)
            ),
        ),
        sort_by="Host",
    )
