"""A change as a reviewer reads it: one sentence in one of five groups, with the risk it carries, and where it holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from diff.clear import masked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spec.problem import Problem

Group = Literal["paged", "seen", "watched", "cost", "up"]
Sign = Literal["+", "-", "~"]
GROUPS: tuple[tuple[Group, str], ...] = (
    ("paged", "Who gets paged"),
    ("seen", "What we see"),
    ("watched", "What we watch"),
    ("cost", "What it costs"),
    ("up", "What happens on `up`"),
)
"""What a reviewer asks, in this order."""


@dataclass(frozen=True)
class Change:
    """One difference. `sign` tells whether the subject is new, gone or different; `text` says the rest in words.

    `risk` names the danger, empty when there is none. `environments` are those it holds in, empty when in all.
    """

    group: Group
    sign: Sign
    subject: str
    text: str = ""
    risk: str = ""
    environments: tuple[str, ...] = ()

    def told(self) -> Change:
        """The same without anything that looks like a secret: what is printed may be read by anyone."""
        return replace(self, subject=masked(self.subject), text=masked(self.text))

    @property
    def sentence(self) -> str:
        """`alert shop/ErrorsHigh: fires above 10% instead of 5%`"""
        return f"{self.subject}: {self.text}" if self.text else self.subject


@dataclass(frozen=True)
class Outcome:
    """What was compared, and what came of it. `notes` say what could not be compared, or was left out."""

    base: str
    head: str
    environments: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    base_problems: tuple[Problem, ...] = ()
    head_problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def risks(self) -> tuple[Change, ...]:
        """The changes that somebody should think about twice."""
        return tuple(change for change in self.changes if change.risk)

    def of(self, group: Group) -> tuple[Change, ...]:
        """The changes of a group, in their order."""
        return tuple(change for change in self.changes if change.group == group)


def together(found: Mapping[str, Sequence[Change]]) -> tuple[Change, ...]:
    """The changes of all environments, each once, with the environments it holds in unless it holds in every one.

    Those of one subject stand together.
    """
    places: dict[Change, list[str]] = {}
    for environment, changes in found.items():
        for change in changes:
            known = places.setdefault(change.told(), [])
            if environment not in known:
                known.append(environment)
    merged = [
        change if len(known) == len(found) else replace(change, environments=tuple(known))
        for change, known in places.items()
    ]
    groups = {group: position for position, (group, _) in enumerate(GROUPS)}
    subjects: dict[tuple[str, str], int] = {}
    for change in merged:
        subjects.setdefault((change.group, change.subject), len(subjects))
    return tuple(sorted(merged, key=lambda one: (groups[one.group], subjects[one.group, one.subject])))
