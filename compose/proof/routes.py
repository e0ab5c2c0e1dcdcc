"""Proof of the notification by the real amtool: every kind of alert through the routes of every environment."""

from __future__ import annotations

import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compose.fault import Trouble
from generator.alertmanager import config
from generator.receivers import NOBODY
from generator.runtime import RUNTIMES
from generator.text import to_yaml
from rules.proof import routing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rules.inhibition import Condition
    from rules.proof.routing import Broken, Routed
    from spec.stack import Stack

PROCESSES = 2


@dataclass(frozen=True)
class Routes:
    """Every alert of an environment with its receivers, and the indices of those that amtool sends elsewhere, with
    where it sends them; then everything else that does not hold."""

    environment: str
    routed: tuple[Routed, ...]
    astray: tuple[tuple[Routed, tuple[str, ...]], ...]
    broken: tuple[Broken, ...]
    inhibitions: int
    mutes: int

    @property
    def proven(self) -> int:
        return len(self.routed) - len(self.astray)


def prove_routes(stack: Stack, amtool: Sequence[str]) -> Routes:
    """Whom every alert reaches, confirmed. Raises Trouble when amtool cannot be used."""
    data = config(stack, RUNTIMES[0])
    alerts = routing.routed(stack)
    with tempfile.TemporaryDirectory(prefix="specola-routes-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "alertmanager.yml"
        try:
            path.write_bytes(to_yaml(data))
        except OSError as error:
            raise Trouble(f"cannot write {path}: {error.strerror}", "free some space, or set TMPDIR") from error
        said = _said(amtool, path, alerts, routing.about_names(data["route"]))
    sent = zip(alerts, said, strict=True)
    astray = tuple((one, found) for one, found in sent if found != (one.receivers or (NOBODY,)))
    inhibitions = routing.read_inhibitions(data["inhibit_rules"])
    broken = (
        *routing.broken_promises(stack, alerts),
        *routing.broken_inhibitions(stack, inhibitions),
        *routing.broken_mutes(stack, data.get("time_intervals", ())),
    )
    mutes = len(stack.spec.notification.mute_intervals)
    return Routes(stack.spec.environment, alerts, astray, broken, len(inhibitions), mutes)


def _said(
    amtool: Sequence[str], path: Path, alerts: Sequence[Routed], names: Sequence[Condition]
) -> Iterator[tuple[str, ...]]:
    """The receivers that amtool names for each alert. The first of a kind is asked about: the others take its route."""
    kinds = [routing.kind(one, names) for one in alerts]
    first = dict(zip(reversed(kinds), reversed(alerts), strict=True))
    with ThreadPoolExecutor(PROCESSES) as pool:
        said = dict(zip(first, pool.map(lambda one: _ask(amtool, path, one.labels), first.values()), strict=True))
    return (said[kind] for kind in kinds)


def _ask(amtool: Sequence[str], path: Path, labels: Mapping[str, str]) -> tuple[str, ...]:
    words = [f"{name}={value}" for name, value in labels.items()]
    try:
        ended = subprocess.run(
            [*amtool, "config", "routes", "test", f"--config.file={path}", *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Trouble(f"cannot run {amtool[0]}: {error.strerror}", "`specola setup` brings amtool") from error
    lines = list(_words(ended.stdout))
    if ended.returncode or not lines:
        raise Trouble(f"amtool cannot test routes: {ended.stderr.strip() or 'it said nothing'}", "run `specola check`")
    return tuple(dict.fromkeys(lines[-1].split(",")))


def _words(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())
