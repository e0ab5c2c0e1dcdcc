"""Which backend runs something in a working copy. Found without the spec: it may be broken when one wants to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.fault import Trouble
from compose.native import Native
from compose.record import read_all
from compose.table import Folders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compose.backend import Backend

COMPOSE_FILE = "docker/compose.yaml"


def backends(root: Path, runtime: str, say: Callable[[str], None]) -> tuple[Backend, ...]:
    """The backends that run, or have left, something. In `auto`, an engine that does not answer runs nothing."""
    found: list[Backend] = []
    native = Native(root, {})
    if runtime in ("auto", "native") and (
        runtime == "native" or read_all(Folders(root).run) or native.folders.data.exists()
    ):
        found.append(native)
    if runtime in ("auto", "docker"):
        docker = _docker(root, runtime, say)
        found += [docker] if docker else []
    return tuple(found)


def current(root: Path, runtime: str, say: Callable[[str], None]) -> Backend:
    """The backend that runs now. Raises Trouble when none does."""
    for backend in backends(root, runtime, say):
        if runtime != "auto" or any(seen.state in ("running", "starting", "exited") for seen in backend.observe()):
            return backend
    raise Trouble("nothing runs here", "`specola up` starts the stack")


def _docker(root: Path, runtime: str, say: Callable[[str], None]) -> Backend | None:
    if not (root / "build" / COMPOSE_FILE).is_file():
        return None
    from compose.docker_backend import DockerBackend

    try:
        backend = DockerBackend(root, _project(root), say)
        ours = any(seen.state != "absent" for seen in backend.observe())
    except Trouble:
        if runtime == "docker":
            raise
        return None
    return backend if ours or runtime == "docker" else None


def _project(root: Path) -> str:
    """The project's name, as the rendered file says it."""
    import yaml

    path = root / "build" / COMPOSE_FILE
    try:
        document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise Trouble(f"{path} is damaged", "run `specola render` again") from error
    return str(document.get("x-project") or document.get("name") or root.name)
