"""What `specola test` found, for people, for programs (JSON) and for CI (JUnit)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from compose.proof.score import ENOUGH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.proof.alerts import Proven, Verdict
    from compose.proof.routes import Routes
    from compose.proof.score import Mutation
    from spec.problem import Problem

SHOWN_LINES = 6


@dataclass(frozen=True)
class Logs:
    """The alerts on log lines, and what Loki says of them; `unproven` tells why it was not asked.

    `damaged` counts mutants that it would have been asked of, `mutation` is what it said.
    """

    total: int
    verdicts: tuple[Verdict, ...] = ()
    unproven: str = ""
    damaged: int = 0
    mutation: Mutation | None = None

    @property
    def proven(self) -> int:
        return sum(not verdict.complaint for verdict in self.verdicts)


@dataclass(frozen=True)
class Results:
    """Everything that a run found. `problems` are failures, each at its line."""

    proven: Proven
    elsewhere: tuple[tuple[str, Proven], ...]
    """Environment, and the alerts that an overlay makes different there."""
    routes: tuple[Routes, ...]
    logs: Logs
    mutation: Mutation | None
    problems: tuple[Problem, ...]
    seconds: float

    @property
    def fine(self) -> bool:
        return not self.problems and all(mutation.enough for _, mutation in self.mutations)

    @property
    def mutations(self) -> tuple[tuple[str, Mutation], ...]:
        """The mutants that were tried: of rules that promtool tests, and of those that Loki does."""
        both = (("mutants", self.mutation), ("log mutants", self.logs.mutation))
        return tuple((name, mutation) for name, mutation in both if mutation is not None)


def text(results: Results) -> Iterator[str]:
    """Failures first, then a line for each kind of proof."""
    for problem in results.problems:
        first, *more = problem.text().splitlines()
        yield first
        yield from (f"    {line}" for line in more[:SHOWN_LINES])
    for _, mutation in results.mutations:
        yield from (survivor.problem.text() for survivor in mutation.survived)
    for reason, count in _equivalent(results):
        yield f"{count} mutants change nothing: {reason}"
    for name, total, proven in _counts(results):
        yield f"{name:16} {proven:5} of {total:5} proven"
    logs = results.logs
    if logs.unproven:
        yield f"{'log alerts':16} {logs.total:5} are NOT proven here: {logs.unproven}"
    elif logs.total:
        yield f"{'log alerts':16} {logs.proven:5} of {logs.total:5} proven by Loki"
    for name, mutation in results.mutations:
        score = f"{mutation.score:.1f} % (at least {ENOUGH:g} %)"
        yield f"{name:16} {mutation.killed:5} of {mutation.total:5} noticed: {score}"
    if logs.unproven and logs.damaged:
        yield f"{'log mutants':16} {logs.damaged:5} are NOT tried here: {logs.unproven}"
    yield f"in {results.seconds:.1f} s"


def _equivalent(results: Results) -> list[tuple[str, int]]:
    """How many mutants change nothing, by reason, the most common first."""
    found = Counter[str]()
    for _, mutation in results.mutations:
        found.update(dict(mutation.equivalent))
    return found.most_common()


def as_json(results: Results) -> str:
    """Counts of each kind, the survivors and the failures."""
    counts = {name.replace(" ", "_"): {"total": total, "proven": proven} for name, total, proven in _counts(results)}
    mutation = results.mutation
    data = {
        **counts,
        "log_alerts": _logs(results.logs),
        "mutants": None if mutation is None else _mutants(mutation),
        "log_mutants": _log_mutants(results.logs),
        "failures": [_place(problem) for problem in results.problems],
        "seconds": round(results.seconds, 1),
    }
    return json.dumps(data, indent=1, ensure_ascii=False)


def _logs(logs: Logs) -> dict[str, Any]:
    why = {"unproven": logs.unproven} if logs.unproven else {}
    return {"total": logs.total, "proven": logs.proven, **why}


def _log_mutants(logs: Logs) -> dict[str, Any] | None:
    """Counted apart from the others: without a Loki none of them is tried."""
    if logs.mutation is not None:
        return _mutants(logs.mutation)
    return {"total": logs.damaged, "killed": 0, "unproven": logs.unproven} if logs.damaged else None


def as_junit(results: Results) -> str:
    """A test suite of alerts, one of routes for each environment, and one of what else was promised."""
    root = ElementTree.Element("testsuites")
    named = [("alerts", results.proven), *((f"alerts in {name}", found) for name, found in results.elsewhere)]
    for name, found in named:
        suite = ElementTree.SubElement(root, "testsuite", name=name)
        for verdict in found.verdicts:
            _case(suite, verdict.alert.service, verdict.alert.alert, verdict.complaint)
    if results.logs.total:
        suite = ElementTree.SubElement(root, "testsuite", name="log alerts")
        for verdict in results.logs.verdicts:
            _case(suite, verdict.alert.service, verdict.alert.alert, verdict.complaint)
        if results.logs.unproven:
            case = ElementTree.SubElement(suite, "testcase", classname="logs", name="log alerts")
            ElementTree.SubElement(case, "skipped", message=results.logs.unproven)
    for routes in results.routes:
        suite = ElementTree.SubElement(root, "testsuite", name=f"routes in {routes.environment}")
        astray = {id(one): ", ".join(found) for one, found in routes.astray}
        for one in routes.routed:
            said = astray.get(id(one), "")
            _case(suite, one.alert.service, one.alert.alert, said and f"reaches {said}")
        _case(suite, "notification", "promises", "\n".join(broken.message for broken in routes.broken))
    for name, mutation in results.mutations:
        suite = ElementTree.SubElement(root, "testsuite", name=name.replace("mutants", "mutation"))
        said = "" if mutation.enough else "\n".join(survivor.problem.text() for survivor in mutation.survived)
        _case(suite, "mutation", f"score {mutation.score:.1f} %", said)
    for suite in root:
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, group: str, name: str, complaint: str) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=group, name=name)
    if complaint:
        ElementTree.SubElement(case, "failure", message=complaint.splitlines()[0]).text = complaint


def _counts(results: Results) -> Iterator[tuple[str, int, int]]:
    yield "alerts", len(results.proven.verdicts), len(results.proven.proofs)
    if results.elsewhere:
        both = [(len(one.verdicts), len(one.proofs)) for _, one in results.elsewhere]
        yield "overlay alerts", sum(total for total, _ in both), sum(proven for _, proven in both)
    if results.routes:
        routes = results.routes
        yield "routes", sum(len(one.routed) for one in routes), sum(one.proven for one in routes)
        broken = [broken.origin[1] for one in routes for broken in one.broken if len(broken.origin) > 1]
        inhibitions = sum(one.inhibitions for one in routes)
        yield "inhibitions", inhibitions, inhibitions - min(inhibitions, broken.count("inhibitions"))
        mutes = sum(one.mutes for one in routes)
        yield "mute intervals", mutes, mutes - broken.count("mute_intervals")


def _mutants(mutation: Mutation) -> dict[str, Any]:
    survived = [
        {"damage": one.mutant.what, "kind": one.mutant.kind, **_place(one.problem)} for one in mutation.survived
    ]
    return {
        "total": mutation.total,
        "killed": mutation.killed,
        "survived": survived,
        "equivalent": [{"reason": reason, "count": count} for reason, count in mutation.equivalent],
        "score": round(mutation.score, 2),
    }


def _place(problem: Problem) -> dict[str, Any]:
    mark = problem.mark
    return {
        "file": mark.file,
        "line": mark.line,
        "column": mark.column,
        "path": problem.path,
        "message": problem.message,
    }
