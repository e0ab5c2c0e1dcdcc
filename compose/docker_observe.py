"""A container as the engine describes it, read as what the plan and the status table understand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from compose.backend import Observed, State
from generator.compose import CONFIG_LABEL, RELOAD_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
HOPELESS = 3
"""Restarts after which a container that is down is no longer waited for."""
FOLDER_LABEL = "com.docker.compose.project.working_dir"


def observed(
    name: str, containers: Sequence[Mapping[str, Any]], reloaded: Mapping[str, str], scheme: str = ""
) -> Observed:
    """The service `name` from the descriptions of its containers (`docker inspect`).

    `reloaded` maps a container's id to the hash of the files it took up since it was made. `scheme` makes addresses
    URLs. Two containers of one
    service are what an interrupted change leaves behind: reported as foreign, so that the plan makes it one again.
    """
    if not containers:
        return Observed(name, "absent")
    facts = containers[0]
    if len(containers) > 1:
        return Observed(name, "foreign", detail=f"has {len(containers)} containers, left by an interrupted change")
    labels = facts["Config"]["Labels"]
    prefix = f"{scheme}://" if scheme else ""
    state, detail = _state(facts)
    return Observed(
        name,
        state,
        health=_health(facts) if state in ("running", "starting") else "",
        config_hash=labels.get(CONFIG_LABEL, ""),
        reload_hash=reloaded.get(facts["Id"], labels.get(RELOAD_LABEL, "")),
        version=_version(facts["Config"]["Image"]),
        address=", ".join(f"{prefix}{address}:{port}" for address, port in published(facts).values()),
        started_at=_seconds(facts["State"]["StartedAt"]) if state in ("running", "starting") else 0.0,
        restarts=facts.get("RestartCount", 0),
        detail=detail,
    )


def readiness(seen: Observed) -> tuple[bool, str]:
    """Whether a component does its work, and if not, what it does instead."""
    ready = seen.state == "running" and seen.health in ("", "healthy")
    return ready, "" if ready else seen.detail or seen.health or seen.state


def hopeless(seen: Observed) -> bool:
    """Whether there is no point in waiting for it: the engine has tried often enough, and it is down again."""
    return seen.state == "exited" and seen.restarts >= HOPELESS


def published(facts: Mapping[str, Any]) -> dict[int, tuple[str, int]]:
    """The address and port of the host for each published port of the container; loopback for all addresses."""
    ports = facts["NetworkSettings"].get("Ports") or {}
    return {
        int(inner.partition("/")[0]): (reachable(outer[0]["HostIp"]), int(outer[0]["HostPort"]))
        for inner, outer in ports.items()
        if outer
    }


def inner_address(facts: Mapping[str, Any]) -> str:
    """The container's address on the first of its networks."""
    networks = facts["NetworkSettings"].get("Networks") or {}
    return next((str(network["IPAddress"]) for network in networks.values() if network.get("IPAddress")), "")


def reachable(address: str) -> str:
    """Where this machine finds what is published on an address."""
    return "127.0.0.1" if address in ("", "0.0.0.0", "::") else address  # noqa: S104  compared, not listened on


def _state(facts: Mapping[str, Any]) -> tuple[State, str]:
    """The state in the plan's words. One that keeps failing counts as exited, though the engine will try again."""
    state = facts["State"]
    status, code = state["Status"], state.get("ExitCode", 0)
    match status:
        case "running":
            starting = (state.get("Health") or {}).get("Status") == "starting"
            return ("starting" if starting else "running"), ""
        case "created":
            return "exited", f"was made but not started{': ' + state['Error'] if state.get('Error') else ''}"
        case "restarting":
            return "exited", f"keeps ending with code {code}"
        case "exited" | "dead" if state.get("OOMKilled"):
            return "exited", "was ended for using more memory than its limit"
        case "exited" | "dead":
            return "exited", f"has ended with code {code}"
        case _:
            return "exited", f"is {status}"


def _health(facts: Mapping[str, Any]) -> str:
    """`healthy`, empty when the container has no check, else what its last check said."""
    health = facts["State"].get("Health")
    if not health or health["Status"] in ("healthy", "none"):
        return "healthy" if health and health["Status"] == "healthy" else ""
    last = (health.get("Log") or [{}])[-1] or {}
    said = str(last.get("Output", "")).strip().splitlines()
    return f"{health['Status']}: {said[-1]}" if said else str(health["Status"])


def _version(reference: str) -> str:
    """The tag of an image reference, without the `v` in front."""
    name, _, tag = reference.rpartition(":")
    return tag.removeprefix("v") if name and "/" not in tag else ""


def _seconds(moment: str) -> float:
    """An RFC 3339 time of the engine, nanoseconds and all, in seconds since the epoch."""
    return datetime.fromisoformat(moment[:19] + "+00:00").timestamp()
