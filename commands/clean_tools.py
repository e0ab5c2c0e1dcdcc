"""`specola clean-tools`: remove what `setup` brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.project import FINE
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    del parser


def run(args: Namespace, say: Say) -> int:
    """Remove .tools/."""
    from compose import tools

    try:
        removed = tools.clean(Path(args.root).resolve())
    except OSError as error:
        raise Trouble(f"cannot remove .tools/: {error.strerror or error}", "remove it by hand") from error
    say("removed .tools/" if removed else "there is no .tools/")
    return FINE
