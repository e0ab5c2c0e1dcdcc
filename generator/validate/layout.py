"""Laying the artefacts out in a folder of their own, as they would lie in the project, for the tools to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.validate.secrets import OWN
from generator.validate.work import Work
from generator.write import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from generator.artefact import Artefact
    from spec.stack import Stack
    from spec.yaml_tree import Map

CONTENT = "made up for the check\n"


def lay_out(
    stack: Stack,
    tree: Map,
    root: Path,
    folder: Path,
    artefacts: Iterable[Artefact],
    tools: Mapping[str, tuple[str, ...]],
    missing: Mapping[str, str],
) -> Work:
    """Write the artefacts to `folder/build/`, and beside it what their paths lead to.

    Secrets and certificates are made up, since tools fail where they are missing; lists of targets are copied from the
    project at `root`. Raises WriteError or OSError when the folder cannot take them.
    """
    given = tuple(artefacts)
    write(folder / "build", given)
    for name in _made_up(stack):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONTENT, encoding="utf-8")
    for source in _target_lists(stack, root):
        copy = folder / source.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    return Work(stack, tree, root, folder, {one.path: one.content for one in given}, tools, missing)


def _made_up(stack: Stack) -> Iterator[str]:
    yield from (f"secrets/{name}" for name in (*OWN, *stack.spec.secrets))
    tls = stack.spec.access.tls
    if tls is not None:
        yield from (tls.certificate, tls.key)


def _target_lists(stack: Stack, root: Path) -> Iterator[Path]:
    for service in stack.spec.services.values():
        for pattern in service.scrape.files:
            yield from (path for path in sorted(root.glob(pattern)) if path.is_file())
