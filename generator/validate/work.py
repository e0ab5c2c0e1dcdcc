"""What a check looks at, and what it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from generator.validate.program import Said, run
from rules.groups import groups
from rules.log_alerts import log_groups
from rules.rule import Alerting
from spec.indicator import PromQL
from spec.locate import around, in_file
from spec.problem import Problem
from spec.stack import BoundAlert, BoundObjective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from generator.logql.uses import LogUse
    from generator.promql.uses import Expressions
    from rules.rule import Group, Recording
    from spec.problem import Level
    from spec.stack import SpecPath, Stack
    from spec.yaml_tree import Map


class Skip(Exception):  # not an error: a check that cannot be made here
    """The check cannot be made; the message says why, and what to do about it."""


@dataclass(frozen=True)
class Work:
    """A stack, and its artefacts laid out in a folder of their own as they would lie in the project.

    `folder` holds `build/` and a `secrets/` of made-up contents; `root` is the project, which is only read. `tools` are
    the words that start each tool, `missing` says of each other tool how to get it. `tree` gives every value its place.
    """

    stack: Stack
    tree: Map
    root: Path
    folder: Path
    artefacts: Mapping[str, bytes]
    tools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def ask(self, tool: str, *words: str, env: Mapping[str, str] | None = None) -> Said:
        """Run a tool in the folder. Raises Skip when it is not there."""
        if tool not in self.tools:
            raise Skip(self.missing.get(tool, f"{tool} is not installed"))
        return run((*self.tools[tool], *words), self.folder, env)

    def text(self, path: str) -> str:
        """An artefact's text; empty when it was not rendered."""
        return self.artefacts.get(path, b"").decode()

    def paths(self, folder: str, ending: str) -> tuple[str, ...]:
        """The artefacts below a folder whose names end so."""
        return tuple(path for path in sorted(self.artefacts) if path.startswith(f"{folder}/") and path.endswith(ending))

    @cached_property
    def boards(self) -> Mapping[str, Mapping[str, Any]]:
        """Every dashboard that was rendered, by the path of its file; what is no JSON mapping is left out."""
        found = {}
        for path in self.paths("dashboards", ".json"):
            try:
                document = json.loads(self.artefacts[path])
            except ValueError:
                continue
            if isinstance(document, dict):
                found[path] = document
        return found

    @cached_property
    def expressions(self) -> Expressions:
        """Every expression of PromQL, with what is known of it."""
        from generator.promql.uses import Expressions

        return Expressions(self)

    @cached_property
    def log_queries(self) -> tuple[LogUse, ...]:
        """Every query of log lines, of panels and of rules."""
        from generator.logql.uses import uses

        return uses(self)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every rule group of Prometheus."""
        return groups(self.stack)

    @cached_property
    def log_groups(self) -> tuple[Group, ...]:
        """Every rule group of Loki's ruler."""
        return log_groups(self.stack)

    def rule_origin(self, path: str, group: str, index: int, *, expression: bool = False) -> SpecPath:
        """Where in the spec a rule, or its expression, comes from: by its file, its group and its position in it."""
        found = next((one for one in self.groups if one.name == group), None)
        if found is None or index >= len(found.rules):
            return self.file_origin(path)
        rule = found.rules[index]
        return expression_origin(rule) if expression else rule.origin

    def file_origin(self, path: str) -> SpecPath:
        """The service that an artefact is named after, as far as one is."""
        stem = path.rpartition("/")[2].partition(".")[0]
        return ("services", stem) if stem in self.stack.spec.services else ("services",)

    def mapped(self, path: str, places: Mapping[str, str]) -> str:
        """A copy of an artefact in which other paths stand for those of a container; relative to the folder."""
        text = self.text(path)
        for container, here in places.items():
            text = text.replace(container, here)
        head, _, name = path.rpartition("/")
        copy = self.folder / "build" / head / f"checked-{name}"
        copy.write_text(text, encoding="utf-8")
        return copy.relative_to(self.folder).as_posix()

    def problem(self, at: SpecPath, message: str, hint: str = "", *, id: str, level: Level = "error") -> Problem:  # noqa: A002
        """A complaint at a place of the spec, without the paths of this run's folder.

        What the spec says nothing of (it has a default) is blamed on the part around it."""
        mark, path = in_file(self.tree, around(self.tree, at))
        return Problem(mark, path, plain(message, self.folder), hint, level, id)


def name_of(rule: Recording | Alerting) -> str:
    """What a rule is called: its alert, or the series it records."""
    return rule.alert if isinstance(rule, Alerting) else rule.record


def expression_origin(rule: Recording | Alerting) -> SpecPath:
    """Where the spec says what a rule looks at: the indicator's expression where it is one, else the rule itself."""
    source = rule.source if isinstance(rule, Alerting) else None
    if isinstance(source, BoundAlert | BoundObjective) and isinstance(source.indicator.spec, PromQL):
        return (*source.indicator.origin, "promql")
    return rule.origin


@dataclass(frozen=True)
class Check:
    """One look at the artefacts. `tool` is the program that looks, empty for a look of our own.

    `name` is the id of its problems. `page` is its documentation: what, why, an example. `group` joins many small
    looks to one row of a listing.
    """

    name: str
    tool: str
    look: Callable[[Work], Iterable[Problem]]
    page: str = ""
    group: str = ""


@dataclass(frozen=True)
class Verdict:
    """What came of a check: whether it was made, if not why, what it found, and how long it took in seconds."""

    name: str
    ran: bool
    skipped: str
    problems: tuple[Problem, ...]
    seconds: float = 0.0


def plain(message: str, folder: Path) -> str:
    """A tool's words on one line, without the folder that exists only during the check."""
    return " ".join(message.replace(f"{folder}/", "").split())
