"""Excuses: a comment `# specola: allow ID: reason` lets a check pass at one line of the spec.

It stands at the end of the line that the problem names, or above it. An excuse that has no reason, names no check, or
excuses nothing is itself a problem: what nobody needs any more must not hide what comes later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spec.names import nearest
from spec.problem import Mark, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from generator.validate.work import Verdict

EXCUSES = "excuses"
_EXCUSE = re.compile(r"(?:^|\s)#\s*specola:\s*allow\b[ \t]*(?P<id>[a-z0-9/-]*)(?::[ \t]*(?P<reason>.*))?")
_WANTED = "write # specola: allow ID: reason"


@dataclass(frozen=True)
class Excuse:
    """An excuse at its place, for the problems of one check at one line."""

    mark: Mark
    check: str
    reason: str
    line: int


def read(texts: Mapping[str, str]) -> tuple[Excuse, ...]:
    """The excuses in the files of a spec, by the names that problems give them."""
    return tuple(excuse for file, text in texts.items() if "specola:" in text for excuse in _in_file(file, text))


def _in_file(file: str, text: str) -> Iterator[Excuse]:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        found = _EXCUSE.search(line)
        if found:
            column = line.index("#", found.start()) + 1
            alone = not line[: column - 1].strip()
            about = _next_line(lines, number) if alone else number
            yield Excuse(Mark(file, number, column), found["id"], (found["reason"] or "").strip(), about)


def _next_line(lines: list[str], number: int) -> int:
    """The first line after this one that is neither empty nor a comment."""
    following = enumerate(lines[number:], number + 1)
    return next((one for one, line in following if line.strip() and not line.lstrip().startswith("#")), number)


@dataclass(frozen=True)
class Judged:
    """The verdicts without what is excused, how much that was, and what is wrong with the excuses themselves."""

    verdicts: tuple[Verdict, ...]
    excused: int
    problems: tuple[Problem, ...]


def judge(verdicts: Iterable[Verdict], excuses: Collection[Excuse], known: Collection[str]) -> Judged:
    """Take the excused problems out of the verdicts; `known` are the ids of all checks."""
    given = tuple(verdicts)
    places = {(one.check, one.mark.file, one.line) for one in excuses if one.reason}
    taken = {problem for verdict in given for problem in verdict.problems if _place(problem) in places}
    used = set(map(_place, taken))
    ran = {verdict.name for verdict in given if verdict.ran}
    rest = tuple(
        replace(verdict, problems=tuple(problem for problem in verdict.problems if problem not in taken))
        for verdict in given
    )
    wrong = (_fault(one, known, ran, (one.check, one.mark.file, one.line) in used) for one in excuses)
    return Judged(rest, len(taken), tuple(problem for problem in wrong if problem))


def _place(problem: Problem) -> tuple[str, str, int]:
    return (problem.id, problem.mark.file, problem.mark.line)


def _fault(excuse: Excuse, known: Collection[str], ran: Collection[str], used: bool) -> Problem | None:
    if excuse.check not in known:
        best = nearest(excuse.check, known)
        hint = f"did you mean {best}?" if best else "`specola check --explain` lists them"
        return Problem(excuse.mark, "", f"the excuse names no check: {excuse.check!r}", hint, "error", EXCUSES)
    if not excuse.reason:
        return Problem(excuse.mark, "", "the excuse has no reason", _WANTED, "error", EXCUSES)
    if excuse.check in ran and not used:
        message = f"the excuse is not needed: {excuse.check} finds nothing at line {excuse.line}"
        return Problem(excuse.mark, "", message, "remove the comment", "warning", EXCUSES)
    return None
