"""What is to run in a container, as a value: all that the compose file says about one service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.images import Image

STACK = "stack"
"""The network where components talk to each other; it has no way out."""
EGRESS = "egress"
"""The network with a way out, for what must reach other people's services."""


@dataclass(frozen=True)
class Mount:
    """A path of the host inside the container, read-only unless said otherwise.

    `source` starts with a slash or one of `{build}` `{root}` `{secrets}` `{logs}` `{programs}`. Mount the folder of a
    file that will change, not the file: files are replaced, and a mounted file stays what it was at the start.
    Do not mount one path inside another: the outer one is read-only, so the place for the inner one cannot be made.
    """

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Volume:
    """A named volume. A new one takes owner and mode from the image's folder at the `target` of a writer."""

    name: str
    target: str
    writable: bool = True


@dataclass(frozen=True)
class Publish:
    """A port of the container on an address of the host; port 0 lets the engine choose a free one."""

    port: int
    internal: int
    address: str = "127.0.0.1"


@dataclass(frozen=True)
class Health:
    """How to tell that the service is well: `path` answers 200; without it, or with TLS, the port connects.

    `secret` names the file with the password when the path asks for basic authentication. Times are in seconds;
    failures within `start_period` do not count.
    """

    port: int
    path: str = ""
    secret: str = ""
    tls: bool = False
    interval: int = 5
    timeout: int = 5
    retries: int = 3
    start_period: int = 60


@dataclass(frozen=True)
class Reload:
    """How a running service takes up changed files: a POST to `path` where its port is published, else `signal`."""

    signal: str = "HUP"
    path: str = ""


@dataclass(frozen=True)
class Limits:
    """The most a service may use: memory in MiB, processors, and processes and threads together."""

    memory: int = 256
    cpus: float = 1.0
    pids: int = 200


@dataclass(frozen=True)
class Unit:
    """One service of the stack as a hardened container.

    `name` is the service's name and its host name on the network, `component` what it is an instance of; `secrets` are
    names of files in `secrets/`, found in the container at `/run/secrets/<name>`; `tmpfs` adds to the image's own. The
    three kinds of `files` are paths relative to `build/` (a trailing slash means a folder and all below): a change
    reloads, restarts, or needs nothing. `after` orders the start, `needs` are the services which `up NAME` starts too.
    `entrypoint` and `user` replace the image's. `engine` lets it talk to the container engine, which makes it root on
    the host.
    """

    name: str
    title: str
    image: Image
    entrypoint: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    volumes: tuple[Volume, ...] = ()
    tmpfs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    networks: tuple[str, ...] = (STACK,)
    ports: tuple[Publish, ...] = ()
    health: Health | None = None
    reload: Reload | None = None
    reload_files: tuple[str, ...] = ()
    restart_files: tuple[str, ...] = ()
    live_files: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    host_pids: bool = False
    engine: bool = False
    user: str = ""
    stop_seconds: int = 10
    component: str = ""
