"""A comparison as one comment of a pull request: it fits GitHub's limit, and a marker lets an update find it again.

Names come from whoever opened the pull request: nothing in them may become a link, a mention, markup or HTML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diff.as_text import NOTHING, readable
from diff.change import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from diff.change import Change, Outcome
    from spec.problem import Problem

MARKER = "<!-- specola-diff -->"
LIMIT = 65_536
"""The most characters GitHub takes in a comment."""
_ROOM = LIMIT - 1_500
"""Left for lines between, notes of what was cut, and a footer of the workflow's own."""
_RISKS, _PROBLEMS = 0.25, 0.15
"""The most of the room that each may take before the five questions."""
_SIGNS = {"+": "added", "-": "removed", "~": "changed"}
_LONGEST = 2_000
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~>$-])")
_GLUE = "&#8203;"
"""A space without width: what it parts is no mention, no issue and no address any more."""


def markdown(outcome: Outcome) -> str:
    """The comment. The same outcome gives the same text."""
    parts = [MARKER, "## What this change means", "", _compared(outcome), ""]
    room = _ROOM - sum(len(part) + 1 for part in parts)
    for side, problems in (("BASE", outcome.base_problems), ("HEAD", outcome.head_problems)):
        if problems:
            parts += [
                f"**Problems in {side}**",
                "",
                *_fitting(_problem_lines(problems), int(_ROOM * _PROBLEMS / 2)),
                "",
            ]
    parts += [*_fitting([f"- {escaped(note)}" for note in outcome.notes], int(_ROOM * _PROBLEMS / 2)), ""] * bool(
        outcome.notes
    )
    if outcome.risks:
        parts += [f"**{len(outcome.risks)} to think about twice**", ""]
        parts += [*_fitting([_risk(change) for change in outcome.risks], int(_ROOM * _RISKS)), ""]
    if not outcome.changes and not outcome.base_problems and not outcome.head_problems:
        parts.append(f"{NOTHING.capitalize()}.")
    room = _ROOM - sum(len(part) + 1 for part in parts)
    groups = [(title, outcome.of(group)) for group, title in GROUPS if outcome.of(group)]
    for position, (title, changes) in enumerate(groups):
        section = list(_section(title, changes, room // (len(groups) - position)))
        parts += section
        room -= sum(len(part) + 1 for part in section)
    return "\n".join(parts).rstrip("\n") + "\n"


def _compared(outcome: Outcome) -> str:
    where = f", in {escaped(', '.join(outcome.environments))}" if any(outcome.environments) else ""
    return f"{escaped(outcome.base)} → {escaped(outcome.head)}{where}"


def _section(title: str, changes: Sequence[Change], room: int) -> Iterator[str]:
    frame = f"<details><summary><b>{title.replace('`up`', '<code>up</code>')}</b> ({len(changes)})</summary>"
    yield frame
    yield ""
    yield from _fitting([_line(change) for change in changes], room - len(frame) - len("</details>") - 4)
    yield ""
    yield "</details>"


def _fitting(lines: Sequence[str], room: int) -> Iterator[str]:
    """As many lines as there is room for, and how many there are besides."""
    cut = "- *… and {} more: `specola diff` shows them all*"
    room -= len(cut) + 8
    for position, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            yield cut.format(len(lines) - position)
            return
        yield line


def _line(change: Change) -> str:
    risk = f" — **{change.risk}**" if change.risk else ""
    return f"- {_SIGNS[change.sign]}: {_sentence(change)}{risk}"


def _risk(change: Change) -> str:
    return f"- **{change.risk}**: {_sentence(change)}"


def _sentence(change: Change) -> str:
    where = f" *({escaped(', '.join(change.environments))})*" if change.environments else ""
    words = change.text if len(change.text) <= _LONGEST else f"{change.text[:_LONGEST]}…"
    return f"**{escaped(change.subject)}**" + (f": {escaped(words)}" if words else "") + where


def _problem_lines(problems: Sequence[Problem]) -> list[str]:
    return [f"- {escaped(problem.text())}" for problem in problems]


def escaped(words: str) -> str:
    """The words as they are, whatever they hold."""
    plain = " ".join(readable(words).split()).replace("&", "&amp;").replace("<", "&lt;")
    marked = _MARKUP.sub(r"\\\1", plain)
    marked = re.sub(r"(@|\\#)(?=\w)", rf"\1{_GLUE}", marked)
    return (
        re.sub(r"(?i)(?<=\w)(://|\.(?=\w))|(?<=\bwww)\.", rf"{_GLUE}\g<0>", marked) if _LINK.search(marked) else marked
    )


_LINK = re.compile(r"(?i)\w://|\bwww\.")
