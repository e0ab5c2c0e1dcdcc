"""Grafana Alloy: `fmt --test` (the canonical form, and syntax) and `validate` (components and their attributes)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.alloy import STABILITY
from generator.validate.work import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath

CONFIG = "alloy/config"
_ENDING = ".alloy"
_ERROR = re.compile(r"(?:^|\s)(?:Error: )?[^\s:]+\.alloy:(?P<line>\d+):\d+: (?P<what>.*)")
_BLOCK = re.compile(r'[a-z][a-z_.]*(?: "(?P<label>[^"]+)")? \{$')
"""The first line of a block that stands in no other."""


def config(work: Work) -> Iterator[Problem]:
    """Both looks at every Alloy file that was rendered."""
    files = (*work.paths("native", _ENDING), *work.paths("docker", _ENDING))
    if not files:
        raise Skip("no Alloy configuration was rendered")
    env = {"SPECOLA_DATA": "/nowhere", "SPECOLA_BUILD": "/nowhere"}
    for path in files:
        found = False  # a mistake of syntax; then there is nothing to validate
        for line, message in _syntax(work, path):
            found = line > 0
            yield work.problem(origin(work, path, line), f"{path}: {message}", id=CONFIG)
        for line, message in () if found else _components(work, path, env):
            yield work.problem(origin(work, path, line), f"{path}: {message}", id=CONFIG)


def origin(work: Work, path: str, line: int) -> SpecPath:
    """The service after which the block around the line is named, else the component."""
    blocks = filter(None, map(_BLOCK.match, reversed(work.text(path).splitlines()[:line])))
    label = next((block["label"] for block in blocks), "")
    for name in work.stack.spec.services:
        if name.replace("-", "_") == label:
            return ("services", name, "logs")
    return ("components", "alloy")


def _syntax(work: Work, path: str) -> Iterator[tuple[int, str]]:
    said = work.ask("alloy", "fmt", "--test", f"build/{path}")
    if not said.code:
        return
    errors = tuple(_errors(said.text))
    yield from errors or ((0, "not in Alloy's canonical form" if "format" in said.text else said.last),)


def _components(work: Work, path: str, env: dict[str, str]) -> Iterator[tuple[int, str]]:
    said = work.ask("alloy", "validate", STABILITY, f"build/{path}", env=env)
    if not said.code:
        return
    if "unknown command" in said.text:
        raise Skip("this alloy has no `validate`; version 1.9 has")
    yield from tuple(_errors(said.text)) or ((0, said.last),)


def _errors(text: str) -> Iterator[tuple[int, str]]:
    for found in filter(None, map(_ERROR.search, text.splitlines())):
        yield int(found["line"]), found["what"].strip()
