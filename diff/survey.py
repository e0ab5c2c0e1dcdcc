"""Which files a spec is read from, without reading them closely: enough to tell what two specs have in common.

A thousand services of which one differs are not worth loading twice. What has the same text on both sides, in stacks
whose own files are the same, has the same model: it is left out of the comparison, unless something that differs
speaks of it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spec.include import INCLUDE, without_collection
from spec.sources import matching
from spec.yaml_fault import MAX_BYTES
from spec.yaml_tree import Map, Seq, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

_SERVICE = re.compile(rb"^service:[ \t]*[\"']?([a-z][a-z0-9_-]*)[\"']?[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_WORD = re.compile(rb"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


@dataclass
class Survey:
    """A spec's files by their paths below the root's folder: those of the stack, and those of services.

    `globs` has what each include found; `names` the service in each file; `overlays` the environments. `whole` is False
    when a file could not be read this way: then nothing may be left out.
    """

    root: Path
    stack: dict[str, bytes] = field(default_factory=dict)
    services: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    globs: list[tuple[str, ...]] = field(default_factory=list)
    overlays: tuple[str, ...] = ()
    whole: bool = True


def survey(root: Path) -> Survey:
    """Look at the spec whose root file is `root`. Never raises: what is wrong is for the loader to say."""
    found = Survey(root.absolute())
    try:
        with without_collection():
            _read_stack(found, found.root)
            _read_overlays(found)
    except (OSError, ValueError):
        found.whole = False
    return found


def _read_stack(found: Survey, path: Path, content: bytes | None = None) -> None:
    """Read a file of the stack, and what it includes."""
    name = path.relative_to(found.root.parent).as_posix()
    text = _content(found, path) if content is None else content
    found.stack[name] = text
    tree, problems = parse(text, name)
    found.whole = found.whole and not problems
    overlays = tree.get("overlays")
    if isinstance(overlays, Map):
        found.overlays = tuple(overlays)
    includes = tree.get(INCLUDE)
    for pattern in includes if isinstance(includes, Seq) else ():
        _follow(found, path.parent, str(pattern))


def _follow(found: Survey, folder: Path, pattern: str) -> None:
    if pattern.startswith("/") or ".." in pattern.split("/"):
        found.whole = False
        return
    start = len(f"{found.root.parent}/")
    paths = tuple(map(str, matching(folder, pattern)))
    found.globs.append(tuple(path[start:] for path in paths))
    for path, name in zip(paths, found.globs[-1], strict=True):
        if name in found.stack or name in found.services:
            continue
        text = _content(found, path)
        service = _SERVICE.search(text)
        if service is None:
            _read_stack(found, Path(path), text)
        else:
            found.services[name] = text
            found.names[name] = service[1].decode()


def _content(found: Survey, path: Path | str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - for thousands of files
        content = file.read()
    found.whole = found.whole and len(content) <= MAX_BYTES and not os.path.islink(path)  # noqa: PTH114 - as above
    return content


def _read_overlays(found: Survey) -> None:
    folder = found.root.parent
    for name in tuple(found.stack):
        overlays = parse(found.stack[name], name)[0].get("overlays")
        for path in overlays.values() if isinstance(overlays, Map) else ():
            if isinstance(path, str) and not path.startswith(("/", "~")) and ".." not in path.split("/"):
                file = folder / path
                if file.is_file():
                    found.stack[path] = _content(found, file)


def differing(base: Survey, head: Survey) -> set[str] | None:
    """The services' files that must be compared; None for all of them, when the stacks themselves differ."""
    if not (base.whole and head.whole) or base.stack != head.stack:
        return None
    changed = {path for path, text in base.services.items() if head.services.get(path) != text}
    changed |= head.services.keys() - base.services.keys()
    return changed


def closed(base: Survey, head: Survey, chosen: set[str]) -> set[str]:
    """The chosen files, those whose services they or the stack's files name, and one for each include of many."""
    known = {name.encode(): path for side in (base, head) for path, name in side.names.items()}
    found, todo = set(chosen), [*head.stack.values()]
    todo += [side.services[path] for side in (base, head) for path in chosen if path in side.services]
    while todo:
        named = {known[word] for word in _WORD.findall(todo.pop()) if word in known} - found
        found |= named
        todo += [head.services.get(path, b"") for path in named]
    for side in (base, head):
        for paths in side.globs:
            if paths and not found.intersection(paths) and not side.stack.keys() & set(paths):
                found.add(paths[0])
    return found


def speaking_of(survey: Survey, words: Iterable[str], beside: set[str]) -> set[str]:
    """The files of services, beside the given ones, in which one of these words stands."""
    wanted = [
        re.compile(rb"(?<![\w:])" + re.escape(word.encode()) + rb"(?:_bucket|_sum|_count)?(?![\w:])") for word in words
    ]
    return {
        path
        for path, text in survey.services.items()
        if path not in beside and any(word.search(text) for word in wanted)
    }
