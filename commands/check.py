"""`specola check`: let the real tools look at what would be rendered, and name the lines of the spec to blame."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.project import FINE, PROBLEMS, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say
    from generator.validate.work import Verdict
    from spec.load import Loaded
    from spec.problem import Problem

NO_TOOLS = "left out by --skip-tools"
SPEC = "spec"
"""The name of the first check: that the spec can be read."""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--skip-tools", action="store_true", help="only our own checks, without any other program")


def run(args: Namespace, say: Say) -> int:
    """Check the spec and what is rendered from it; `build/` is not touched. Exit 1 when there is an error."""
    from spec.problem import SpecError

    project = Project.of(args)
    try:
        loaded = project.load()
    except SpecError as error:
        if args.format == "text":
            raise
        say(_json((), error.problems))
        return PROBLEMS
    verdicts = _verdicts(project, loaded, args.skip_tools)
    problems = tuple(sorted({problem for verdict in verdicts for problem in verdict.problems}))
    say(_json(verdicts, problems) if args.format == "json" else _text(verdicts, problems))
    return PROBLEMS if any(problem.level == "error" for problem in problems) else FINE


def _verdicts(project: Project, loaded: Loaded, skip_tools: bool) -> tuple[Verdict, ...]:
    from compose.fault import Trouble
    from compose.stage import programs
    from generator.validate.checks import run as make
    from generator.validate.layout import lay_out
    from generator.write import WriteError

    tools, missing = _tools(project.root, programs(loaded.stack), skip_tools)
    artefacts = project.rendered(loaded)
    try:
        with tempfile.TemporaryDirectory(prefix="specola-check-", ignore_cleanup_errors=True) as folder:
            return make(lay_out(loaded.stack, loaded.tree, project.root, Path(folder), artefacts, tools, missing))
    except (WriteError, OSError) as error:
        hint = "free some space for temporary files, or set TMPDIR to a folder that has it"
        raise Trouble(f"cannot lay out the files to be checked: {error}", hint) from error


def _tools(root: Path, named: dict[str, str], skip: bool) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """The words that start each program, and of each other one how to get it."""
    import shutil

    from compose import tools
    from generator.validate.checks import TOOLS
    from generator.validate.compose_config import HOW

    found: dict[str, tuple[str, ...]] = {}
    missing: dict[str, str] = {}
    for name in TOOLS:
        path = shutil.which(name)
        if skip:
            missing[name] = NO_TOOLS
        elif name in tools.BY_NAME:
            try:
                place = tools.locate(name, root, named)
                found[name] = (str(place.path), *place.words)
            except tools.Missing as error:
                missing[name] = f"{error.message}; get it: {error.hint}"
        elif path:
            found[name] = (path,)
        else:
            missing[name] = f"{name} is not installed; get {HOW}"
    return found, missing


def _text(verdicts: tuple[Verdict, ...], problems: tuple[Problem, ...]) -> str:
    lines = [problem.text() for problem in problems]
    lines += [""] if lines else []
    width = max(len(verdict.name) for verdict in verdicts)
    lines.append(f"{'check':{width}}  result   problems    time")
    for verdict in verdicts:
        if verdict.ran:
            result = "problems" if any(p.level == "error" for p in verdict.problems) else "ok"
            lines.append(f"{verdict.name:{width}}  {result:8} {len(verdict.problems):8} {verdict.seconds:6.2f}s")
        else:
            lines.append(f"{verdict.name:{width}}  SKIPPED  {verdict.skipped}")
    return "\n".join((*lines, _summary(verdicts, problems)))


def _summary(verdicts: tuple[Verdict, ...], problems: tuple[Problem, ...]) -> str:
    errors = sum(problem.level == "error" for problem in problems)
    skipped = sum(not verdict.ran for verdict in verdicts)
    counts = [_count(errors, "error"), _count(len(problems) - errors, "warning")]
    return ", ".join((*counts, f"{len(verdicts) - skipped} checks made, {skipped} SKIPPED"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _json(verdicts: tuple[Verdict, ...], problems: tuple[Problem, ...]) -> str:
    """`checks[].problems` is a number; the problems themselves, of all checks, stand under `problems`."""
    of_spec = [problem for problem in problems if not any(problem in verdict.problems for verdict in verdicts)]
    checks: list[dict[str, Any]] = [{"name": SPEC, "ran": True, "skipped_reason": "", "problems": len(of_spec)}]
    checks += [
        {
            "name": v.name,
            "ran": v.ran,
            "skipped_reason": v.skipped,
            "problems": len(v.problems),
            "seconds": round(v.seconds, 3),
        }
        for v in verdicts
    ]
    return json.dumps(
        {"checks": checks, "problems": [_problem(problem) for problem in problems]}, indent=1, ensure_ascii=False
    )


def _problem(problem: Problem) -> dict[str, Any]:
    mark = problem.mark
    return {
        "file": mark.file, "line": mark.line, "column": mark.column, "path": problem.path, "message": problem.message,
        "hint": problem.hint, "level": problem.level, "id": problem.id,
    }  # fmt: skip
