"""A comparison for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from diff.change import GROUPS

if TYPE_CHECKING:
    from diff.change import Change, Outcome
    from spec.problem import Problem

VERSION = 1


def as_json(outcome: Outcome) -> str:
    """`changes` by group; an empty list of environments stands for all of them."""
    return json.dumps(
        {
            "version": VERSION,
            "base": outcome.base,
            "head": outcome.head,
            "environments": list(outcome.environments),
            "risks": len(outcome.risks),
            "changes": {group: [_change(change) for change in outcome.of(group)] for group, _ in GROUPS},
            "problems": {
                "base": [_problem(problem) for problem in outcome.base_problems],
                "head": [_problem(problem) for problem in outcome.head_problems],
            },
            "notes": list(outcome.notes),
        },
        indent=1,
        ensure_ascii=False,
    )


def _change(change: Change) -> dict[str, Any]:
    return {
        "sign": change.sign,
        "subject": change.subject,
        "text": change.text,
        "risk": change.risk,
        "environments": list(change.environments),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    mark = problem.mark
    return {
        "file": mark.file, "line": mark.line, "column": mark.column, "path": problem.path, "message": problem.message,
        "hint": problem.hint, "id": problem.id,
    }  # fmt: skip
