"""Templates of notifications, without any tool: each that is used is defined, and every action is closed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.validate.amtool import NATIVE, origin, readable, templated
from generator.validate.work import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

TEMPLATES = "alertmanager/templates"
_USED = re.compile(r'\{\{-?\s*template\s+"([^"]+)"')
_DEFINED = re.compile(r'\{\{-?\s*(?:define|block)\s+"([^"]+)"')
_BUILT_IN = re.compile(
    r"__|(?:discord|email|msteams|msteamsv2|opsgenie|pagerduty|pushover|slack|sns|telegram|victorops|webex|wechat)\.default\."
)
"""Templates that Alertmanager brings along."""


def templates(work: Work) -> Iterator[Problem]:
    """Templates that are used but not defined, and braces that are not closed, in the templates and in receivers."""
    if NATIVE not in work.artefacts:
        raise Skip("alertmanager is switched off in the spec")
    files = {path: work.text(path) for path in work.paths(TEMPLATES, ".tmpl")}
    defined = {name for text in files.values() for name in _DEFINED.findall(text)}
    for path, text in files.items():
        for message in _faults(text, defined):
            yield work.problem(("notification",), f"{path}: {message}", id=TEMPLATES)
    tree = readable(work)
    for part, text in templated(tree, ()):
        for message in _faults(text, defined):
            yield work.problem(origin(work, tree, part), f"alertmanager.yml: {part[-1]}: {message}", id=TEMPLATES)


def _faults(text: str, defined: set[str]) -> Iterator[str]:
    for name in dict.fromkeys(_USED.findall(text)):
        if name not in defined and not _BUILT_IN.match(name):
            yield f"template {name!r} is used, but defined nowhere"
    opened = 0
    for number, line in enumerate(text.splitlines(), 1):
        for brace in re.findall(r"\{\{|\}\}", line):
            opened += 1 if brace == "{{" else -1
            if opened not in (0, 1):
                yield f"line {number}: {'{{ inside an action' if opened > 1 else '}} without its {{'}"
                return
    if opened:
        yield "an action is not closed: '}}' is missing at its end"
