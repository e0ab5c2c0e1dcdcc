"""`specola simulate SERVICE --fault ALERT`: make an alert's indicator take a value on the wrong side, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.project import FINE, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("service", nargs="?", metavar="SERVICE")
    parser.add_argument("--fault", metavar="ALERT", help="the alert that should fire")
    parser.add_argument("--for", dest="duration", default="10m", metavar="DURATION", help="how long (10m)")
    parser.add_argument("--end", action="store_true", help="end the fault, or all of them")


def run(args: Namespace, say: Say) -> int:
    """Start or end a fault; without --fault, list what is on."""
    from compose.faults import Faults
    from spec.scalars import Duration

    project = Project.of(args)
    faults = Faults.of(project.load().stack)
    if args.end:
        faults.end(args.service or "", args.fault or "")
        say("ended")
    elif args.service and args.fault:
        duration = Duration.parse(args.duration)
        faults.start(args.service, args.fault, duration.seconds)
        say(f"{args.service}: {args.fault} for {duration}")
    else:
        active = faults.active()
        for line in active or ("no fault is on",):
            say(line)
    return FINE
