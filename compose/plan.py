"""The difference between the stack that is wanted and the one that runs, as steps in the order of starting.

Pure: it looks at values and touches nothing, so that `up` can show what it is about to do and tests need no process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.backend import Observed, Step
from compose.fault import Trouble
from compose.started import changed
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compose.backend import Desired

ABSENT = Observed("", "absent")


def plan(desired: Iterable[Desired], observed: Iterable[Observed], only: Iterable[str] = ()) -> tuple[Step, ...]:
    """Steps from what runs to what is wanted: first what has to go, then each component after those it waits for.

    With `only`, these components (every instance of each) and what they need, and nothing else is touched. A name in it
    that is no component raises `Trouble`. `after` and `needs` in a circle are a mistake of the renderer: ValueError.
    """
    wanted = {component.name: component for component in desired}
    running = {component.name: component for component in observed}
    chosen = _with_needs(tuple(only), wanted) if tuple(only) else frozenset(wanted)
    reasons = _unavailable(wanted)
    steps = () if tuple(only) else _leftovers(wanted, running)
    for name in start_order(wanted):
        if name in chosen:
            steps += (_step(wanted[name], running.get(name, ABSENT), reasons.get(name, "")),)
    return steps


def start_order(wanted: Mapping[str, Desired]) -> tuple[str, ...]:
    """Names such that each comes after all it waits for, otherwise as rendered."""
    order: dict[str, None] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in path:
            raise ValueError(f"components wait for each other: {' → '.join([*path[path.index(name) :], name])}")
        path.append(name)
        for earlier in (*wanted[name].after, *wanted[name].needs):
            if earlier in wanted:
                visit(earlier)
        path.pop()
        order[name] = None

    for name in wanted:
        visit(name)
    return tuple(order)


def unknown(name: str, names: Iterable[str]) -> Trouble:
    """The answer to a name that is no component's."""
    known = tuple(names)
    near = nearest(name, known)
    return Trouble(
        f"no component is called {name}", f"did you mean {near}?" if near else f"there are: {', '.join(known)}"
    )


def _with_needs(only: tuple[str, ...], wanted: Mapping[str, Desired]) -> frozenset[str]:
    """The named components and, all the way down, what they need."""
    found: set[str] = set()
    todo = list(only)
    while todo:
        name = todo.pop()
        if name not in wanted:
            raise unknown(name, wanted)
        if name not in found:
            found.add(name)
            todo.extend(other for other, one in wanted.items() if one.component == name)
            todo.extend(need for need in wanted[name].needs if need in wanted)
    return frozenset(found)


def _unavailable(wanted: Mapping[str, Desired]) -> dict[str, str]:
    """Why a component cannot run: its own program is missing, or it needs a component that cannot."""
    reasons: dict[str, str] = {}
    for name in start_order(wanted):
        if wanted[name].missing:
            reasons[name] = wanted[name].missing
            continue
        lacking = next((need for need in wanted[name].needs if need in reasons), "")
        if lacking:
            reasons[name] = f"needs {lacking}, which is not here"
    return reasons


def _leftovers(wanted: Mapping[str, Desired], running: Mapping[str, Observed]) -> tuple[Step, ...]:
    """What runs, or is meant to come back, although it is no longer wanted: last started, first stopped."""
    gone = [name for name, seen in running.items() if name not in wanted and seen.state != "absent"]
    return tuple(Step("stop", name, "no longer in the spec") for name in reversed(gone))


def _step(want: Desired, seen: Observed, unavailable: str) -> Step:
    if unavailable:
        return Step("skip", want.name, unavailable) if seen.state == "absent" else Step("stop", want.name, unavailable)
    if seen.state == "absent":
        return Step("start", want.name, "not running")
    if seen.state == "foreign":
        return Step("restart", want.name, seen.detail or "runs without anyone watching over it")
    if seen.state == "exited":
        return Step("restart", want.name, seen.detail or "has exited")
    if seen.config_hash != want.config_hash:
        return Step("restart", want.name, changed(seen.config_hash, want.config_hash))
    if seen.reload_hash != want.reload_hash:
        return Step("reload" if want.reloadable else "restart", want.name, "its configuration changed")
    return Step("keep", want.name, "unchanged")
