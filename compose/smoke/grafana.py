"""Checks of Grafana: data sources answer, and every rendered dashboard is there under its uid."""

from __future__ import annotations

import json

from compose.smoke.check import Finding, World
from spec.names import ALERTMANAGER_UID, LOKI_UID, PROMETHEUS_UID

UIDS = (("prometheus", PROMETHEUS_UID), ("loki", LOKI_UID), ("alertmanager", ALERTMANAGER_UID))


def datasources(world: World) -> Finding:
    """Each data source is there under its fixed uid and answers through Grafana."""
    if not world.has("grafana"):
        return Finding("", skipped="Grafana does not run here")
    wanted = [(component, uid) for component, uid in UIDS if world.has(component)]
    problems = [problem for component, uid in wanted if (problem := _datasource(world, component, uid))]
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
    return "" if answer.ok else f"data source {uid} answers {answer.status_code} through Grafana"


def dashboards(world: World) -> Finding:
    """Grafana serves every rendered dashboard."""
    if not world.has("grafana"):
        return Finding("", skipped="Grafana does not run here")
    uids = [json.loads(path.read_bytes())["uid"] for path in sorted((world.build / "dashboards").rglob("*.json"))]
    served = {found["uid"] for found in world.clients.grafana.get("/api/search", type="dash-db", limit=5000)}
    problems = tuple(f"dashboard {uid} is not in Grafana" for uid in uids if uid not in served)
    return Finding(
        f"{len(uids) - len(problems)} of {len(uids)} dashboards served",
        problems,
        {"served": len(uids) - len(problems), "total": len(uids)},
    )
