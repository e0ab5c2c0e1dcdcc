"""Changed files taken up by a running container: asked for, proved, and remembered."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from compose import health, secrets
from compose.docker_engine import advised
from compose.docker_observe import inner_address, published
from compose.reload import Target, main_file, post, reload
from generator.runtime import CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from docker.models.containers import Container

    from compose.docker_table import Service


def place(service: Service, container: Container) -> str:
    """Where this machine reaches the service's own port: `HOST:PORT`, empty where it cannot.

    An unpublished port answers at the container's own address where engine and command share a kernel, on Linux.
    """
    outer = published(container.attrs).get(service.port)
    if outer:
        return f"{outer[0]}:{outer[1]}"
    inner = inner_address(container.attrs) if sys.platform == "linux" else ""
    return f"{inner}:{service.port}" if inner else ""


def question(service: Service, address: str, root: Path) -> health.Question:
    """What to ask the service at `HOST:PORT` to know that it is well."""
    if not service.health_path:
        return health.Question(service.name, tcp=address)
    password = secrets.read(root, service.health_secret) if service.health_secret else ""
    ca = str(root / secrets.FOLDER / CERTIFICATE) if service.tls else ""
    return health.Question(service.name, f"{service.scheme}://{address}{service.health_path}", password=password, ca=ca)


def take_up(service: Service, container: Container, root: Path) -> None:
    """Have the service read its files again; returns when it reports what was rendered, else raises Trouble."""
    asked = question(service, place(service, container), root)

    def trigger() -> None:
        if service.reload_path and asked.url:
            post(asked, health.with_url(asked, service.reload_path))
        else:
            with advised():
                container.kill(signal=service.reload_signal)

    build = root / "build"
    main = main_file(build, service.reload_files, service.component)
    reload(Target(asked, main, build / "rules", trigger, service.component))


def reloaded(root: Path) -> dict[str, str]:
    """Container id → hash of the files it took up since it was made; a file that cannot be read only costs a reload."""
    with suppress(OSError, ValueError, AttributeError):
        known: Any = json.loads(_memory(root).read_bytes())
        return {str(container): str(digest) for container, digest in known.items()}
    return {}


def remember(root: Path, container: str, digest: str, alive: Iterable[str]) -> None:
    """Keep what a container took up, and forget those that are no longer alive."""
    kept = set(alive)
    known = {one: value for one, value in reloaded(root).items() if one in kept} | {container: digest}
    path = _memory(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(known, indent=1))
    scratch.replace(path)


def _memory(root: Path) -> Path:
    return root / "var" / "docker" / "reloaded.json"
