"""Checks of logs: a line that is written is found again; each service's lines arrive."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from compose.smoke.check import Finding, World
from rules.log_records import log_recordings
from spec.names import OWN_SERVICE, SERVICE

if TYPE_CHECKING:
    from rules.rule import Recording
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
    """What Loki makes of log lines has come to Prometheus. Of a real service there may be nothing to make it of."""
    if not world.has("loki") or not world.has("alloy"):
        return Finding("", skipped="needs Loki and Alloy")
    stack = world.stack
    wanted = [(service, rule) for service in stack.services for rule in log_recordings(stack, service)]
    names = "|".join(dict.fromkeys(rule.record for _, rule in wanted))
    found = world.clients.query(f'{{__name__=~"{names}"}}') if wanted else ()
    there = {(one["metric"]["__name__"], one["metric"].get(SERVICE)) for one in found}
    missing = [(service, rule) for service, rule in wanted if (rule.record, service.name) not in there]
    problems = tuple(filter(None, (_not_recorded(world, *one) for one in missing)))
    count = len(wanted) - len(missing)
    return Finding(f"{count} of {len(wanted)} indicators on log lines have a value", problems, {"indicators": count})


def _not_recorded(world: World, service: Watched, rule: Recording) -> str:
    if world.clients.loki.get("/loki/api/v1/query", query=rule.expr)["data"]["result"]:
        said = f"{rule.record} of {service.name} has a value in Loki, but not in Prometheus"
    elif world.stack.simulates(service.name):
        said = f"{rule.record} of {service.name}: no such line has come"
    else:
        return ""
    return world.told(rule.origin, said)


def _silent(world: World, service: Watched) -> str:
    start = time.time_ns() - 3600 * 10**9
    query = f'{{service="{service.name}"}}'
    result = world.clients.loki.get("/loki/api/v1/query_range", query=query, start=start, limit=1)["data"]["result"]
    return "" if result else f"no line of {service.name} has arrived"
