"""Checks of Grafana: data sources answer, and every rendered dashboard is there as it was rendered."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from compose.smoke.check import Finding, World
from generator.grafana_sources import REREAD_SECONDS, uid_of
from generator.validate.dashboards import place
from generator.validate.grafana import SOURCES, complaints, unreachable

if TYPE_CHECKING:
    from generator.validate.grafana import Complaint

STILL = timedelta(seconds=2.5 * REREAD_SECONDS)
"""Grafana repeats what it complains of when it reads its files again: what it last said longer ago is mended."""
SHORT = 200
"""Characters of an answer that are told."""


def datasources(world: World) -> Finding:
    """Each data source is there under its fixed uid and answers through Grafana."""
    if not world.has("grafana"):
        return Finding("", skipped="Grafana does not run here")
    wanted = [(component, uid) for component, uid in SOURCES.items() if world.has(component)]
    wanted += [(one.component, uid_of(one)) for one in world.stack.instances("prometheus")[1:]]
    problems = [
        world.told(("components", component), problem)
        for component, uid in wanted
        if (problem := _datasource(world, component, uid))
    ]
    return Finding(f"{len(wanted) - len(problems)} of {len(wanted)} data sources healthy", tuple(problems))


def _datasource(world: World, component: str, uid: str) -> str:
    grafana = world.clients.grafana
    if grafana.ask("GET", f"/api/datasources/uid/{uid}").status_code != 200:
        return f"data source {uid} is not there"
    if component == "alertmanager":
        answer = grafana.ask("GET", f"/api/alertmanager/{uid}/api/v2/status")
    elif component == "loki":
        answer = grafana.ask("GET", f"/api/datasources/proxy/uid/{uid}/loki/api/v1/labels")
    else:
        answer = grafana.ask("GET", f"/api/datasources/proxy/uid/{uid}/api/v1/query", params={"query": "vector(1)"})
    if answer.ok:
        return ""
    why = unreachable(world.log("grafana"), uid) or " ".join(answer.text.split())[:SHORT]
    return f"data source {uid} answers {answer.status_code} through Grafana" + (f": {why}" if why else "")


def dashboards(world: World) -> Finding:
    """Grafana serves every rendered dashboard, and refuses none that was changed since."""
    if not world.has("grafana"):
        return Finding("", skipped="Grafana does not run here")
    uids, missing = _rendered(world), _missing(world)
    said = _refused(world, datetime.now(UTC) - STILL)
    explained = {one.uid for one in said}
    problems = [world.told(one.at, one.text) for one in said]
    problems += [
        world.told(place(world.stack, uid), f"dashboard {uid} is not in Grafana")
        for uid in missing
        if uid not in explained
    ]
    served = len(uids) - len(missing)
    counts = {"served": served, "total": len(uids)}
    return Finding(f"{served} of {len(uids)} dashboards served", tuple(problems), counts)


def taken_up(world: World, since: datetime) -> tuple[str, ...]:
    """What Grafana, started at a moment, refuses: asked when it has read all its files, or the world's time is over.

    It counts when Grafana says it again. What it says once, as it ends or while its database is busy, is mended when it
    next reads its files.
    """

    def reading() -> str:
        said = _refused(world, since)
        settled = {one.uid for one in said}
        return "" if "" in settled or set(_missing(world)) <= settled else "Grafana still reads its files"

    world.until(reading)
    return _said_again(world, since)


def _said_again(world: World, since: datetime) -> tuple[str, ...]:
    """What it refuses by now, if it says so at a later time, too; waits for its next reading, but not longer."""
    once = frozenset(_refused(world, since))
    known = {(one.at, one.text) for one in once}

    def again() -> tuple[Complaint, ...]:
        """Each complaint has the time it was last said: of what was known, one of another time was said again."""
        return tuple(one for one in _refused(world, since) if (one.at, one.text) in known and one not in once)

    def waiting() -> str:
        return "" if len(again()) == len(once) else "Grafana has not read its files again"

    replace(world, deadline=time.monotonic() + STILL.total_seconds()).until(waiting)
    return tuple(world.told(one.at, one.text) for one in again())


def last_words(world: World, since: datetime) -> tuple[str, ...]:
    """What Grafana has complained of since a moment; it need not answer any more."""
    return tuple(world.told(one.at, one.text) for one in _refused(world, since))


def _rendered(world: World) -> tuple[str, ...]:
    """The uids of the rendered dashboards: their files are called so."""
    return tuple(path.stem for path in sorted((world.build / "dashboards").rglob("*.json")))


def _missing(world: World) -> tuple[str, ...]:
    served = {found["uid"] for found in world.clients.grafana.get("/api/search", type="dash-db", limit=5000)}
    return tuple(uid for uid in _rendered(world) if uid not in served)


def _refused(world: World, since: datetime) -> tuple[Complaint, ...]:
    return tuple(one for one in complaints(world.stack, world.log("grafana")) if moment(one.time) >= since)


def moment(time: str) -> datetime:
    """A time of Grafana's log; long ago when it is none."""
    try:
        return datetime.fromisoformat(time).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
