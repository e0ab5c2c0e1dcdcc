"""`specola logs COMPONENT`: what a component prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.project import FINE, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("component", metavar="COMPONENT")
    parser.add_argument("--follow", "-f", action="store_true", help="go on until interrupted")
    parser.add_argument("--lines", "-n", type=int, default=50, metavar="N", help="how many past lines (50)")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto")


def run(args: Namespace, say: Say) -> int:
    """The last lines, and with --follow those to come."""
    from compose.running import current

    project = Project.of(args)
    for line in current(project.root, args.runtime, say).logs(args.component, args.follow, args.lines):
        say(line)
    return FINE
