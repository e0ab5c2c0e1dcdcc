"""`specola test`: prove every alert, route and silence offline, and see whether the tests would notice harm."""

from __future__ import annotations

import gc
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from commands.files import write
from commands.project import FINE, PROBLEMS, Project
from compose.fault import Trouble
from spec.names import nearest

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence

    from commands.project import Say
    from compose.proof.alerts import Proven, Verdict
    from compose.proof.report import Logs, Results
    from compose.proof.routes import Routes
    from compose.proof.score import Mutation
    from rules.mutation.mutants import Mutant
    from rules.proof.case import Proof, Unproven
    from spec.load import Loaded
    from spec.problem import Problem
    from spec.stack import SpecPath, Stack


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit XML, too")
    parser.add_argument("--mutate", action="store_true", help="damage every rule, and see whether its tests notice")
    parser.add_argument("--service", default="", metavar="NAME", help="only alerts of this service")
    parser.add_argument("--alert", default="", metavar="NAME", help="only alerts of this name")
    parser.add_argument("--report", metavar="FILE", help="write who is told of what, as Markdown")
    parser.add_argument(
        "--check",
        action="store_true",
        help="with --report: write and prove nothing; exit 1 when FILE is not up to date",
    )


def run(args: Namespace, say: Say) -> int:
    """Exit 1 when something is not proven, or when the tests notice fewer than 95 % of the mutants."""
    from compose.proof import report as proof_report

    started = time.monotonic()
    project = Project.of(args)
    loaded = project.load()
    if args.check:
        return _up_to_date(project, loaded, args.report, say)
    _check_chosen(loaded.stack, args.service, args.alert)
    everything = not args.service and not args.alert
    stacks = tuple(_environments(project, loaded)) if everything else ()
    results = _results(args, project, loaded, stacks, started)
    if args.format == "json":
        say(proof_report.as_json(results))
    else:
        for line in proof_report.text(results):
            say(line)
    if args.junit:
        write(Path(args.junit), proof_report.as_junit(results))
    if args.report:
        write(Path(args.report), _page(stacks or tuple(_environments(project, loaded))))
    return FINE if results.fine else PROBLEMS


def _results(args: Namespace, project: Project, loaded: Loaded, stacks: Sequence[Loaded], started: float) -> Results:
    """All proofs: what Loki, other environments and routes need runs beside the alerts, which take longest."""
    from concurrent.futures import ThreadPoolExecutor

    from compose.proof.report import Results

    routable = tuple(one for one in stacks if one.stack.enabled("alertmanager"))
    with ThreadPoolExecutor(1) as beside:
        of_logs = beside.submit(_logs, project, loaded, args)
        of_others = beside.submit(_elsewhere, project, loaded, stacks)
        of_routes = beside.submit(_routes, project, routable)
        proven, mutation = _alerts(project, loaded, args)
        logs, elsewhere, routes = of_logs.result(), of_others.result(), of_routes.result()
    problems = (
        *_unproven(loaded, proven.verdicts),
        *(problem for one, found in elsewhere for problem in _unproven(one, found.verdicts)),
        *_unproven(loaded, logs.verdicts),
        *(problem for pair in zip(routable, routes, strict=True) for problem in _lost(*pair)),
    )
    changes = tuple((one.stack.spec.environment, found) for one, found in elsewhere)
    seconds = time.monotonic() - started
    return Results(proven, changes, routes, logs, mutation, tuple(dict.fromkeys(problems)), seconds)


def _check_chosen(stack: Stack, service: str, alert: str) -> None:
    """Raises Trouble for a service or an alert that there is not: nothing tested must not look like success."""
    from compose.proof.logs import log_rules
    from rules.groups import all_alerts

    rules = (*all_alerts(stack), *log_rules(stack))
    services, names = {rule.service for rule in rules}, {rule.alert for rule in rules if service in ("", rule.service)}
    for kind, chosen, known in (("service", service, services), ("alert", alert, names)):
        if chosen and chosen not in known:
            near = nearest(chosen, known)
            raise Trouble(
                f"there is no {kind} {chosen}", f"perhaps {near}?" if near else f"known: {', '.join(sorted(known))}"
            )


def _environments(project: Project, loaded: Loaded) -> Iterator[Loaded]:
    """The stack in every environment that has an overlay, or as it is."""
    if project.environment:
        yield loaded
        return
    names = tuple(loaded.stack.spec.overlays) or (loaded.stack.spec.environment,)
    for name in names:
        same = name == loaded.stack.spec.environment
        yield loaded if same else project._replace(environment=name).load()


def _alerts(project: Project, loaded: Loaded, args: Namespace) -> tuple[Proven, Mutation | None]:
    from compose.proof.alerts import prove, to_prove
    from compose.proof.mutants import survivors
    from compose.proof.score import judged

    promtool = _program(project, loaded, "promtool")
    service, alert = args.service, args.alert
    wanted = to_prove(loaded.stack, promtool, lambda rule: service in ("", rule.service) and alert in ("", rule.alert))
    if not args.mutate:
        return prove(promtool, wanted), None
    proven, found = _with_mutants(promtool, wanted)
    gc.freeze()  # they are all kept to the end: no look for garbage need go through them
    print(f"testing {len(found)} damaged rules", file=sys.stderr)
    return proven, judged(found, survivors(promtool, found), partial(_problem, loaded))


