"""`specola logs`: a service's lines in Loki, searched, exported or summed up; or what a component prints."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from commands import as_started
from commands.project import FINE
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from commands.project import Project, Say
    from compose.logs.pages import Order
    from compose.logs.task import Task
    from spec.stack import Stack

STATS = "stats"
PAGE_LINES, COMPONENT_LINES = 100, 50
SEARCHES = (
    "level",
    "category",
    "grep",
    "without",
    "field",
    "since",
    "until",
    "output",
    "format",
    "cursor",
    "page",
    "order",
)
"""Options that only a search in Loki knows."""
EPILOG = """\
a name may be a service of the spec, `monitoring` for the stack's own programs, or a component; where a service and a
component have the same name, it is the service, and --component means the component. Without a name: every service.

  specola logs arxos --level error+ --since 24h            errors and worse, newest first
  specola logs arkrelay --field request_id=4f2a --since 7d one request through the log
  specola logs arxos --category security --since 2026-11-01 --until 2026-11-08 --format csv --output week.csv
  specola logs stats arxos --since 24h                     durations, error patterns, what is new
  specola logs prometheus -f                               what a component prints
"""


def arguments(parser: ArgumentParser) -> None:
    from compose.logs.formats import FORMATS

    parser.epilog, parser.formatter_class = EPILOG, argparse.RawDescriptionHelpFormatter
    parser.add_argument("words", nargs="*", metavar="[stats] NAME", help="a service, monitoring, or a component")
    parser.add_argument("--component", action="store_true", help="NAME is a component, even where a service has it")
    parser.add_argument("--follow", "-f", action="store_true", help="go on until interrupted")
    parser.add_argument(
        "--limit", "--lines", "-n", type=_count, metavar="N",
        help="lines of a page (100), or of a component (50); an export has all",
    )  # fmt: skip
    parser.add_argument("--page", type=_count, metavar="K", help="the page of so many lines (1)")
    parser.add_argument("--cursor", metavar="PLACE", help="go on where a page ended, as it said")
    parser.add_argument(
        "--since", default=None, metavar="WHEN", help="how long ago (1h; stats 24h), or a date and time"
    )
    parser.add_argument("--until", metavar="WHEN", help="likewise (now)")
    parser.add_argument("--level", metavar="LEVELS", help="error,fatal, or warning+ for it and all worse")
    parser.add_argument("--category", metavar="NAME", help="a category of the service, or how its name begins")
    parser.add_argument("--grep", action="append", metavar="PATTERN", help="lines with this (RE2); all of several")
    parser.add_argument("--without", action="append", metavar="PATTERN", help="lines without this")
    parser.add_argument("--ignore-case", "-i", action="store_true", help="in --grep and --without")
    parser.add_argument("--field", action="append", metavar="NAME=VALUE", help="lines whose field has this value")
    parser.add_argument("--order", choices=("newest", "oldest"), help="which lines first (newest; an export oldest)")
    parser.add_argument("--format", choices=FORMATS, help="text, json (an object a line), csv")
    parser.add_argument("--output", "-o", metavar="FILE", help="export; the same command again goes on after a break")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto")


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"not a number from 1 on: {text!r}")
    return int(text)


def run(args: Namespace, say: Say) -> int:
    """Look where the name points to. Exit 1 when it cannot be looked at; finding nothing is fine."""
    project = as_started.project(args)
    summing, name = _asked(args.words)
    stack = _stack(args, project, name, summing)
    if stack is None:
        return _component(args, project, name, say)
    from compose.logs import task

    made = _task(args, project, stack, name, summing, say)
    if summing:
        lines = task.summarized(made, args.format or "text")
    elif args.output:
        lines = task.exported(made, Path(args.output), _words(args), _progress())
    elif args.follow:
        lines = task.followed(made)
    else:
        lines = task.searched(made, (args.page or 1) - 1, _note)
    for line in lines:
        say(line)
    return FINE


def _asked(words: list[str]) -> tuple[bool, str]:
    """Whether a summary is wanted, and of what."""
    summing = words[:1] == [STATS]
    names = words[1:] if summing else words
    if len(names) > 1:
        raise Trouble(f"one name at a time, not {' and '.join(names)}", "without a name, every service is searched")
    return summing, "".join(names)


def _stack(args: Namespace, project: Project, name: str, summing: bool) -> Stack | None:
    """The stack whose Loki is asked; None when the name is a component's, for which the spec may be broken."""
    from compose.logs.query import searchable
    from spec.instances import possible_names
    from spec.names import nearest
    from spec.problem import SpecError
    from spec.root import Components

    components = {name for component in Components.model_fields for name in possible_names(component)}
    try:
        stack = None if args.component else project.load().stack
    except SpecError:
        if summing or name not in components:
            raise
        return None
    services = searchable(stack) if stack else ()
    if stack and (not name or name in services):
        return stack
    if name in components and not summing:
        return None
    if stack and name in stack.by_name:
        raise Trouble(f"{name} has no logs in the spec", "give its file a `logs:` section")
    known = (*services, *(() if summing else components))
    best = nearest(name, known)
    hint = f"did you mean {best}?" if best else f"there are {', '.join(sorted(known))}"
    raise Trouble(f"no {'component' if args.component else 'service or component'} is called {name!r}", hint)


