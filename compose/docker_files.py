"""What containers need of the host's files: secrets they may read, folders they may write, our own programs.

Files in `secrets/` are their owner's alone, while containers run as other users and see them through bind mounts with
the same modes. So each service gets copies of its own secrets below `secrets/.docker/`: readable for all, in a folder
that nobody but the owner can enter.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from compose import programs
from compose.fault import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from compose.docker_table import Service


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
        if _runs_own(root, service):
            _copy_program(root, service.name)
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


def program_digest(root: Path, service: Service) -> str:
    """Changes with our own program where the service runs one, else empty."""
    return programs.digest(service.name) if _runs_own(root, service) else ""


def _own_folder(root: Path) -> Path:
    """What is made here, when it is needed."""
    return root / "var" / "docker"


def _program(root: Path, name: str) -> Path:
    """A folder for each: one that is replaced would be taken from under the others that run from it."""
    return _own_folder(root) / "programs" / name


def _runs_own(root: Path, service: Service) -> bool:
    return _program(root, service.name) in service.sources


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


def _copy_program(root: Path, name: str) -> None:
    """A program of ours and the library it uses, as a folder that Python can import from."""
    target = _program(root, name)
    stamp = target / "hash"
    digest = programs.digest(name)
    if stamp.exists() and stamp.read_text() == digest:
        return
    scratch = target.with_name(f"{name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    for place, source in programs.parts(name).items():
        (scratch / place).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, scratch / place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, scratch / place)
    (scratch / stamp.name).write_text(digest)
    shutil.rmtree(target, ignore_errors=True)
    scratch.replace(target)
