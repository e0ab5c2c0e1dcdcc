"""Seeded edits of a small spec, each with everything that `specola diff` must say of it, to the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from diff.as_text import text
from diff.change import Outcome, together
from diff.compare import compare
from diff.pair import pairs
from diff.sides import Side
from tests.diff.case import BASE, CASES, EXPECT, read

if TYPE_CHECKING:
    from pathlib import Path


def told(head: Path, settings: tuple[str, ...] = ()) -> str:
    """What is said of the folder, after the line that says what is compared."""
    found = pairs(Side(BASE / "stack.yaml", "BASE"), Side(head / "stack.yaml", "HEAD"), "", settings)
    assert (found.base_problems, found.head_problems, found.notes) == ({}, {}, {})
    changes = {pair.environment: compare(pair.base, pair.head, complete=found.complete) for pair in found.found}
    lines = text(Outcome("BASE", "HEAD", tuple(changes), together(changes)), colour=False)
    return "".join(f"{line}\n" for line in lines).partition("\n")[2]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_edit_is_told_as_what_it_means(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    case = read(path)
    found = told(case.lay_out(tmp_path / "head"), case.settings)
    if request.config.getoption("--refresh", default=False):
        path.write_text(path.read_text().partition(EXPECT)[0] + EXPECT + found)
    else:
        assert found == case.expected


def test_no_edit_is_there_twice_and_none_expects_nothing() -> None:
    cases = [read(path) for path in CASES]
    assert len({repr(case.parts) for case in cases}) == len({case.title for case in cases}) == len(cases) >= 60
    assert all(case.expected for case in cases)
