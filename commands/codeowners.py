"""`specola codeowners`: who reviews which file, from the owners of the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.project import FINE, PROBLEMS, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say

FILE = ".github/CODEOWNERS"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file is not up to date")


def run(args: Namespace, say: Say) -> int:
    """Write `.github/CODEOWNERS`, or see whether it is up to date."""
    from adopt.codeowners import codeowners

    project = Project.of(args)
    content = codeowners(project.load())
    path = project.root / FILE
    if path.exists() and path.read_text(encoding="utf-8") == content:
        return FINE
    if args.check:
        say(f"{FILE}: is not up to date; run `specola codeowners`")
        return PROBLEMS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    say(f"{FILE}: written")
    return FINE