def _with_mutants(promtool: Sequence[str], wanted: Sequence[Proof | Unproven]) -> tuple[Proven, list[Mutant]]:
    """What is proven, and the mutants of that, which are made while promtool is at it."""
    from concurrent.futures import ThreadPoolExecutor

    from compose.proof.alerts import prove
    from rules.mutation.mutants import mutants
    from rules.proof.case import Proof

    proofs = tuple(one for one in wanted if isinstance(one, Proof))
    with ThreadPoolExecutor(1) as beside:
        proving = beside.submit(prove, promtool, wanted)
        found = list(mutants(proofs))
        proven = proving.result()
    return proven, found if proven.proofs == proofs else list(mutants(proven.proofs))


def _logs(project: Project, loaded: Loaded, args: Namespace) -> Logs:
    """Alerts on log lines need a Loki. Without one they are counted, and nothing is said to be proven of them."""
    from compose.proof.log_mutants import log_mutants, log_survivors
    from compose.proof.logs import log_rules, prove_logs
    from compose.proof.report import Logs
    from compose.proof.score import judged
    from compose.tools import Missing

    service, alert = args.service, args.alert
    rules = [one for one in log_rules(loaded.stack) if service in ("", one.service) and alert in ("", one.alert)]
    if not rules or not loaded.stack.enabled("loki"):
        return Logs(0)
    try:
        loki = _program(project, loaded, "loki")
    except Missing as missing:
        damaged = len(log_mutants(rules)) if args.mutate else 0
        return Logs(len(rules), unproven=f"{missing.message}; {missing.hint}", damaged=damaged)
    verdicts = prove_logs(loaded.stack, rules, loki)
    if not args.mutate:
        return Logs(len(rules), verdicts)
    found = log_mutants(verdict.alert for verdict in verdicts if not verdict.complaint)
    alive = log_survivors(loaded.stack, found, loki)
    return Logs(len(rules), verdicts, damaged=len(found), mutation=judged(found, alive, partial(_problem, loaded)))


def _elsewhere(project: Project, loaded: Loaded, stacks: Sequence[Loaded]) -> tuple[tuple[Loaded, Proven], ...]:
    """The alerts that the overlays of other environments change, proven as they are there."""
    from compose.proof.alerts import changed, prove, to_prove

    def proven(one: Loaded) -> Proven:
        promtool = _program(project, one, "promtool")
        return prove(promtool, to_prove(one.stack, promtool, changed(loaded.stack, one.stack)))

    return tuple((one, proven(one)) for one in stacks if one is not loaded)


def _routes(project: Project, stacks: Sequence[Loaded]) -> tuple[Routes, ...]:
    from compose.proof.routes import prove_routes

    return tuple(prove_routes(one.stack, _program(project, one, "amtool")) for one in stacks)


def _program(project: Project, loaded: Loaded, name: str) -> tuple[str, ...]:
    from compose.stage import programs
    from compose.tools import locate

    found = locate(name, project.root, programs(loaded.stack))
    return (str(found.path), *found.words)


def _unproven(loaded: Loaded, verdicts: Sequence[Verdict]) -> Iterator[Problem]:
    for verdict in verdicts:
        if verdict.complaint:
            yield _problem(loaded, verdict.alert.origin, f"{verdict.alert.alert} is not proven: {verdict.complaint}")


def _lost(loaded: Loaded, routes: Routes) -> Iterator[Problem]:
    """What does not hold of the notification in one environment."""
    for broken in routes.broken:
        yield _problem(loaded, broken.origin, broken.message)
    for one, found in routes.astray:
        name = f"{one.alert.service}/{one.alert.alert}"
        message = f"in {one.environment} {name} reaches {', '.join(found)} instead of {', '.join(one.receivers)}"
        yield _problem(loaded, ("notification", "routes"), message)


def _problem(loaded: Loaded, origin: SpecPath, message: str) -> Problem:
    from spec.locate import in_file
    from spec.problem import Problem

    mark, path = in_file(loaded.tree, origin)
    return Problem(mark, path, message, id="test")


def _page(stacks: Sequence[Loaded]) -> str:
    """The page of the strictest environment: production where there is one."""
    from generator.alert_table import page

    return page(next((one for one in stacks if one.stack.spec.environment == "production"), stacks[-1]).stack)


def _up_to_date(project: Project, loaded: Loaded, report: str | None, say: Say) -> int:
    """Whether the page says what the spec says. Raises Trouble when it is not told which page."""
    if not report:
        raise Trouble("--check needs the page to check", "for example `specola test --report docs/alerts.md --check`")
    path, wanted = Path(report), _page(tuple(_environments(project, loaded)))
    if path.is_file() and path.read_text(encoding="utf-8") == wanted:
        return FINE
    say(f"{report}: is not up to date; run `specola test --report {report}`")
    return PROBLEMS
