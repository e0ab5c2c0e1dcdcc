"""`specola setup`: bring the programs that the native stack and the checks need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.project import FINE, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    del parser


def run(args: Namespace, say: Say) -> int:
    """Install into .tools/ what is missing, and name what cannot be installed from Debian."""
    from compose import debian, stage, tools

    project = Project.of(args)
    stack = project.load().stack
    if debian.is_here():
        brought = stage.install(project.root, stack, say)
        say(f"brought into .tools/: {', '.join(brought)}" if brought else "every program from Debian is there")
    else:
        say("this is not Debian: install docker with its compose plugin to run the stack; everything but `up` works")
    for tool in tools.missing(("loki", "alloy", "grafana"), project.root, stage.programs(stack)):
        say(f"not here: {tool.name} (the stack starts without it); {tool.how()}")
    return FINE
