"""Excuses: where they count, what they need, and when they are too many."""

from __future__ import annotations

from textwrap import dedent

import pytest

from generator.validate.excuses import judge, read
from generator.validate.work import Verdict
from spec.problem import Mark, Problem

ID = "promql/short-window"
KNOWN = (ID, "promql/raw-counter", "loki/config")


def found(line: int, name: str = ID) -> Problem:
    return Problem(Mark("services/shop.yaml", line, 5), "alerts[0]", "too short", id=name)


def said(text: str, *problems: Problem, ran: bool = True) -> tuple[list[int], list[str]]:
    """The lines of the problems that are left, and what is said of the excuses."""
    verdicts = (Verdict(ID, ran, "", problems), Verdict("loki/config", False, "not here", ()))
    judged = judge(verdicts, read({"services/shop.yaml": dedent(text)}), KNOWN)
    left = [problem.mark.line for verdict in judged.verdicts for problem in verdict.problems]
    return left, [problem.text() for problem in judged.problems]


def test_an_excuse_at_the_end_of_its_line() -> None:
    assert said("a: 1\nb: 2  # specola: allow promql/short-window: scraped every second\n", found(2), found(1)) == (
        [1],
        [],
    )


def test_an_excuse_above_its_line_may_have_other_comments_and_excuses_below_it() -> None:
    text = """\
    a: 1
      # specola: allow promql/short-window: scraped every second
      # specola: allow loki/config: another check, which was not made

      # why this is so
      b: 2
    """
    assert said(text, found(6)) == ([], [])


def test_an_excuse_counts_for_its_own_check_only() -> None:
    text = "b: 2  # specola: allow promql/short-window: scraped every second"
    left, problems = said(text, found(1, "promql/raw-counter"))
    assert left == [1]
    assert problems == [
        "services/shop.yaml:1:7: warning: the excuse is not needed: promql/short-window finds nothing at line 1 "
        "(remove the comment)"
    ]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("allow promql/short-window", "the excuse has no reason (write # specola: allow ID: reason)"),
        ("allow promql/short-window:  ", "the excuse has no reason (write # specola: allow ID: reason)"),
        (
            "allow promql/short-windows: fast",
            "the excuse names no check: 'promql/short-windows' (did you mean promql/short-window?)",
        ),
        ("allow: all", "the excuse names no check: '' (`specola check --explain` lists them)"),
    ],
)
def test_an_excuse_that_excuses_nothing(comment: str, message: str) -> None:
    left, problems = said(f"b: 2  # specola: {comment}", found(1))
    assert left == [1]
    assert problems == [f"services/shop.yaml:1:7: {message}"]


def test_an_excuse_of_a_check_that_was_not_made_is_left_in_peace() -> None:
    assert said("b: 2  # specola: allow loki/config: an older Loki") == ([], [])


def test_words_in_a_value_are_no_excuse() -> None:
    assert said('b: "a#specola: allow promql/short-window: no"', found(1)) == ([1], [])
