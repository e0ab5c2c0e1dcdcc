"""`specola report`: usage, errors, jobs, objectives, alerts, bottlenecks and capacity of a time, summed up."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from commands.project import FINE, Project
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say
    from spec.stack import Stack

SINCE = "7d"
EPILOG = """\
asks the Prometheus of the running stack; without a name, it sums up every service of the spec.

  specola report                                           the last seven days
  specola report arxos --since 30d --format markdown --output arxos.md
  specola report --since 2026-11-01 --until 2026-12-01     a month, beside the thirty days before
"""


def arguments(parser: ArgumentParser) -> None:
    parser.epilog, parser.formatter_class = EPILOG, argparse.RawDescriptionHelpFormatter
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="services of the spec, or monitoring (all)")
    parser.add_argument("--since", default=SINCE, metavar="WHEN", help=f"how long ago, or a date and time ({SINCE})")
    parser.add_argument("--until", default="", metavar="WHEN", help="likewise (now)")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    parser.add_argument("--output", "-o", metavar="FILE", help="a file instead of the terminal")


def run(args: Namespace, say: Say) -> int:
    """Make the report. A time without data is told in it, and is fine; exit 1 when Prometheus cannot be asked."""
    from compose.clients import Clients
    from compose.report.forms import FORMS
    from compose.report.make import report
    from compose.report.period import period

    project = Project.of(args)
    stack = project.load().stack
    asked = period(args.since, args.until, time.time())
    made = FORMS[args.format](report(Clients(stack, project.root), _services(stack, args.services), asked))
    if not args.output:
        say(made.rstrip("\n"))
        return FINE
    try:
        Path(args.output).write_text(made, encoding="utf-8")
    except OSError as error:
        raise Trouble(
            f"cannot write {args.output}: {error.strerror}", "name a file in a folder that is there"
        ) from error
    say(f"wrote {args.output}")
    return FINE


def _services(stack: Stack, given: list[str]) -> tuple[str, ...]:
    """The named services, or all of the spec but the stack itself."""
    from spec.names import OWN_SERVICE, nearest

    for name in given:
        if name not in stack.by_name:
            best = nearest(name, stack.by_name)
            hint = f"did you mean {best}?" if best else f"there are {', '.join(sorted(stack.by_name))}"
            raise Trouble(f"no service is called {name!r}", hint)
    return tuple(dict.fromkeys(given)) or tuple(name for name in stack.by_name if name != OWN_SERVICE)
