"""What containers need of the host's files: secrets they may read, folders they may write, our own programs.

Files in `secrets/` are their owner's alone, while containers run as other users and see them through bind mounts with
the same modes. So each service gets copies of its own secrets below `secrets/.docker/`: readable for all, in a folder
that nobody but the owner can enter.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from compose.docker_table import tree_hash
from compose.fault import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compose.docker_table import Service

OWN = ("simulator", "inbox")


def check_files(root: Path, services: Iterable[Service]) -> None:
    """Raise one Trouble for every file or folder of the host that is missing."""
    missing = [
        f"{service.name} needs {path}, which is not there"
        for service in services
        for path in (*(root / "secrets" / name for name in service.secrets), *service.sources)
        if not path.exists() and not path.is_relative_to(_own_folder(root))
    ]
    if missing:
        raise Trouble("\n".join(missing), "render and make the secrets again: specola up does both")


def lay_down(root: Path, service: Service) -> None:
    """Put in place, just before a container is made, what it will find: copies of secrets, folders, programs."""
    try:
        _copy_secrets(root, service)
        if _runs_programs(root, service):
            _copy_programs(root)
        for path in service.sources:
            if path.is_relative_to(_own_folder(root)):
                path.mkdir(parents=True, exist_ok=True)
            if path in service.writable:
                path.chmod(0o1777)
    except OSError as error:
        raise Trouble(
            f"cannot prepare {service.name}: {error.filename}: {error.strerror}", "free space or mend its mode"
        ) from error


def remove_copies(root: Path) -> None:
    """Remove the copies of secrets."""
    shutil.rmtree(root / "secrets" / ".docker", ignore_errors=True)


def programs_hash(root: Path, service: Service) -> str:
    """Changes with our own programs where the service runs one, else empty."""
    return _own_hash() if _runs_programs(root, service) else ""


def _own_hash() -> str:
    return " ".join(tree_hash(Path(__file__).parent / name) for name in OWN)


def _own_folder(root: Path) -> Path:
    """What is made here, when it is needed."""
    return root / "var" / "docker"


def _programs(root: Path) -> Path:
    return _own_folder(root) / "programs"


def _runs_programs(root: Path, service: Service) -> bool:
    return any(path.is_relative_to(_programs(root)) for path in service.sources)


def _copy_secrets(root: Path, service: Service) -> None:
    folder = root / "secrets" / ".docker" / service.name
    for name in service.secrets:
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = copy.with_name(f".{copy.name}.new")
        scratch.unlink(missing_ok=True)
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write((root / "secrets" / name).read_bytes())
        scratch.chmod(0o444)
        scratch.replace(copy)


def _copy_programs(root: Path) -> None:
    """The simulator, the inbox and the one library they use, as a folder that Python can import from."""
    target = _programs(root)
    stamp = target / "hash"
    if stamp.exists() and stamp.read_text() == _own_hash():
        return  # another running service may be importing from it
    scratch = target.with_name("programs.new")
    shutil.rmtree(scratch, ignore_errors=True)
    package = Path(__file__).parent
    for name in OWN:
        shutil.copytree(package / name, scratch / "compose" / name, ignore=shutil.ignore_patterns("__pycache__"))
    (scratch / "compose" / "__init__.py").touch()
    found = importlib.util.find_spec("prometheus_client")
    if found is None or not found.submodule_search_locations:
        raise Trouble("the Python package prometheus-client is not installed", "make setup")
    library = found.submodule_search_locations[0]
    shutil.copytree(library, scratch / "prometheus_client", ignore=shutil.ignore_patterns("__pycache__"))
    (scratch / stamp.name).write_text(_own_hash())
    shutil.rmtree(target, ignore_errors=True)
    scratch.replace(target)
