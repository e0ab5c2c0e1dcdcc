"""`specola diff`: what a change of the spec means, for who reviews it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from commands.project import FINE, PROBLEMS

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say
    from diff.change import Change, Outcome
    from diff.pair import Pair, Pairs


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "base", nargs="?", default="", metavar="BASE", help="a git revision or a folder (the merge base)"
    )
    parser.add_argument(
        "head", nargs="?", default="", metavar="HEAD", help="a git revision or a folder (the work tree)"
    )
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    parser.add_argument("--fail-on", choices=("risk",), help="exit 1 when something is dangerous, too")
    parser.add_argument("--prometheus", metavar="URL", help="ask how often each changed alert would have fired")
    parser.add_argument("--days", type=int, default=7, metavar="N", help="how many days to look back (7)")


def run(args: Namespace, say: Say) -> int:
    """Exit 0 whether or not something differs, 1 when a side has problems (or risks, if asked)."""
    from compose.fault import Misuse
    from diff.sides import sides

    if args.days < 1:
        raise Misuse("--days must be at least 1")
    if args.prometheus and not args.prometheus.startswith(("http://", "https://")):
        raise Misuse(f"not a URL: {args.prometheus}", "write it as http://127.0.0.1:9090")
    with sides(Path(args.root).resolve(), args.base, args.head) as (base, head):
        from diff.pair import pairs

        found = pairs(base, head, args.environment or "", tuple(args.set or ()))
        outcome = _outcome(args, base.label, head.label, found)
    for line in _written(outcome, args.format):
        say(line)
    wrong = outcome.base_problems or outcome.head_problems
    return PROBLEMS if wrong or (args.fail_on == "risk" and outcome.risks) else FINE


def _outcome(args: Namespace, base: str, head: str, found: Pairs) -> Outcome:
    from diff.change import Outcome, together
    from diff.compare import compare

    changes: dict[str, tuple[Change, ...]] = {}
    for pair in found.found:
        changes[pair.environment] = compare(pair.base, pair.head, complete=found.complete)
        if args.prometheus and changes[pair.environment]:
            changes[pair.environment] += _history(args, pair)
    return Outcome(
        base, head, tuple(changes), together(changes), tuple(found.base_problems), tuple(found.head_problems),
        tuple(found.notes),
    )  # fmt: skip


def _history(args: Namespace, pair: Pair) -> tuple[Change, ...]:
    import time

    from diff.asking import asks
    from diff.history import history
    from diff.matched import match

    ask = asks(args.prometheus, Path(args.root).resolve(), pair.head)
    return tuple(history(pair.base, pair.head, match(pair.base, pair.head), ask, time.time(), args.days))


def _written(outcome: Outcome, form: str) -> tuple[str, ...]:
    if form == "json":
        from diff.as_json import as_json

        return (as_json(outcome),)
    if form == "markdown":
        from diff.as_markdown import markdown

        return (markdown(outcome).removesuffix("\n"),)
    from diff.as_text import text

    return tuple(text(outcome, colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR")))
