"""`specola check`: our own checks and the real tools look at what would be rendered, and name the lines to blame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands import looked
from commands.project import FINE, PROBLEMS, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say

USAGE = 2


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text")
    parser.add_argument("--skip-tools", action="store_true", help="only our own checks, without any other program")
    parser.add_argument("--explain", metavar="ID", nargs="?", const="", help="what a check looks for; without ID, all")


def run(args: Namespace, say: Say) -> int:
    """Check the spec and what is rendered from it; `build/` is not touched. Exit 1 when there is an error."""
    if args.explain is not None:
        return _explain(args.explain, say)
    from generator.validate.report import FORMATS, of_problems
    from spec.problem import SpecError

    project = Project.of(args)
    try:
        loaded = project.load()
    except SpecError as error:
        if args.format == "text":
            raise
        say(FORMATS[args.format](of_problems(error.problems)))
        return PROBLEMS
    report = looked.report(project, loaded, args.skip_tools)
    say(FORMATS[args.format](report))
    return PROBLEMS if report.errors else FINE


def _explain(name: str, say: Say) -> int:
    from generator.validate.checks import CHECKS
    from generator.validate.pages import explain, listing, unknown

    page = explain(name, CHECKS) if name else listing(CHECKS)
    say(page or unknown(name, CHECKS))
    return FINE if page else USAGE
