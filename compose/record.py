"""The state files of native processes: written by their supervisors, read by everybody else."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.process import Identity

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = {"pid": 0, "ticks": 0}
LOADED = ".loaded"


@dataclass(frozen=True)
class Record:
    """What a supervisor wrote down. Whether it still holds, only the kernel knows: ask its identities for `alive`."""

    name: str
    supervisor: Identity
    child: Identity
    config_hash: str
    reload_hash: str
    version: str
    stop_seconds: float
    started_at: float
    restarts: int
    last_exit: str
    next_try: float


def read_all(run: Path) -> tuple[Record, ...]:
    """Every state file that can be read, by name. A damaged one is as good as none: its process shows by its port."""
    return tuple(filter(None, (_read(path) for path in sorted(run.glob("*.json")))))


def forget(run: Path, name: str) -> None:
    """Remove what was written down about a process that has ended."""
    for suffix in (".json", ".json.new", LOADED):
        (run / f"{name}{suffix}").unlink(missing_ok=True)


def loaded(run: Path, name: str) -> str:
    """The reload hash of the last verified reload of the running process, empty when there was none."""
    with suppress(OSError):
        return (run / f"{name}{LOADED}").read_text().strip()
    return ""


def write_loaded(run: Path, name: str, reload_hash: str) -> None:
    """Remember a verified reload. The supervisor keeps its own file, so this is one beside it."""
    draft = run / f"{name}{LOADED}.new"
    draft.write_text(reload_hash)
    draft.replace(run / f"{name}{LOADED}")


def _read(path: Path) -> Record | None:
    try:
        state = json.loads(path.read_bytes())
        return Record(
            name=state["name"],
            supervisor=_identity(state["supervisor"], state["boot"]),
            child=_identity(state["child"] or NOBODY, state["boot"]),
            config_hash=state["config_hash"],
            reload_hash=state["reload_hash"],
            version=state["version"],
            stop_seconds=state["stop_seconds"],
            started_at=state["started_at"],
            restarts=state["restarts"],
            last_exit=state["last_exit"],
            next_try=state["next_try"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _identity(pair: dict[str, Any], boot: str) -> Identity:
    return Identity(pair["pid"], pair["ticks"], boot)
