"""`specola drill`: let every alert fire for real, and see that the right people are told, and told when it is over."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from commands import as_started
from commands.project import FINE, PROBLEMS
from compose.fault import Trouble
from spec.names import nearest

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable, Iterator

    from commands.project import Project, Say
    from compose.backend import Backend
    from compose.drill.case import Case, Untried
    from compose.drill.trial import Result
    from spec.load import Loaded
    from spec.stack import Stack

FAST = 120.0
READY_SECONDS = 120.0


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("alerts", nargs="*", metavar="SERVICE/ALERT", help="only these (all)")
    parser.add_argument(
        "--pace", type=float, default=FAST, metavar="N", help="run the stack N times faster meanwhile (120)"
    )
    parser.add_argument("--real", action="store_true", help="with the durations of the spec: takes hours")
    parser.add_argument(
        "--stay-quick", action="store_true", help="leave the stack at that pace: for one that is ended right afterwards"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto")


def run(args: Namespace, say: Say) -> int:
    """Quicken the stack, drill, and bring it back to its own pace and what it was before, whatever happens.

    With `--stay-quick` nothing has to wait until lines of the drill are out of windows as long as in life.
    """
    from compose.drill import report
    from compose.running import current

    project = as_started.project(args)
    tell: Say = say if args.format == "text" else lambda _: None
    backend = current(project.root, args.runtime, tell)
    with project.hold("specola drill"):
        results, untried, rest = _drilled(args, project, backend, tell)
    for line in (
        report.lines(results, untried, rest) if args.format == "text" else [report.as_json(results, untried, rest)]
    ):
        say(line)
    return FINE if all(result.ok for result in results) and not rest else PROBLEMS


def _drilled(
    args: Namespace, project: Project, backend: Backend, tell: Say
) -> tuple[tuple[Result, ...], tuple[Untried, ...], tuple[str, ...]]:
    """How each alert went, which were not drilled, and what the drill left behind."""
    from compose.clients import Clients
    from compose.drill.case import audible
    from compose.drill.mishap import Ground
    from compose.drill.mishaps import Mishaps, counted
    from compose.drill.run import drill
    from compose.drill.standing import standing
    from compose.drill.tidy import Traces, left
    from compose.drill.watch import Watch
    from compose.faults import Faults
    from compose.silences import read
    from rules import inhibition
    from spec.names import OWN_SERVICE

    faster = project._replace(settings=(*project.settings, f"pace={1 if args.real else args.pace:g}"))
    own, quick = project.load(), faster.load()
    drillable, rest = _drillable(quick.stack, backend)
    chosen, untried = _chosen(drillable, rest, tuple(args.alerts))
    clients, faults = Clients(own.stack, project.root), Faults.of(own.stack)
    there = Watch(clients, Mishaps(faults, Ground(backend, clients, project.root)))
    before = there.firing()
    heard, silent = audible(chosen, read(clients.alertmanager), before)
    services = frozenset(case.service for case in heard)
    driven = tuple(name for case in heard if case.service == OWN_SERVICE for name in counted(case.alert))
    slowly = (lambda: None) if args.stay_quick else partial(_turn, project, own, backend, tell)
    traces = Traces(clients, faults, services, time.time(), driven)

    def quickly() -> frozenset[str]:
        _turn(faster, quick, backend, tell)
        return standing(there, drillable, heard)

    with _quickened(quickly, before, partial(traces.remove, there), slowly, tell) as usual:
        faults.checkpoint()
        after = quick if args.stay_quick else own
        rules = tuple(inhibition.rules(quick.stack))
        calm, restless = audible(heard, (), usual)
        results = _results(drill(there, calm, rules, tell), after.stack, tell)
    return results, (*untried, *silent, *restless), left(there, usual, services)


@contextmanager
def _quickened(
    quickly: Callable[[], frozenset[str]],
    before: frozenset[str],
    remove: Callable[[frozenset[str]], None],
    slowly: Callable[[], None],
    tell: Say,
) -> Iterator[frozenset[str]]:
    """The stack at its quick pace; afterwards, whatever happens, without traces and at its own pace.

    Gives what fires without any fault: what did before, and what does so at the quick pace.
    """
    from compose.drill.tidy import undisturbed

    usual = before
    try:
        usual = before | quickly()
        yield usual
    finally:
        with undisturbed():
            try:
                remove(usual)
                tell("what the drill left in counters and records is removed")
            finally:
                slowly()


def _results(coming: Iterable[Result], stack: Stack, say: Say) -> tuple[Result, ...]:
    """All results, once what was logged for them is old: lines stay, and alerts on them look back for minutes."""
    from compose.drill.tidy import seconds_logged

    found, over = [], 0.0
    for result in coming:
        found.append(result)
        over = max(over, time.monotonic() + seconds_logged(stack, result.case))
    wait = over - time.monotonic()
    if wait > 0:
        say(f"waiting {wait / 60:.1f} minutes until what was logged is out of the windows of log alerts")
        time.sleep(wait)
    return tuple(found)


def _turn(project: Project, loaded: Loaded, backend: Backend, tell: Say) -> None:
    """Render a project and let what runs take it up."""
    from compose.plan import plan

    project.write(loaded)
    desired, observed = backend.desired(), backend.observe()
    there = {seen.name for seen in observed if seen.state != "absent"}
    steps = plan(desired, observed, [want.name for want in desired if want.name in there])
    backend.prepare(steps)
    touched = [step for step in steps if step.kind in ("start", "restart", "reload")]
    for step in touched:
        backend.apply(step)
    for _ in backend.wait(tuple(step.component for step in touched), READY_SECONDS):
        pass
    tell(f"the stack runs at pace {loaded.stack.spec.pace:g}")


def _drillable(stack: Stack, backend: Backend) -> tuple[tuple[Case, ...], tuple[Untried, ...]]:
    """What can be drilled here, and what cannot be."""
    from compose.drill.case import cases

    missing = {want.name for want in backend.desired() if want.missing}
    logs = all(stack.enabled(name) and name not in missing for name in ("loki", "alloy"))
    return cases(stack, has_loki=logs, absent=frozenset(missing))


def _chosen(
    found: tuple[Case, ...], untried: tuple[Untried, ...], names: tuple[str, ...]
) -> tuple[tuple[Case, ...], tuple[Untried, ...]]:
    """What is to be drilled, and what is not. Raises Trouble for a name that cannot be, before anything is touched."""
    if not names:
        return found, untried
    reasons = {one.name: one.why for one in untried}
    known = {case.name: case for case in found}
    for name in names:
        if name not in known:
            near = nearest(name, (*known, *reasons))
            hint = f"did you mean {near}?" if near else "write SERVICE/ALERT, as `specola drill --help` shows"
            raise Trouble(
                f"{name} cannot be drilled: {reasons.get(name, 'there is no such alert')}",
                "" if name in reasons else hint,
            )
    return tuple(known[name] for name in dict.fromkeys(names)), ()
