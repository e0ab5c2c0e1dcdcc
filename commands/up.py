"""`specola up`: from the spec to a running stack, changing only what has to change."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from commands import as_started, looked
from commands.project import FINE, PROBLEMS, Project, counts
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from commands.project import Say
    from compose.backend import Backend, Step
    from compose.smoke.check import World
    from generator.validate.report import Report
    from spec.load import Loaded
    from spec.stack import Stack

READY_SECONDS = 120.0
READING_SECONDS = 15.0
"""As long as Grafana is given, once it answers, to read its files."""
_QUIET = ("keep", "skip")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("components", nargs="*", metavar="COMPONENT", help="only these, with what they need")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto", help="what runs it (auto)")
    parser.add_argument("--plan", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument(
        "--check", action="store_true", help="check first, as `specola check` does; errors start nothing"
    )


def run(args: Namespace, say: Say) -> int:
    """Render, plan, apply, wait until all is well, and say where to look.

    Exit 1 when a check finds an error, or Grafana refuses a file. Raises SpecError where a door stands open.
    """
    project = Project.of(args)
    loaded = project.load()
    looked.shut_doors(project, loaded)
    refused = False
    with project.hold("specola up"):
        from compose import stage

        backend, choice = stage.backend(project.root, loaded.stack, args.runtime, say)
        say(f"runtime: {choice.name} ({choice.why})")
        if choice.name == "native" and not args.plan:
            stage.install(project.root, loaded.stack, say)
        if args.check and not _fine(looked.report(project, loaded), say):
            return PROBLEMS
        stage.lay_secrets(project.root, loaded.stack, choice.name)
        _render(project, loaded, args.plan, say)
        world, began = _world(project, loaded, backend), datetime.now(UTC)
        with _last_words(world, began, say):
            steps = _converge(backend, tuple(args.components), args.plan, say)
        _silence(project, loaded.stack, backend, args.plan, say)
        if not args.plan:
            _let_in(project, loaded.stack, backend, say)
            refused = _refused(world, began, steps, say)
    if not args.plan:
        _where_to_look(loaded.stack, backend, say)
    return PROBLEMS if refused else FINE


def _render(project: Project, loaded: Loaded, dry: bool, say: Say) -> None:
    say(f"build/: {counts(project.write(loaded))}")
    if not dry:
        as_started.note(project)


def _fine(report: Report, say: Say) -> bool:
    """Tell what the checks found; whether nothing of it is an error."""
    from generator.validate.report import text

    say(text(report))
    return not report.errors


def _converge(backend: Backend, only: tuple[str, ...], dry: bool, say: Say) -> tuple[Step, ...]:
    from compose.plan import plan

    steps = plan(backend.desired(), backend.observe(), only)
    kept = [step.component for step in steps if step.kind == "keep"]
    if not dry:
        backend.prepare(steps)
    for step in steps:
        if step.kind in _QUIET:
            if step.kind == "skip":
                say(f"skip     {step.component}: {step.reason}")
            continue
        say(f"{step.kind:8} {step.component}" + (f": {step.reason}" if step.reason else ""))
        if not dry:
            backend.apply(step)
    if kept:
        say(f"keep     {', '.join(kept)}")
    if not dry:
        _wait(backend, steps, say)
    return steps


def _wait(backend: Backend, steps: tuple[Step, ...], say: Say) -> None:
    touched = {step.component: step.kind for step in steps if step.kind not in ("stop", "skip")}
    for progress in backend.wait(tuple(touched), READY_SECONDS):
        if progress.ready and touched[progress.component] != "keep":
            say(f"ready    {progress.component} ({progress.seconds:.1f} s)")


@contextmanager
def _last_words(world: World, began: datetime, say: Say) -> Iterator[None]:
    """Where the components do not come up, tell what Grafana complained of: no check asks it beforehand."""
    try:
        yield
    except Trouble:
        if world.has("grafana"):
            from compose.smoke.grafana import last_words

            _tell(last_words(world, began), say)
        raise


def _refused(world: World, began: datetime, steps: tuple[Step, ...], say: Say) -> bool:
    """Whether Grafana, where it was started, refuses a file; which, and the place in the spec, is told."""
    if not any(step.component == "grafana" and step.kind in ("start", "restart") for step in steps):
        return False
    from compose.smoke.grafana import taken_up

    return _tell(taken_up(replace(world, deadline=time.monotonic() + READING_SECONDS), began), say)


def _tell(problems: tuple[str, ...], say: Say) -> bool:
    for problem in problems:
        say(problem)
    return bool(problems)


def _world(project: Project, loaded: Loaded, backend: Backend) -> World:
    from compose.backend import last_lines
    from compose.clients import Clients
    from compose.smoke.check import World

    clients, log = Clients(loaded.stack, project.root), partial(last_lines, backend)
    return World(loaded.stack, project.build, clients, log=log, tree=loaded.tree)


def _silence(project: Project, stack: Stack, backend: Backend, dry: bool, say: Say) -> None:
    """Lay, change and end the silences that the spec plans, where Alertmanager runs."""
    if not any(seen.name == "alertmanager" and seen.state == "running" for seen in backend.observe()):
        return
    from compose import silences
    from compose.clients import Clients, patiently

    alertmanager = Clients(stack, project.root).alertmanager
    laid = patiently(lambda: silences.read(alertmanager))
    for change in silences.changes(stack.spec.notification.silences, laid, silences.today()):
        if change.kind == "keep":
            continue
        say(f"{change.kind:8} {change.name}: {change.reason}")
        if not dry:
            silences.apply(alertmanager, change)


def _let_in(project: Project, stack: Stack, backend: Backend, say: Say) -> None:
    """Bring users, teams, folders and service accounts of Grafana to what the spec says, where it runs."""
    if not any(seen.name == "grafana" and seen.state == "running" for seen in backend.observe()):
        return
    from compose.access.converge import converge
    from compose.clients import Clients, patiently

    grafana = Clients(stack, project.root).grafana
    patiently(
        lambda: converge(
            grafana, project.root, stack, lambda change: say(f"{change.kind:8} {change.what}: {change.reason}")
        )
    )


def _where_to_look(stack: Stack, backend: Backend, say: Say) -> None:
    running = {seen.name: seen for seen in backend.observe() if seen.state == "running"}
    titles = {want.name: want.title for want in backend.desired()}
    say("")
    asked = ("grafana", "prometheus", "alertmanager", "loki", "inbox")
    shown = {one.name for component in asked for one in stack.instances(component)}
    for name, seen in running.items():
        if name in shown:
            say(f"{titles.get(name, name):24} {seen.address}")
    if "grafana" in running:
        say("Grafana: user admin, password in secrets/grafana-admin")
    if stack.spec.access.basic_auth:
        say("Prometheus, Alertmanager: user specola, passwords in secrets/{prometheus,alertmanager}-password")
