"""The container engine: whether it can run the stack here, and its complaints turned into advice."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from compose.fault import Trouble
from compose.images import Image, absent, unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

Runtime = Literal["auto", "docker", "native"]

ANSWER_SECONDS = 30
"""How long the engine may take for one answer; a registry behind it counts, too."""


@dataclass(frozen=True)
class Choice:
    """What will run the stack, and why in words."""

    name: Literal["docker", "native"]
    why: str


def choose(runtime: Runtime, images: tuple[Image, ...]) -> Choice:
    """Docker when an engine answers and has the images or can pull them, else native processes.

    With `docker` asked for and not to be had, Trouble says why.
    """
    if runtime == "native":
        return Choice("native", "asked for")
    try:
        return Choice("docker", usable(images))
    except Trouble as trouble:
        if runtime == "docker":
            raise
        return Choice("native", f"docker cannot be used: {trouble.message}")


def usable(images: tuple[Image, ...]) -> str:
    """What makes docker usable here, in words. Raises Trouble with the first thing that is in its way."""
    client = connect()
    with advised():
        engine = str(client.version().get("Version", "unknown"))
        compose = compose_version()
        missing = absent(client, images)
        complaint = unreachable(client, missing)
    if complaint:
        raise Trouble(complaint, "load them into the engine, set SPECOLA_IMAGE_<NAME>, or use the native runtime")
    pulled = f", {len(missing)} of {len(images)} images to be pulled" if missing else f", all {len(images)} images here"
    return f"engine {engine}, compose {compose}{pulled}"


def connect() -> DockerClient:
    """A client of the engine that the `docker` command would use. Raises Trouble when none answers."""
    import docker

    address = endpoint()
    _knock(address)
    with advised():
        client = docker.DockerClient(base_url=address, timeout=ANSWER_SECONDS)
        client.ping()
    return client


def _knock(address: str) -> None:
    """See whether anybody listens; the client library would leave a refused socket open."""
    scheme, _, path = address.partition("://")
    if scheme == "unix":
        try:
            with socket.socket(socket.AF_UNIX) as door:
                door.settimeout(ANSWER_SECONDS)
                door.connect(path)
        except PermissionError as error:
            raise advice("permission denied") from error
        except OSError as error:
            raise advice(f"connection refused: {error}") from error


def endpoint() -> str:
    """Where the engine is: DOCKER_HOST, else the current context of the `docker` command.

    Raises Trouble for an engine on another machine: it could not see the rendered files.
    """
    from docker import ContextAPI

    host = os.environ.get("DOCKER_HOST") or getattr(ContextAPI.get_current_context(), "Host", "")
    address = host or "unix:///var/run/docker.sock"
    if not re.match(r"(unix|npipe)://|(tcp|https?)://(localhost|127\.|\[::1\])", address):
        raise Trouble(f"the engine at {address} is on another machine", "run the command there, or unset DOCKER_HOST")
    return address


def door(client: DockerClient) -> tuple[str, int]:
    """The engine's socket on this host, and the group that a container needs to be in to open it.

    A rootless engine's own user is root in its containers. Raises Trouble when the engine is not reached by a socket.
    """
    address = endpoint()
    scheme, _, path = address.partition("://")
    if scheme != "unix":
        hint = "take access.docker_socket from the spec, or reach the engine by its socket (DOCKER_HOST)"
        raise Trouble(f"Alloy is to read what containers print, but the engine at {address} is not a socket", hint)
    with advised():
        rootless = "name=rootless" in client.info().get("SecurityOptions", ())
    return path, 0 if rootless else Path(path).stat().st_gid


def compose_version() -> str:
    """The version of compose v2. Raises Trouble when the command or its plugin is missing or older."""
    try:
        done = subprocess.run(("docker", "compose", "version", "--short"), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Trouble("there is no docker command", "install the docker command line with its compose plugin") from None
    version = done.stdout.strip().removeprefix("v")
    if done.returncode or not re.match(r"([2-9]|\d\d)\.", version):
        found = f"compose {version} is too old" if version else "docker has no compose plugin"
        raise Trouble(found, "install compose v2 (package docker-compose-plugin or docker-compose-v2)")
    return version


def follow_log(container: str, follow: bool, lines: int) -> Iterator[str]:
    """The last lines of a container's log and, with `follow`, those to come until the reader stops or it ends.

    Through the command: the client library gives up on a log that is silent for longer than its time limit.
    """
    more = ("--follow",) if follow else ()
    command = ("docker", "--host", endpoint(), "logs", *more, "--tail", str(lines), container)
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace") as process:
        try:
            for line in process.stdout or ():
                last = line.rstrip("\n")
                yield last
        except BaseException:  # the reader has stopped, by Ctrl-C or by looking away
            process.terminate()
            raise
    if process.returncode:
        raise advice(last)


@contextmanager
def advised() -> Iterator[None]:
    """Turn what the engine's client raises into Trouble with advice."""
    import requests
    from docker.errors import DockerException

    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise advice(str(getattr(error, "explanation", None) or error)) from error


_ADVICE = (
    (
        r"permission denied",
        "this user may not talk to the container engine",
        "add the user to the group docker and log in again, or use the native runtime",
    ),
    (
        r"cannot connect to the docker daemon|is the docker daemon running|connection refused|connection aborted"
        r"|no such file.*sock|FileNotFoundError|RemoteDisconnected|error during connect|broken pipe",
        "no container engine answers",
        "start it (systemctl start docker), or use the native runtime; then run the command again",
    ),
    (r"timed? ?out", "the container engine takes too long to answer", "see what it does (docker info), then try again"),
    (
        r"no space left on device",
        "the engine's disk is full",
        "see what takes the space (docker system df), free some and run the command again",
    ),
    (
        r"range of CPUs is from",
        "a limit asks for more processors than this machine has",
        "lower the limit of the component in the spec",
    ),
    (
        r"address pools? have been fully subnetted",
        "the engine has no network addresses left",
        "remove networks that nobody uses (docker network prune)",
    ),
    (
        r"no such image|pull access denied|manifest unknown|not found: manifest",
        "an image is neither here nor to be pulled",
        "load it into the engine, or set SPECOLA_IMAGE_<NAME>",
    ),
)
_TAKEN = re.compile(r"(?:bind for |listen tcp4? )(\S+?:\d+)\S* ?.*(?:already allocated|already in use)", re.IGNORECASE)


def advice(complaint: str) -> Trouble:
    """What the engine or compose said, as one message with what to do. Unknown complaints are passed on as they are."""
    taken = _TAKEN.search(complaint)
    if taken:
        return Trouble(
            f"port {taken[1]} is taken", "end what holds it, or change the port in the spec: components.NAME.port"
        )
    for pattern, message, hint in _ADVICE:
        if re.search(pattern, complaint, re.IGNORECASE):
            return Trouble(message, hint)
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    return Trouble(
        f"docker: {lines[-1] if lines else 'failed without a word'}", "docker said so; `docker info` tells more"
    )
