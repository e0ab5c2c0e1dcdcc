"""Reads the packs: what is known of public exporters, kept as data in `rules/packs/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from spec.service import Pack
from spec.yaml_tree import parse

FOLDER = Path(__file__).parent.parent / "rules" / "packs"


@cache
def names() -> tuple[str, ...]:
    """The names of all packs."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def read(name: str) -> Pack:
    """The pack of this name. Raises ValueError when its file is not a pack, which is a bug of ours."""
    path = FOLDER / f"{name}.yaml"
    tree, problems = parse(path.read_text(encoding="utf-8"), path.name)
    if problems:
        raise ValueError("\n".join(problem.text() for problem in problems))
    return Pack.model_validate(tree)
