"""`specola comment FILE`: in a GitHub workflow, put a text into one comment of the pull request, edited in place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from commands.project import FINE
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="Markdown that begins with a marker, as `specola diff` writes it")


def run(args: Namespace, say: Say) -> int:
    """Write or change the comment; where the token may not, the text goes into the summary of the run."""
    from adopt.pull_request import MayNotWriteError, PullRequest

    text = _text(Path(args.file))
    try:
        say(f"comment {PullRequest.of(os.environ).comment(text)}")
    except MayNotWriteError:
        _summarise(text, say)
    return FINE


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _summarise(text: str, say: Say) -> None:
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    why = "the token may not write comments, as on pull requests from forks"
    if not summary:
        raise Trouble(why, "give the job the permission `pull-requests: write`")
    with Path(summary).open("a", encoding="utf-8") as out:
        out.write(text)
    say(f"{why}: the text is in the summary of this run")
