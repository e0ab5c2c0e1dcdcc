"""What runs the stack: the values and the small protocol which the native and the docker backend share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from compose.fault import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

State = Literal["running", "starting", "exited", "absent", "foreign"]
Kind = Literal["start", "restart", "reload", "stop", "keep", "skip"]


@dataclass(frozen=True)
class Desired:
    """A component as the rendered files want it.

    `component` is what it is an instance of. `config_hash` covers what only a restart takes up (`compose/started.py`),
    `reload_hash` what a reload takes up. `needs` are started together with it, `after` only orders. `missing` says why
    it cannot run here: an optional program is not installed.
    """

    name: str
    title: str
    config_hash: str
    reload_hash: str = ""
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    reloadable: bool = False
    missing: str = ""
    component: str = ""


@dataclass(frozen=True)
class Observed:
    """A component as it is. `started_at` is in seconds since the epoch, 0 when it does not run.

    `foreign` runs, but nobody watches over it: it outlived its supervisor, or another project made its container.
    `health` is `healthy`, empty when there is nothing to ask, else what is wrong.
    """

    name: str
    state: State
    health: str = ""
    config_hash: str = ""
    reload_hash: str = ""
    version: str = ""
    address: str = ""
    started_at: float = 0.0
    restarts: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Step:
    """One thing to do, and why: a line of what `up` prints."""

    kind: Kind
    component: str
    reason: str = ""


@dataclass(frozen=True)
class Progress:
    """One component while `up` waits for it: told when it changes. `seconds` counts from the start of the wait."""

    component: str
    ready: bool
    seconds: float
    detail: str = ""


LOG_LINES = 500
"""As many lines of a log are looked through for what a component complains of."""


class Backend(Protocol):
    """Runs components. Every method raises `Trouble` when the reader has something to do about it."""

    @property
    def name(self) -> str:
        """`native` or `docker`."""

    def desired(self) -> tuple[Desired, ...]:
        """The components of the rendered files, in their order there."""

    def observe(self) -> tuple[Observed, ...]:
        """Every component there is or should be; one that does not run is `absent`."""

    def prepare(self, steps: tuple[Step, ...]) -> None:
        """Find everything that can be known to fail, all of it at once, before anything is touched."""

    def apply(self, step: Step) -> None:
        """Carry out one step. A reload returns only when the component reports the rendered configuration."""

    def wait(self, components: tuple[str, ...], seconds: float) -> Iterator[Progress]:
        """Until all are healthy; past the deadline `Trouble` names those that are not, with the end of their logs."""

    def logs(self, component: str, follow: bool, lines: int) -> Iterator[str]:
        """The last lines of a component, then, with `follow`, those to come until the reader stops."""

    def down(self, volumes: bool) -> None:
        """End every component; with `volumes` remove what they stored, too."""


def last_lines(backend: Backend, component: str) -> tuple[str, ...]:
    """What a component printed last; nothing when it has not run."""
    try:
        return tuple(backend.logs(component, follow=False, lines=LOG_LINES))
    except Trouble:
        return ()
