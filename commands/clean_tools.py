"""`specola clean-tools`: remove what `setup` brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.project import FINE

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    del parser


def run(args: Namespace, say: Say) -> int:
    """Remove .tools/."""
    from compose import tools

    say("removed .tools/" if tools.clean(Path(args.root).resolve()) else "there is no .tools/")
    return FINE
