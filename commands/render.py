"""`specola render`: the spec to files under `build/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands import as_started
from commands.project import FINE, Project, counts

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="name every file that was added, changed or removed")


def run(args: Namespace, say: Say) -> int:
    """Render, and say what changed."""
    project = Project.of(args)
    written = project.bring_up_to_date()
    for sign, paths in (("+", written.added), ("~", written.changed), ("-", written.removed)):
        for path in paths if args.list else ():
            say(f"{sign} build/{path}")
    total = len(written.added) + len(written.changed) + written.unchanged
    say(f"build/: {total} files ({counts(written)})")
    as_started.compare(project)
    return FINE
