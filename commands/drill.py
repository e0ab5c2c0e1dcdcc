"""`specola drill`: let every alert fire for real, and see that the right people are told, and told when it is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.project import FINE, PROBLEMS, Project
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say
    from compose.backend import Backend
    from compose.drill.case import Case, Untried
    from compose.drill.run import Result
    from spec.stack import Stack

FAST = 120.0


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("alerts", nargs="*", metavar="SERVICE/ALERT", help="only these (all)")
    parser.add_argument(
        "--pace", type=float, default=FAST, metavar="N", help="run the stack N times faster meanwhile (120)"
    )
    parser.add_argument("--real", action="store_true", help="with the durations of the spec: takes hours")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto")


def run(args: Namespace, say: Say) -> int:
    """Quicken the stack, drill, and bring it back to its own pace, whatever happens."""
    from compose.drill import report
    from compose.process import hold
    from compose.running import current

    project = Project.of(args)
    tell: Say = say if args.format == "text" else lambda _: None
    backend = current(project.root, args.runtime, tell)
    faster = replace(project, settings=(*project.settings, f"pace={1 if args.real else args.pace:g}"))
    with hold(project.root / "var" / "lock", "specola drill"):
        try:
            stack = _turn(faster, backend, tell)
            results, untried = _drilled(project, stack, backend, tuple(args.alerts), tell)
        finally:
            _turn(project, backend, tell)
    for line in report.lines(results, untried) if args.format == "text" else [report.as_json(results, untried)]:
        say(line)
    return FINE if all(result.ok for result in results) else PROBLEMS


def _turn(project: Project, backend: Backend, tell: Say) -> Stack:
    """Render a project and let what runs take it up."""
    from compose.plan import plan

    loaded = project.load()
    project.write(loaded)
    steps = plan(backend.desired(), backend.observe())
    backend.prepare(steps)
    touched = [step for step in steps if step.kind in ("start", "restart", "reload")]
    for step in touched:
        backend.apply(step)
    for _ in backend.wait(tuple(step.component for step in touched), 120.0):
        pass
    tell(f"the stack runs at pace {loaded.stack.spec.pace:g}")
    return loaded.stack


def _drilled(
    project: Project, stack: Stack, backend: Backend, names: tuple[str, ...], tell: Say
) -> tuple[tuple[Result, ...], tuple[Untried, ...]]:
    from compose.clients import Clients
    from compose.drill.case import cases, rounds
    from compose.drill.run import Watch, drill
    from compose.faults import Faults
    from rules import inhibition

    missing = {want.name for want in backend.desired() if want.missing}
    found, untried = cases(stack, has_loki=not missing & {"loki", "alloy"})
    chosen = _chosen(found, untried, names)
    watch = Watch(Clients(stack, project.root), Faults.of(stack))
    planned = rounds(chosen, tuple(inhibition.rules(stack)))
    return tuple(drill(watch, planned, tell)), (untried if not names else ())


def _chosen(found: tuple[Case, ...], untried: tuple[Untried, ...], names: tuple[str, ...]) -> tuple[Case, ...]:
    if not names:
        return found
    reasons = {one.name: one.why for one in untried}
    known = {case.name: case for case in found}
    for name in names:
        if name not in known:
            raise Trouble(
                f"{name} cannot be drilled", reasons.get(name, "write SERVICE/ALERT, as `specola test` lists them")
            )
    return tuple(known[name] for name in names)
