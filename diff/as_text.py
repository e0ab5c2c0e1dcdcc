"""A comparison for a terminal: what is dangerous first, then the five questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diff.change import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from diff.change import Change, Outcome
    from spec.problem import Problem

    Painter = Callable[[str, str], str]

NOTHING = "no difference in meaning"
_RED, _GREEN, _YELLOW, _BOLD, _END = "\033[31m", "\033[32m", "\033[33m", "\033[1m", "\033[0m"
_COLOURS = {"+": _GREEN, "-": _RED, "~": _YELLOW}


def text(outcome: Outcome, *, colour: bool) -> Iterator[str]:
    """Line for line."""
    paint = _paint if colour else _plain
    yield paint(_BOLD, f"{outcome.base} → {outcome.head}") + _environments(outcome)
    yield from _problems("BASE", outcome.base_problems)
    yield from _problems("HEAD", outcome.head_problems)
    yield from (f"note: {note}" for note in outcome.notes)
    if not outcome.changes:
        yield "" if outcome.base_problems or outcome.head_problems else NOTHING
        return
    if outcome.risks:
        yield ""
        yield paint(_BOLD + _RED, f"{len(outcome.risks)} to think about twice")
        for change in outcome.risks:
            yield f"  {paint(_RED, f'! {change.risk}')}: {readable(change.sentence)}{_where(change)}"
    for group, title in GROUPS:
        changes = outcome.of(group)
        if changes:
            yield ""
            yield paint(_BOLD, title)
            yield from (_line(change, paint) for change in changes)


def _line(change: Change, paint: Painter) -> str:
    risk = paint(_RED, f"  ! {change.risk}") if change.risk else ""
    return f"  {paint(_COLOURS[change.sign], change.sign)} {readable(change.sentence)}{_where(change)}{risk}"


def _where(change: Change) -> str:
    return f"  [{', '.join(change.environments)}]" if change.environments else ""


def _environments(outcome: Outcome) -> str:
    return f" ({', '.join(outcome.environments)})" if any(outcome.environments) else ""


def _problems(side: str, problems: Iterable[Problem]) -> Iterator[str]:
    for problem in problems:
        yield f"{side}: {readable(problem.text())}"


def readable(sentence: str) -> str:
    """On one line, without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in sentence)


def _paint(colour: str, words: str) -> str:
    return f"{colour}{words}{_END}"


def _plain(_: str, words: str) -> str:
    return words
