"""The rendered compose file, read back: what each service is, and the hashes that tell whether it has changed."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compose.fault import Trouble
from compose.images import Image, resolved
from compose.started import started
from generator.compose import ENGINE_SOCKET, PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Service:
    """A service of the compose file. `definition` is all of it as JSON; `published` are addresses and ports.

    `component` is what it is an instance of. `health_path` is empty when a connection is all there is to ask; `sources`
    are the paths of the host it mounts, and `writable` those of them it writes to; `engine` when the engine's socket is
    mounted besides.
    """

    name: str
    component: str
    title: str
    image: Image
    definition: str
    port: int
    published: tuple[tuple[str, int], ...]
    health_path: str
    health_secret: str
    tls: bool
    reload_path: str
    reload_signal: str
    reload_files: tuple[str, ...]
    restart_files: tuple[str, ...]
    secrets: tuple[str, ...]
    sources: tuple[Path, ...]
    writable: tuple[Path, ...]
    engine: bool
    after: tuple[str, ...]
    needs: tuple[str, ...]
    stop_seconds: int

    @property
    def scheme(self) -> str:
        """How it is asked; empty when it speaks no HTTP."""
        return ("https" if self.tls else "http") if self.health_path else ""

    @property
    def reloadable(self) -> bool:
        return bool(self.reload_path or self.reload_signal)


def services(build: Path) -> tuple[Service, ...]:
    """The services below `build/`, in the file's order. Raises Trouble when nothing is rendered."""
    import yaml

    path = build / PATH
    try:
        document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        raise Trouble(f"{path} is not there", "render it first: specola render") from None
    return tuple(_service(name, content, path.parent) for name, content in document["services"].items())


def _service(name: str, content: dict[str, Any], folder: Path) -> Service:
    facts = content["x-specola"]
    health, reload = facts.get("health", {}), facts.get("reload", {})
    binds = [mount for mount in content.get("volumes", ()) if mount["type"] == "bind"]
    own = [mount for mount in binds if not mount["target"].startswith(("/run/secrets/", ENGINE_SOCKET))]
    image = Image(name, resolved(content["image"]))
    return Service(
        name=name,
        component=facts.get("component", name),
        title=facts["title"],
        image=image,
        definition=json.dumps({**content, "image": image.reference}, sort_keys=True),
        port=facts["port"],
        published=tuple((port["host_ip"], int(port["published"])) for port in content.get("ports", ())),
        health_path=health.get("path", ""),
        health_secret=health.get("secret", ""),
        tls=health.get("tls", False),
        reload_path=reload.get("path", ""),
        reload_signal=reload.get("signal", ""),
        reload_files=tuple(facts.get("reload_files", ())),
        restart_files=tuple(facts.get("restart_files", ())),
        secrets=tuple(facts.get("secrets", ())),
        sources=tuple(_path(folder, mount["source"]) for mount in own),
        writable=tuple(_path(folder, mount["source"]) for mount in own if not mount["read_only"]),
        engine=any(mount["target"] == ENGINE_SOCKET for mount in binds),
        after=tuple(facts.get("after", ())),
        needs=tuple(facts.get("needs", ())),
        stop_seconds=facts["stop_seconds"],
    )


def _path(folder: Path, source: str) -> Path:
    """A mounted path of the host, as compose understands it: relative to the file's folder."""
    return Path(os.path.normpath(folder / source.replace("$$", "$")))


def restart_hash(service: Service, build: Path, secrets: Path, program: str) -> str:
    """Changes with everything that only a new container takes up: its definition, files read at the start, secrets.

    `program` stands for our own program, where the service runs one.
    """
    files = tuple(_contents(_files(build, service.restart_files)))
    known = tuple(_contents((name, secrets / name) for name in service.secrets))
    return started(
        definition=_digest(service.definition),
        files=_digest(*files) if files else "",
        secrets=_digest(*known) if known else "",
        program=program,
    )


def reload_hash(service: Service, build: Path) -> str:
    """Changes with the files which a reload takes up; empty when there are none."""
    return _digest(*_contents(_files(build, service.reload_files))) if service.reload_files else ""


def _files(build: Path, names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    for name in names:
        path = build / name
        found = sorted(path.rglob("*")) if name.endswith("/") else [path]
        yield from ((str(file.relative_to(build)), file) for file in found if file.is_file())


def _contents(paths: Iterable[tuple[str, Path]]) -> Iterator[str]:
    for name, path in paths:
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "absent"
        yield f"{name} {content}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
