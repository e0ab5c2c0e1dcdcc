"""`specola status`: every component, its state and health, where it is and since when."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from commands.project import FINE, PROBLEMS, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say
    from compose.backend import Observed

_COLUMNS = ("COMPONENT", "VERSION", "STATE", "HEALTH", "ADDRESS", "AGE")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto")


def run(args: Namespace, say: Say) -> int:
    """A table, or JSON. Exit 1 when something that should run does not, or is not well."""
    from compose.running import current

    project = Project.of(args)
    backend = current(project.root, args.runtime, say)
    skipped = {want.name for want in backend.desired() if want.missing}
    seen = tuple(one for one in backend.observe() if one.name not in skipped or one.state == "running")
    if args.format == "json":
        say(json.dumps({"runtime": backend.name, "components": [asdict(one) for one in seen]}, indent=2))
    else:
        _table([_COLUMNS, *(_row(one) for one in seen)], say)
    return FINE if all(one.state == "running" and one.health in ("", "healthy") for one in seen) else PROBLEMS


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


def _table(rows: list[tuple[str, ...]], say: Say) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
