"""`specola smoke`: prove that the running stack works."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from commands import as_started
from commands.files import write
from commands.project import FINE, PROBLEMS

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit XML, too")
    parser.add_argument("--timeout", type=float, default=180, metavar="SECONDS", help="for all checks together (180)")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto")


def run(args: Namespace, say: Say) -> int:
    """Run every check to a deadline. Exit 1 when one fails."""
    from compose.backend import last_lines
    from compose.clients import Clients
    from compose.running import current
    from compose.smoke import run as smoke
    from compose.smoke.check import World

    project = as_started.project(args)
    loaded = project.load()
    stack = loaded.stack
    backend = current(project.root, args.runtime, say)
    absent = frozenset(want.name.replace("-", "_") for want in backend.desired() if want.missing)
    deadline = time.monotonic() + args.timeout
    clients = Clients(stack, project.root)
    world = World(
        stack, project.build, clients, absent, deadline, backend.observe, partial(last_lines, backend), loaded.tree
    )
    verdicts = []
    for verdict in smoke.run(world):
        verdicts.append(verdict)
        for line in smoke.text(verdict) if args.format == "text" else ():
            say(line)
    if args.format == "json":
        say(smoke.as_json(verdicts))
    if args.junit:
        write(Path(args.junit), smoke.as_junit(verdicts))
    failed = [verdict.check.name for verdict in verdicts if not verdict.ok]
    skipped = [verdict.check.name for verdict in verdicts if verdict.finding.skipped]
    summary = f"{len(verdicts) - len(failed) - len(skipped)} checks hold, {len(failed)} fail, {len(skipped)} skipped"
    print(summary, file=sys.stderr) if args.format == "json" else say(summary)
    return PROBLEMS if failed else FINE