def _component(args: Namespace, project: Project, name: str, say: Say) -> int:
    """What a component prints, from the runtime: it needs neither Loki nor a spec without mistakes."""
    from compose.running import current

    given = [f"--{option}" for option in SEARCHES if getattr(args, option)]
    if given:
        raise Trouble(
            f"{name} is a component: {', '.join(given)} {'work' if len(given) > 1 else 'works'} on lines in Loki",
            f"ask for them: specola logs monitoring --field component={name} {given[0]} ...",
        )
    for line in current(project.root, args.runtime, say).logs(name, args.follow, args.limit or COMPONENT_LINES):
        say(line)
    return FINE


def _task(args: Namespace, project: Project, stack: Stack, name: str, summing: bool, say: Say) -> Task:
    """What the words ask for. Raises Trouble for what no spec, clock or Loki can answer."""
    from compose.logs import source
    from compose.logs.entry import Cursor, Span
    from compose.logs.formats import Shape
    from compose.logs.moment import moment
    from compose.logs.query import Wanted, category_name, field_value, level_names, logs_of
    from compose.logs.task import Task

    now, logs = time.time_ns(), logs_of(stack, name)
    try:
        wanted = Wanted(
            name, level_names(args.level) if args.level else (),
            category_name(args.category, logs) if args.category else "",
            tuple(args.grep or ()), tuple(args.without or ()), args.ignore_case,
            tuple(field_value(text) for text in args.field or ()),
        )  # fmt: skip
        until = moment(args.until, now) if args.until else now
        span = Span(moment(args.since or ("24h" if summing else "1h"), now), until)
        cursor = Cursor.parse(args.cursor) if args.cursor else None
    except ValueError as error:
        raise Trouble(str(error)) from error
    if span.start >= span.end:
        raise Trouble("--since is not before --until", "both say how long ago, or name a moment")
    client = source.loki(stack, project.root, name, _absent(args, project, say))
    limit = args.limit or (None if args.output else PAGE_LINES)
    order: Order = args.order or ("oldest" if args.output else "newest")
    return Task(client, wanted, Shape.of(logs), span, order, args.format or "", limit, cursor)


def _absent(args: Namespace, project: Project, say: Say) -> str:
    """Why Loki cannot run here, when that is known: its program is not installed."""
    from compose.running import backends

    for backend in backends(project.root, args.runtime, say):
        try:
            return next((want.missing for want in backend.desired() if want.name == "loki"), "")
        except Trouble:
            continue
    return ""


def _words(args: Namespace) -> str:
    """What makes an export the same as one before, whenever it is asked for."""
    import json

    return json.dumps({name: value for name, value in sorted(vars(args).items()) if name not in ("root", "output")})


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _progress() -> Callable[[str], None]:
    """On a terminal, one line that changes; elsewhere nothing."""
    if not sys.stderr.isatty():
        return lambda text: None
    return lambda text: print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
