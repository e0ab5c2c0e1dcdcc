"""Two stacks, and every change between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diff import clear, cost, matched, measured, paged, quiet, seen, shown, up
from diff.change import Change
from diff.edits import edits, leaves
from diff.explain import explained
from diff.touched import moved, touched
from spec.include import without_collection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diff.edits import Edit
    from spec.stack import Stack

IN_CLEAR = "secret in clear"


def compare(base: Stack, head: Stack, *, complete: bool = True) -> tuple[Change, ...]:
    """Every change of meaning, none when nothing but the text differs. `complete`: no service was left out."""
    with without_collection():  # what is made of two large stacks is all kept until they are compared
        found = tuple(edits(base.spec, head.spec))
        return tuple(_changes(base, head, found, complete=complete)) if found else ()


def _changes(base: Stack, head: Stack, found: tuple[Edit, ...], *, complete: bool) -> Iterator[Change]:
    yield from _in_clear(found)
    alerts = matched.match(base, head)
    yield from paged.alert_changes(alerts)
    yield from paged.told_changes(base, head, alerts)
    yield from quiet.inhibition_changes(base, head, matched.by_names(alerts))
    yield from quiet.silence_changes(base, head)
    yield from quiet.mute_changes(base, head)
    yield from explained(found)
    yield from measured.measured_changes(
        base, head, dict.fromkeys(edit.path[1] for edit in found if edit.path[0] == "services")
    )
    names = touched(base, head, found, alerts)
    both = shown.dashboards(base, names), shown.dashboards(head, names)
    yield from seen.seen_changes(*both)
    yield from measured.left_without(base, head, both[1])
    yield from cost.cost_changes(base, head, complete=complete)
    yield from up.up_changes(base, head, both, names | moved(base, head))


def _in_clear(found: tuple[Edit, ...]) -> Iterator[Change]:
    words = "holds what looks like a secret: put it into a file and name it in `secrets`"
    for edit in found:
        known = {text for _, text in leaves(edit.before)}
        for path, text in leaves(edit.after, edit.path):
            if text not in known and clear.holds_secret(text):
                yield Change("watched", "~", ".".join(path), words, IN_CLEAR)
