"""`specola down`: end the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands import as_started
from commands.project import FINE, Project
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say
    from compose.backend import Backend


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--volumes", action="store_true", help="remove what the components stored, too")
    parser.add_argument(
        "--runtime", choices=("auto", "docker", "native"), default="auto", help="which stack to end (whichever runs)"
    )


def run(args: Namespace, say: Say) -> int:
    """End every component of every runtime that has any. Works with a spec that is broken, too."""
    from compose.running import backends

    project = Project.of(args)
    with project.hold("specola down"):
        for backend in (found := backends(project.root, args.runtime, say)):
            ran = _runs(backend)
            backend.down(args.volumes)
            say(_told(backend.name, ran, args.volumes))
        as_started.forget(project.root)
    if not found:
        say("nothing runs")
    return FINE


def _runs(backend: Backend) -> bool:
    """Whether there is anything to end; without the rendered files nobody knows, and it is ended all the same."""
    try:
        return any(seen.state != "absent" for seen in backend.observe())
    except Trouble:
        return True


def _told(name: str, ran: bool, volumes: bool) -> str:
    ended = f"ended the {name} stack" if ran else f"nothing of the {name} stack runs"
    return ended + (", and removed its data" if volumes else "; its data stays (down --volumes removes it)")
