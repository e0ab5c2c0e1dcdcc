"""`specola simulate SERVICE --fault ALERT`: make an alert's indicator take a value on the wrong side, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands import as_started
from commands.project import FINE
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say
    from compose.faults import Faults
    from spec.scalars import Duration


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("service", nargs="?", metavar="SERVICE")
    parser.add_argument("--fault", metavar="ALERT", help="the alert that should fire")
    parser.add_argument("--for", dest="duration", default="10m", metavar="DURATION", help="how long (10m)")
    parser.add_argument("--end", action="store_true", help="end the fault, all of the service, or all")


def run(args: Namespace, say: Say) -> int:
    """Start a fault, end one or all; without --fault, list what is on."""
    from compose.faults import Faults

    if args.fault and not args.service:
        raise Trouble("which service's fault is meant?", f"write `specola simulate SERVICE --fault {args.fault}`")
    faults = Faults.of(as_started.project(args).load().stack)
    if args.end:
        _end(faults, args.service or "", args.fault or "", say)
    elif args.fault:
        duration = _duration(args.duration)
        faults.start(args.service, args.fault, duration.seconds)
        say(f"{args.service}: {args.fault} for {duration}")
    else:
        _list(faults, args.service or "", say)
    return FINE


def _duration(text: str) -> Duration:
    from spec.scalars import Duration

    try:
        return Duration.parse(text)
    except ValueError as error:
        raise Trouble(f"--for: {error}") from error


def _end(faults: Faults, service: str, fault: str, say: Say) -> None:
    ended = faults.end(service, fault)
    for one in ended:
        say(f"ended {one}")
    if not ended:
        say("no such fault was on")


def _list(faults: Faults, service: str, say: Say) -> None:
    """What is on and, for one service, what could be."""
    for line in faults.active(service) or ("no fault is on",):
        say(line)
    if service:
        say(f"{service} knows: {', '.join(faults.known(service))}")
