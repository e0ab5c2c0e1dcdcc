"""`specola down`: end the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.project import FINE, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--volumes", action="store_true", help="remove what the components stored, too")
    parser.add_argument(
        "--runtime", choices=("auto", "docker", "native"), default="auto", help="which stack to end (whichever runs)"
    )


def run(args: Namespace, say: Say) -> int:
    """End every component of every runtime that has any. Works with a spec that is broken, too."""
    from compose.process import hold
    from compose.running import backends

    project = Project.of(args)
    with hold(project.root / "var" / "lock", "specola down"):
        found = backends(project.root, args.runtime, say)
        for backend in found:
            backend.down(args.volumes)
            say(
                f"ended the {backend.name} stack"
                + (", and removed its data" if args.volumes else "; its data stays (down --volumes removes it)")
            )
    if not found:
        say("nothing runs")
    return FINE
