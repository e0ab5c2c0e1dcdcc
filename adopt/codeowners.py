"""CODEOWNERS from the spec: whoever owns a service reviews its file, and the stack's owner all the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.locate import locate

if TYPE_CHECKING:
    from spec.load import Loaded

HEAD = "# Written by `specola codeowners` from the owners of the spec; do not edit.\n"


def codeowners(loaded: Loaded) -> str:
    """The text of the file. The last line that matches a path decides, so the whole comes first."""
    spec = loaded.stack.spec
    lines = [_line("*", spec.owners[spec.owner].github, spec.owner)]
    for name, service in spec.services.items():
        path = locate(loaded.tree, ("services", name, "service")).file
        lines.append(_line(f"/{path}", spec.owners[service.owner].github, service.owner))
    return HEAD + "".join(lines)


def _line(path: str, github: str | None, owner: str) -> str:
    spelled = path.replace(" ", "\\ ")
    return f"{spelled} {github}\n" if github else f"# {spelled}: owner {owner} has no `github` in the spec\n"
