"""What `specola check` says, for people, for programs, and for those who show it beside the changed lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from generator.validate.work import Check, Verdict
    from spec.problem import Problem

SPEC = "spec"
"""The name of the first check: that the spec can be read."""


@dataclass(frozen=True)
class Report:
    """What came of all checks. `problems` are sorted and without the excused; `facts` are figures for programs."""

    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...]
    checks: tuple[Check, ...] = ()
    excused: int = 0
    facts: Mapping[str, Any] | None = None

    @property
    def errors(self) -> int:
        return sum(problem.level == "error" for problem in self.problems)


def text(report: Report) -> str:
    """Every problem on a line, then a table of the checks; small looks of our own share a row."""
    lines = [f"{problem.text()} [{problem.id}]" for problem in report.problems]
    lines += [""] if lines else []
    rows = tuple(_rows(report))
    width = max(len(name) for name, *_ in rows) if rows else 0
    lines.append(f"{'check':{width}}  result   problems    time")
    for name, skipped, problems, seconds in rows:
        if skipped:
            lines.append(f"{name:{width}}  SKIPPED  {skipped}")
        else:
            result = "problems" if any(problem.level == "error" for problem in problems) else "ok"
            lines.append(f"{name:{width}}  {result:8} {len(problems):8} {seconds:6.2f}s")
    return "\n".join((*lines, _summary(report)))


Row = tuple[str, str, tuple["Problem", ...], float]


def _rows(report: Report) -> Iterator[Row]:
    """Name, why it was left out, problems and seconds, with all checks of a group together."""
    groups = {check.name: check.group for check in report.checks}
    joined: dict[str, list[Verdict]] = {}
    for verdict in report.verdicts:
        joined.setdefault(groups.get(verdict.name) or verdict.name, []).append(verdict)
    for name, verdicts in joined.items():
        ran = [verdict for verdict in verdicts if verdict.ran]
        title = f"{name}/* ({len(ran)})" if groups.get(verdicts[0].name) else name
        problems = tuple(problem for verdict in ran for problem in verdict.problems)
        yield title, "" if ran else verdicts[0].skipped, problems, sum(verdict.seconds for verdict in ran)


def _summary(report: Report) -> str:
    skipped = sum(not verdict.ran for verdict in report.verdicts)
    counts = [_count(report.errors, "error"), _count(len(report.problems) - report.errors, "warning")]
    counts += [f"{report.excused} excused"] if report.excused else []
    return ", ".join((*counts, f"{len(report.verdicts) - skipped} checks made, {skipped} SKIPPED"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def as_json(report: Report) -> str:
    """`checks[].problems` is a number; the problems themselves, of all checks, stand under `problems`."""
    of_checks = {problem for verdict in report.verdicts for problem in verdict.problems}
    of_spec = [problem for problem in report.problems if problem not in of_checks]
    checks: list[dict[str, Any]] = [{"name": SPEC, "ran": True, "skipped_reason": "", "problems": len(of_spec)}]
    checks += [
        {
            "name": verdict.name,
            "ran": verdict.ran,
            "skipped_reason": verdict.skipped,
            "problems": len(verdict.problems),
            "seconds": round(verdict.seconds, 3),
        }
        for verdict in report.verdicts
    ]
    data = {"checks": checks, "problems": [_problem(problem) for problem in report.problems]}
    return json.dumps({**data, "excused": report.excused, **(report.facts or {})}, indent=1, ensure_ascii=False)


def _problem(problem: Problem) -> dict[str, Any]:
    mark = problem.mark
    return {
        "file": mark.file, "line": mark.line, "column": mark.column, "path": problem.path, "message": problem.message,
        "hint": problem.hint, "level": problem.level, "id": problem.id,
    }  # fmt: skip


def sarif(report: Report) -> str:
    """SARIF 2.1.0, which code hosts show as annotations.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""
    pages = {check.name: check.page.partition("\n")[0] for check in report.checks}
    ids = sorted({problem.id for problem in report.problems})
    rules = [{"id": one, "shortDescription": {"text": pages.get(one) or one}} for one in ids]
    run = {
        "tool": {"driver": {"name": "specola", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem) for problem in report.problems],
    }
    return json.dumps(
        {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]},
        indent=1,
        ensure_ascii=False,
    )


def _result(problem: Problem) -> dict[str, Any]:
    region = {"startLine": problem.mark.line, "startColumn": problem.mark.column}
    place = {"artifactLocation": {"uri": problem.mark.file}, "region": region}
    return {
        "ruleId": problem.id,
        "level": problem.level,
        "message": {"text": _words(problem)},
        "locations": [{"physicalLocation": place}],
    }


def github(report: Report) -> str:
    """A workflow command for each problem, which GitHub shows at its line.

    https://docs.github.com/en/actions/using-workflows/workflow-commands-for-github-actions"""
    return "\n".join((*map(_annotation, report.problems), _summary(report)))


def _annotation(problem: Problem) -> str:
    mark = problem.mark
    place = f"file={_property(mark.file)},line={mark.line},col={mark.column},title={_property(problem.id)}"
    return f"::{problem.level} {place}::{_escaped(_words(problem))}"


def _words(problem: Problem) -> str:
    where = f"{problem.path}: " if problem.path else ""
    return f"{where}{problem.message}" + (f" ({problem.hint})" if problem.hint else "")


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _escaped(words).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Callable[[Report], str]] = {"text": text, "json": as_json, "sarif": sarif, "github": github}
"""Every way to say it, by its name on the command line."""


def of_problems(problems: Iterable[Problem]) -> Report:
    """The report of a spec that cannot be read."""
    return Report((), tuple(problems))
