"""Checks of what is scraped: targets, probes, rules, and every metric of every contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compose.smoke.check import Finding, World
from spec.names import OWN_SERVICE, PARTS_WITHOUT_PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.clients import Client
    from rules.rule import Group
    from spec.metric import Metric
    from spec.stack import Job, Part, Watched

TYPES = {"info": "gauge"}
"""Types that the text format does not know, and what they come out as."""
SOON = 60.0
"""Seconds between two evaluations of a group beyond which nobody waits for the first one."""
UNTOLD = ("unknown", "unspecified", "")
"""What Prometheus knows of a series whose target gives no type, or gives one to a whole of which it is a part."""


def targets(world: World) -> Finding:
    """Every target of every job of the spec is there and up."""
    active = world.clients.prometheus.get("/api/v1/targets", state="active")["data"]["activeTargets"]
    by_job: dict[str, list[Any]] = {}
    for target in active:
        by_job.setdefault(target["labels"]["job"], []).append(target)
    problems = [problem for job in _jobs(world) for problem in _job_problems(world, job, by_job.get(job.name, []))]
    expected = {job.name for job in _jobs(world)}
    counted = [target for name in expected for target in by_job.get(name, [])]
    up = sum(target["health"] == "up" for target in counted)
    return Finding(f"{up} of {len(counted)} targets up", tuple(problems), {"up": up, "total": len(counted)})


def _jobs(world: World) -> Iterator[Job]:
    """The jobs whose target should be running here."""
    for service in world.stack.services:
        for job in service.jobs:
            component = next((target.component.component for target in job.targets if target.component), "")
            if (not component or world.has(component)) and (not job.probe or world.has("blackbox")):
                yield job


def _job_problems(world: World, job: Job, found: list[Any]) -> Iterator[str]:
    if not found:
        yield world.told(job.origin, f"job {job.name} has no target")
    for target in found:
        if target["health"] != "up":
            reason = target["lastError"] or "not scraped yet"
            said = f"{target['labels']['instance']} of job {job.name} is {target['health']}: {reason}"
            yield world.told(job.origin, said)


def rules(world: World) -> Finding:
    """Every Prometheus has loaded and evaluated every rule group without error. Slow ones may wait for their turn."""
    from rules.groups import groups

    wanted, waiting = groups(world.stack), 0
    problems: list[str] = []
    for prometheus in world.clients.each("prometheus"):
        complaints, late = _rule_problems(world, wanted, prometheus)
        whose = f"{prometheus.component}: " if prometheus.component != "prometheus" else ""
        problems += [f"{whose}{complaint}" for complaint in complaints]
        waiting = max(waiting, late)
    count = sum(len(group.rules) for group in wanted)
    detail = f"{count} rules in {len(wanted)} groups" + (f", {waiting} wait for their first turn" if waiting else "")
    return Finding(detail, tuple(problems), {"groups": len(wanted), "rules": count, "waiting": waiting})


def _rule_problems(world: World, wanted: tuple[Group, ...], prometheus: Client) -> tuple[list[str], int]:
    """What is wrong with the rules of a Prometheus, and how many wait for their first turn."""
    from generator.validate.work import name_of

    loaded = {group["name"]: group for group in prometheus.get("/api/v1/rules")["data"]["groups"]}
    problems = [f"rule group {group.name} is not loaded" for group in wanted if group.name not in loaded]
    waiting = 0
    for group in wanted:
        origins = {name_of(rule): rule.origin for rule in group.rules}
        slow = loaded.get(group.name, {}).get("interval", 0) > SOON
        for rule in loaded.get(group.name, {}).get("rules", ()):
            if rule["health"] == "err":
                said = f"rule {rule['name']} of {group.name} fails: {rule['lastError']}"
                problems.append(world.told(origins.get(rule["name"], ()), said))
            elif rule["health"] != "ok" and slow:
                waiting += 1
            elif rule["health"] != "ok":
                problems.append(f"rule {rule['name']} of {group.name} was not evaluated yet")
    return problems, waiting


def probes(world: World) -> Finding:
    """Every probe of the spec succeeds."""
    jobs = [job for service in world.stack.services for job in service.jobs if job.probe]
    if not world.has("blackbox"):
        return Finding("", skipped="the blackbox exporter does not run")
    answers = {series["metric"]["job"]: series["value"][1] for series in world.clients.query("probe_success")}
    problems = [
        world.told(job.origin, f"probe {job.name} has no answer yet") for job in jobs if job.name not in answers
    ]
    problems += [world.told(job.origin, f"probe {job.name} fails") for job in jobs if answers.get(job.name) == "0"]
    well = sum(answers.get(job.name) == "1" for job in jobs)
    return Finding(f"{well} of {len(jobs)} probes answer", tuple(problems), {"ok": well, "total": len(jobs)})


def contracts(world: World) -> Finding:
    """Every declared metric of every watched service is exposed with its declared type and labels."""
    problems: list[str] = []
    count = 0
    for service in world.stack.services:
        if service.name != OWN_SERVICE:
            for part in _exposing(service):
                count += len(part.metrics)
                problems += _part_problems(world, service, part)
    return Finding(f"{count} declared metrics", tuple(problems), {"metrics": count})


def _exposing(service: Watched) -> Iterator[Part]:
    return (part for part in service.parts if part.name not in PARTS_WITHOUT_PROGRAM and part.metrics)


def _part_problems(world: World, service: Watched, part: Part) -> Iterator[str]:
    job = f"{service.name}-{part.name}" if part.name else service.name
    listed = world.clients.prometheus.get("/api/v1/targets/metadata", match_target=f'{{job="{job}"}}')["data"]
    types = {entry["metric"]: entry["type"] for entry in listed}
    data = world.clients.prometheus.get("/api/v1/series", **{"match[]": f'{{job="{job}"}}', "start": _ago(world)})[
        "data"
    ]
    labels: dict[str, set[str]] = {}
    for series in data:
        labels.setdefault(series["__name__"], set()).update(series)
    for name, metric in part.metrics.items():
        at = part.origin if part.pack else (*part.origin, "metrics", name)
        for problem in _metric_problems(f"{service.name}: {name}", name, metric, types, labels):
            yield world.told(at, problem)


def _ago(world: World) -> float:
    import time

    return time.time() - 2 * world.stack.spec.defaults.interval.seconds - 30


def _metric_problems(
    what: str, name: str, metric: Metric, types: dict[str, str], labels: dict[str, set[str]]
) -> Iterator[str]:
    series = f"{name}_bucket" if metric.type == "histogram" else name
    if series not in labels:
        yield f"{what} is declared, but not exposed"
        return
    exposed = (
        types.get(name) or types.get(name.removesuffix("_total")) or types.get(name.removesuffix("_info")) or "unknown"
    )
    if exposed not in (metric.type, TYPES.get(metric.type, metric.type), *UNTOLD):
        yield f"{what} is declared as {metric.type}, but exposed as {exposed}"
    missing = sorted(set(metric.labels) - labels[series])
    if missing:
        yield f"{what} lacks the declared labels {', '.join(missing)}"
