"""The programs the native backend runs: what each is called where, and how to get one that is missing.

Looked for in this order: the path the spec names, `.tools/bin` (compose/debian.py fills it), PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compose.fault import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = ".tools"
STAMP = "stamp.json"
PYTHON = "python"


@dataclass(frozen=True)
class Tool:
    """A program. `ways` are the commands it goes by, best first: a name on PATH and the words that always follow it.

    `package` is Debian's; what Debian does not have comes from Grafana Labs. `product` is what people call it.
    """

    name: str
    ways: tuple[tuple[str, ...], ...]
    product: str
    package: str = ""

    def how(self) -> str:
        """What the reader can do to have it, on this system."""
        place = f"put `{self.ways[0][0]}` on PATH or name its path in the spec"
        if not self.package:
            return f"download {self.product} from Grafana Labs, then {place}"
        if not apt_here():
            return f"install {self.product}, then {place}"
        return f"Debian's package {self.package} (`specola setup` brings it without installing anything on the system)"


def apt_here() -> bool:
    """Whether this system has Debian's packages."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


@dataclass(frozen=True)
class Found:
    """Where a tool is. `words` come before any other argument."""

    tool: str
    path: Path
    words: tuple[str, ...] = ()


class Missing(Trouble):
    """A program is not on this machine; the hint says how to get it."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        super().__init__(f"{tool.name} is not installed", tool.how())


TOOLS = (
    Tool("prometheus", (("prometheus",),), "Prometheus", "prometheus"),
    Tool("promtool", (("promtool",),), "Prometheus", "prometheus"),
    Tool("alertmanager", (("alertmanager",), ("prometheus-alertmanager",)), "Alertmanager", "prometheus-alertmanager"),
    Tool("amtool", (("amtool",),), "Alertmanager", "prometheus-alertmanager"),
    Tool(
        "node_exporter", (("node_exporter",), ("prometheus-node-exporter",)), "the node exporter",
        "prometheus-node-exporter",
    ),
    Tool(
        "blackbox_exporter", (("blackbox_exporter",), ("prometheus-blackbox-exporter",)), "the blackbox exporter",
        "prometheus-blackbox-exporter",
    ),
    Tool("redis-server", (("redis-server",),), "Redis", "redis-server"),
    Tool("redis-cli", (("redis-cli",),), "Redis", "redis-tools"),
    Tool(
        "redis_exporter", (("redis_exporter",), ("prometheus-redis-exporter",)), "the Redis exporter",
        "prometheus-redis-exporter",
    ),
    Tool("loki", (("loki",),), "Loki"),
    Tool("alloy", (("alloy",),), "Alloy"),
    Tool("grafana", (("grafana", "server"), ("grafana-server",)), "Grafana"),
)  # fmt: skip
BY_NAME = {tool.name: tool for tool in TOOLS}
PACKAGED = tuple(tool.name for tool in TOOLS if tool.package)
"""The tools which Debian has."""


def locate(name: str, root: Path, paths: Mapping[str, str] | None = None) -> Found:
    """The program called `name`, for a working copy at `root`; `paths` are those the spec names.

    Raises Missing, or Trouble when the spec names a path at which there is no program.
    """
    if name == PYTHON:
        return Found(PYTHON, Path(sys.executable))
    tool = BY_NAME[name]
    named = (paths or {}).get(name, "")
    if named:
        return _named(tool, root / Path(named).expanduser())
    for folder in (str(root / FOLDER / "bin"), None):
        for command, *words in tool.ways:
            found = shutil.which(command, path=folder)
            if found:
                return Found(name, Path(found), tuple(words))
    raise Missing(tool)


def have(name: str, root: Path, paths: Mapping[str, str] | None = None) -> bool:
    """Whether the program is there."""
    try:
        locate(name, root, paths)
    except Missing:
        return False
    return True


def missing(names: Iterable[str], root: Path, paths: Mapping[str, str] | None = None) -> tuple[Tool, ...]:
    """Those of the tools that are not there."""
    return tuple(BY_NAME[name] for name in names if not have(name, root, paths))


def installed_versions(root: Path) -> dict[str, str]:
    """Tool → version of the package it came in, for what lies under `.tools`. Read from the stamp; nothing is run."""
    try:
        packages = json.loads((root / FOLDER / STAMP).read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return {}
    return {tool.name: packages[tool.package] for tool in TOOLS if tool.package in packages}


def version(found: Found, root: Path) -> str:
    """The upstream version (`7.0.15` of Debian's `5:7.0.15-1~deb12u10`) of a program under `.tools`, else empty."""
    ours = found.path.is_relative_to(root / FOLDER)
    package = installed_versions(root).get(found.tool, "") if ours else ""
    return package.rpartition(":")[2].partition("-")[0].partition("+")[0]


def clean(root: Path) -> bool:
    """Remove `.tools` and so everything that was brought; False when there was nothing."""
    folder = root / FOLDER
    if not folder.exists():
        return False
    shutil.rmtree(folder)
    return True


def _named(tool: Tool, path: Path) -> Found:
    """The program at a path of the spec: its file name decides which words follow."""
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise Trouble(f"the spec names {path} for {tool.name}, but no program is there", "correct or remove the path")
    words = next((way[1:] for way in tool.ways if way[0] == path.name), tool.ways[0][1:])
    return Found(tool.name, path, words)
