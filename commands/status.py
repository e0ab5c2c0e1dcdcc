"""`specola status`: every component, its state and health, where it is and since when."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from commands import as_started
from commands.project import FINE, PROBLEMS
from compose.columns import columns

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Project, Say
    from compose.backend import Observed
    from compose.silences import Laid

_SILENCED = ("SILENCE", "STATE", "UNTIL", "ALERTS", "REASON")
_COLUMNS = ("COMPONENT", "VERSION", "STATE", "HEALTH", "ADDRESS", "AGE")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto")


def run(args: Namespace, say: Say) -> int:
    """A table, or JSON. Exit 1 when something that should run does not, or is not well."""
    from compose.running import current

    project = as_started.project(args)
    backend = current(project.root, args.runtime, say)
    skipped = {want.name for want in backend.desired() if want.missing}
    seen = tuple(one for one in backend.observe() if one.name not in skipped or one.state == "running")
    laid, why = _silences(project, seen)
    if args.format == "json":
        silences = [_shown(one) for one in laid]
        components = [asdict(one) for one in seen]
        say(json.dumps({"runtime": backend.name, "components": components, "silences": silences}, indent=2))
    else:
        for line in columns([_COLUMNS, *(_row(one) for one in seen)]):
            say(line)
        if laid:
            say("")
            for line in columns([_SILENCED, *(tuple(_shown(one).values()) for one in laid)]):
                say(line)
        if why:
            say(f"silences are not shown: {why}")
    return FINE if all(one.state == "running" and one.health in ("", "healthy") for one in seen) else PROBLEMS


def _silences(project: Project, seen: tuple[Observed, ...]) -> tuple[tuple[Laid, ...], str]:
    """The silences that hold or are to come, or why they cannot be told."""
    from spec.instances import possible_names

    every = possible_names("alertmanager")
    there = next((one.address for one in seen if one.name in every and one.state == "running"), "")
    if not there:
        return (), ""
    from compose import silences
    from compose.clients import Clients, UnreachableError
    from spec.problem import SpecError

    try:
        client = Clients(project.load().stack, project.root).alertmanager
        return silences.read(replace(client, url=there)), ""
    except SpecError:
        return (), "the spec cannot be read; `specola check` says why"
    except UnreachableError as error:
        return (), str(error)


def _shown(one: Laid) -> dict[str, str]:
    """A silence in words: our own by its name in the spec, another by who made it."""
    state = "active" if one.active else f"from {one.starts:%Y-%m-%dT%H:%MZ}"
    matchers = ", ".join(str(matcher) for matcher in one.matchers)
    return {
        "silence": one.name or f"by {one.by}",
        "state": state,
        "until": f"{one.ends:%Y-%m-%dT%H:%MZ}",
        "alerts": matchers,
        "reason": one.comment,
    }


def _row(seen: Observed) -> tuple[str, ...]:
    health = seen.health or "-"
    detail = f" ({seen.detail})" if seen.detail and seen.state != "running" else ""
    return seen.name, seen.version or "-", seen.state + detail, health, seen.address or "-", _age(seen.started_at)


def _age(started: float) -> str:
    if not started:
        return "-"
    seconds = int(time.time() - started)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
