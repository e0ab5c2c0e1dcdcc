"""`specola setup`: bring the programs that the native stack and the checks need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.project import FINE, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say

NATIVELY = "the stack needs it without docker"
USES = {
    "promtool": "`specola test` proves alerts with it",
    "amtool": "`specola test` proves routes with it",
    **dict.fromkeys(("loki", "alloy", "grafana"), "the stack starts without it"),
}
"""Tool → what becomes of it."""


def arguments(parser: ArgumentParser) -> None:
    del parser


def run(args: Namespace, say: Say) -> int:
    """Install into .tools/ what is missing, and name what cannot be installed from Debian."""
    from compose import stage, tools

    project = Project.of(args)
    stack = project.load().stack
    if tools.apt_here():
        brought = stage.install(project.root, stack, say)
        say(f"brought into .tools/: {', '.join(brought)}" if brought else "every program from Debian is there")
    else:
        say("this system has no apt, so no programs are brought. To run the stack, install docker with its compose")
        say("plugin, or what is named below; `specola render`, `check` and `diff` work without")
    for tool in tools.missing(stage.needed(stack), project.root, stage.programs(stack)):
        say(f"not here: {tool.name} ({USES.get(tool.name, NATIVELY)}); {tool.how()}")
    return FINE
