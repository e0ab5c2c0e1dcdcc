"""Docker compose: `config -q` on the rendered compose file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.compose import PATH
from generator.units import IMAGE_OF
from generator.validate.work import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath

CONFIG = "compose/config"
HOW = "Docker's compose plugin, version 2 (package docker-compose-plugin or docker-compose-v2)"
_SERVICE = re.compile(r"""services\.([a-z0-9_-]+)|service ["']?([a-z0-9_-]+)""")


def config(work: Work) -> Iterator[Problem]:
    """`docker compose config -q`; it needs no engine."""
    version = work.ask("docker", "compose", "version", "--short")
    if version.code or not re.match(r"v?([2-9]|\d\d)\.", version.out.strip()):
        raise Skip(f"docker has no compose plugin; get {HOW}")
    said = work.ask("docker", "compose", "-f", f"build/{PATH}", "config", "-q")
    if said.code:
        yield work.problem(origin(work, said.last), f"compose.yaml: {said.last}", id=CONFIG)


def origin(work: Work, message: str) -> SpecPath:
    """The component whose service a complaint names."""
    found = _SERVICE.search(message)
    name = (found[1] or found[2]) if found else ""
    component = next((key for key, image in IMAGE_OF.items() if image == name), name.replace("-", "_"))
    known = type(work.stack.spec.components).model_fields
    return ("components", component) if component in known else ("components",)
