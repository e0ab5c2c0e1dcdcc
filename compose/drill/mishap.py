"""A mishap as a value: what is done to a component, and the ways to do it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeAlias

from compose.backend import Step
from compose.clients import UnreachableError, patiently
from compose.fault import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compose.backend import Backend
    from compose.clients import Clients

    Back: TypeAlias = Callable[[], None]

AGAIN = 0.5
"""Seconds between two turns of what is done again and again."""


@dataclass(frozen=True)
class Ground:
    """What a mishap acts on: the running components, and the files they read."""

    backend: Backend
    clients: Clients
    root: Path


@dataclass(frozen=True)
class Mishap:
    """`begin` does it to a component, for at most so many seconds, and returns what puts everything back.

    `grows`: what is measured is an age, which takes as long as the alert's threshold says to get there. `counts` are
    the counters of the component that go up, and cannot be turned back.
    """

    component: str
    begin: Callable[[Ground, float], Back]
    grows: bool = False
    counts: tuple[str, ...] = ()

    @property
    def touches(self) -> str:
        """Mishaps of the same component are not brought about together."""
        return f"component {self.component}"

    @property
    def shakes(self) -> bool:
        """Whether everything else is told late. Prometheus that takes up its configuration knows no Alertmanager for up
        to five seconds (it looks for them no more often) and tells nobody."""
        return self.component == "prometheus"


def stopped(component: str) -> Mishap:
    """The component ends."""

    def begin(ground: Ground, _: float) -> Back:
        ground.backend.apply(Step("stop", component, "a drill"))
        return lambda: ground.backend.apply(Step("start", component, "the drill is over"))

    return Mishap(component, begin)


def changed(component: str, file: str, damage: Callable[[bytes], bytes], *counts: str) -> Mishap:
    """A file that the component reads is changed before it is told to load it. `file` lies below the runtime's folder
    of `build/`."""

    def begin(ground: Ground, _: float) -> Back:
        path = ground.root / "build" / ground.backend.name / file
        whole = path.read_bytes()

        def back() -> None:
            path.write_bytes(whole)
            answer = patiently(lambda: ground.clients.of(component).ask("POST", "/-/reload"))
            if not answer.ok:
                raise Trouble(f"{component} does not take its configuration back: {answer.text[:200]}")

        path.write_bytes(damage(whole))
        try:
            ground.clients.of(component).ask("POST", "/-/reload")
        except UnreachableError as error:
            path.write_bytes(whole)
            raise Trouble(str(error), "`specola status` shows what runs") from error
        return back

    return Mishap(component, begin, counts=counts)


def repeated(component: str, ask: Callable[[Ground], None], *counts: str) -> Mishap:
    """The component is asked for something wrong, again and again."""
    return Mishap(component, lambda ground, _: again_and_again(lambda: ask(ground)), counts=counts)


def again_and_again(act: Callable[[], None]) -> Back:
    """Act beside the drill until what this returns is called. A component that is just away is tried again."""
    over = Event()

    def turns() -> None:
        while not over.wait(AGAIN):
            with suppress(UnreachableError, OSError):
                act()

    thread = Thread(target=turns, name="mishap", daemon=True)
    thread.start()

    def back() -> None:
        over.set()
        thread.join()

    return back
