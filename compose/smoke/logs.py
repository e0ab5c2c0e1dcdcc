"""Checks of logs: a line that is written is found again; each service's lines arrive."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from compose.smoke.check import Finding, World
from spec.names import LOGS_PART, OWN_SERVICE, SERVICE

if TYPE_CHECKING:
    from spec.stack import Watched


def line(world: World) -> Finding:
    """A line pushed to Loki is found again."""
    if not world.has("loki"):
        return Finding("", skipped="Loki does not run here")
    mark = f"specola smoke {time.time_ns():x}"
    labels = {"service": OWN_SERVICE, "level": "INFO", "environment": world.stack.spec.environment}
    world.clients.loki.post(
        "/loki/api/v1/push", {"streams": [{"stream": labels, "values": [[str(time.time_ns()), mark]]}]}
    )
    query = f'{{service="{OWN_SERVICE}"}} |= {json.dumps(mark)}'

    def found() -> str:
        start = time.time_ns() - 600 * 10**9
        result = world.clients.loki.get("/loki/api/v1/query_range", query=query, start=start, limit=1)["data"]["result"]
        return "" if result else "the line that was written is not found"

    complaint = world.until(found)
    return Finding("a line was written and found", (complaint,) if complaint else ())


def services(world: World) -> Finding:
    """Lines of every service with logs have come through the agent."""
    if not world.has("loki") or not world.has("alloy"):
        return Finding("", skipped="needs Loki and Alloy")
    talking = [service for service in world.stack.services if service.spec.logs is not None]
    problems = tuple(filter(None, (_silent(world, service) for service in talking)))
    return Finding(f"logs of {len(talking) - len(problems)} of {len(talking)} services arrive", problems)


def indicators(world: World) -> Finding:
    """Every indicator on log lines has come from Loki to Prometheus."""
    if not world.has("loki") or not world.has("alloy"):
        return Finding("", skipped="needs Loki and Alloy")
    parts = [part for service in world.stack.services for part in service.parts if part.name == LOGS_PART]
    wanted = [(part, series) for part in parts for series in part.metrics]
    query = '{__name__=~"service.*:log_.+"}'
    there = {(one["metric"]["__name__"], one["metric"].get(SERVICE)) for one in world.clients.query(query)}
    problems = tuple(
        f"{series} of {part.service} is not in Prometheus"
        for part, series in wanted
        if (series, part.service) not in there
    )
    count = len(wanted) - len(problems)
    return Finding(f"{count} of {len(wanted)} indicators on log lines have a value", problems, {"indicators": count})


def _silent(world: World, service: Watched) -> str:
    start = time.time_ns() - 3600 * 10**9
    query = f'{{service="{service.name}"}}'
    result = world.clients.loki.get("/loki/api/v1/query_range", query=query, start=start, limit=1)["data"]["result"]
    return "" if result else f"no line of {service.name} has arrived"
