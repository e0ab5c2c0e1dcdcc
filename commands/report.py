"""`specola report`: usage, errors, jobs, objectives, alerts, bottlenecks and capacity of a time, summed up and sent."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from commands import as_started
from commands.files import write, write_into
from commands.project import FINE
from compose.fault import Misuse, Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable

    from commands.project import Project, Say
    from compose.report.found import Report
    from spec.reports import ScheduledReport
    from spec.stack import Stack

SINCE = "7d"
PATIENCE, ASK_EVERY = 3600.0, 15.0
"""Seconds for which a report that is to be sent waits for Prometheus, and between two looks for it."""
EPILOG = """\
asks the Prometheus of the running stack; without a name, it sums up every service of the spec.

  specola report                                           the last seven days
  specola report arxos --since 30d --format markdown --output arxos.md
  specola report --since 2026-11-01 --until 2026-12-01     a month, beside the thirty days before
  specola report --send arxos-weekly                       a report of the spec, to its receivers
  specola report --timers ~/.config/systemd/user           the timers that send the reports of the spec
"""


def arguments(parser: ArgumentParser) -> None:
    parser.epilog, parser.formatter_class = EPILOG, argparse.RawDescriptionHelpFormatter
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="services of the spec, or monitoring (all)")
    parser.add_argument("--since", metavar="WHEN", help=f"how long ago, or a date and time ({SINCE})")
    parser.add_argument("--until", default="", metavar="WHEN", help="likewise (now)")
    parser.add_argument("--format", choices=("text", "markdown", "json"), help="text, unless you say otherwise")
    parser.add_argument("--output", "-o", metavar="FILE", help="a file instead of the terminal")
    parser.add_argument("--send", metavar="NAME", help="make a report of the spec, and deliver it to its receivers")
    parser.add_argument("--timers", metavar="DIR", help="write systemd timers that send the reports of the spec")


def run(args: Namespace, say: Say) -> int:
    """Make the report. A time without data is told in it, and is fine; exit 1 when Prometheus cannot be asked, or a
    receiver not be reached."""
    project = as_started.project(args)
    stack = project.load().stack
    if args.timers:
        _alone(args, "--timers", ("services", "since", "until", "format", "output", "send"))
        return _timers(args, project, stack, say)
    if args.send:
        _alone(args, "--send", ("services", "since", "format", "output"))
        return _send(args, project, stack, say)
    return _show(args, project, stack, say)


def _alone(args: Namespace, option: str, others: tuple[str, ...]) -> None:
    given = [name for name in others if getattr(args, name)]
    if given:
        words = ", ".join("SERVICE" if name == "services" else f"--{name}" for name in given)
        raise Misuse(
            f"{option} goes without {words}", "the spec says what a report of it is about, and to whom it goes"
        )


def _show(args: Namespace, project: Project, stack: Stack, say: Say) -> int:
    from compose.report.forms import FORMS

    made = _made(project, stack, _services(stack, args.services), args.since or SINCE, args.until)
    text = FORMS[args.format or "text"](made)
    if not args.output:
        say(text.rstrip("\n"))
        return FINE
    write(Path(args.output), text)
    say(f"wrote {args.output}")
    return FINE


def _send(args: Namespace, project: Project, stack: Stack, say: Say) -> int:
    from compose.report.send import Delivery

    chosen = _scheduled(stack, args.send)
    made = _patiently(lambda: _made(project, stack, _summed(stack, chosen), str(chosen.period), args.until))
    for name in Delivery(stack, project.root, chosen.heading, made).to(chosen.to):
        say(f"sent {chosen.name} to {name}")
    return FINE


def _patiently(make: Callable[[], Report]) -> Report:
    """A timer may go off before the stack is there, such as when a machine has just started."""
    from compose.report.asking import Away

    deadline, waiting = time.monotonic() + PATIENCE, False
    while True:
        try:
            return make()
        except Away as away:
            if time.monotonic() >= deadline:
                raise
            if not waiting:
                print(f"specola: {away.message}; waiting for it", file=sys.stderr, flush=True)
            waiting = True
            time.sleep(ASK_EVERY)


def _timers(args: Namespace, project: Project, stack: Stack, say: Say) -> int:
    from compose.report.timers import units

    if not stack.spec.reports:
        raise Trouble("the spec has no reports", "add `reports:` to stack.yaml")
    program = (sys.executable, "-m", "specola")
    for name, content in units(stack.spec.reports, str(project.root), program, project.options):
        say(f"wrote {write_into(Path(args.timers), name, content)}")
    say(
        "then: systemctl --user daemon-reload; systemctl --user enable --now NAME.timer (without --user for a system's)"
    )
    return FINE


def _made(project: Project, stack: Stack, services: tuple[str, ...], since: str, until: str) -> Report:
    from compose.clients import Clients
    from compose.report.make import report
    from compose.report.period import period

    return report(Clients(stack, project.root), services, period(since, until, time.time()))


def _services(stack: Stack, given: list[str]) -> tuple[str, ...]:
    """The named services, or all of the spec but the stack itself."""
    from spec.names import OWN_SERVICE

    for name in given:
        if name not in stack.by_name:
            raise Trouble(f"no service is called {name!r}", _known(name, stack.by_name))
    return tuple(dict.fromkeys(given)) or tuple(name for name in stack.by_name if name != OWN_SERVICE)


def _scheduled(stack: Stack, name: str) -> ScheduledReport:
    reports = {report.name: report for report in stack.spec.reports}
    if name not in reports:
        hint = _known(name, reports) if reports else "the spec has none: add `reports:` to stack.yaml"
        raise Trouble(f"no report is called {name!r}", hint)
    return reports[name]


def _summed(stack: Stack, report: ScheduledReport) -> tuple[str, ...]:
    """The services that a report of the spec is about."""
    owned = (one.name for one in stack.services if report.owner in (None, one.spec.owner))
    return _services(stack, list(report.services or (owned if report.owner else ())))


def _known(name: str, known: Iterable[str]) -> str:
    from spec.names import nearest

    best = nearest(name, known)
    return f"did you mean {best}?" if best else f"there are {', '.join(sorted(known))}"
