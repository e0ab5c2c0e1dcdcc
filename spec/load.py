"""From the files of the spec to the resolved stack, or every problem of all of them at once."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from spec.alike import NotAlikeError
from spec.copies import copied, with_copies
from spec.include import Read, read_tree, without_collection
from spec.laid_over import laid_over
from spec.outline import outlined, without_tuning
from spec.problem import Problem, SpecError
from spec.prune import prune
from spec.references import check, check_alone, fine_across
from spec.resolve import resolve, resolve_alone
from spec.sources import Sources
from spec.validate import sure, validate
from spec.yaml_tree import Map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from spec.alike import Shape
    from spec.copies import Copy
    from spec.root import StackSpec
    from spec.stack import Stack


@dataclass(frozen=True)
class Loaded:
    """The stack, the tree it came from (for positions), the files read, and what they held.

    `shapes` are those of services which have others like them. `copies` are services that were not read for that
    (`load_alike`): the stack and the tree are without them.
    """

    stack: Stack
    tree: Map
    files: tuple[Path, ...]
    sources: Sources
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    copies: Mapping[str, Copy] = field(default_factory=dict)

    @cached_property
    def afar(self) -> Stack:
        """All services as they are seen from afar (`spec.outline`)."""
        return with_copies(outlined(self.stack), self.copies) if self.copies else outlined(self.stack)


def load(root: Path, environment: str = "", settings: Sequence[str] = ()) -> Loaded:
    """The spec whose root file is `root`, with the environment's overlay and then `settings` (KEY=VALUE) laid over it.

    Raises SpecError with every problem found.
    """
    with without_collection():
        loaded = _load(root, environment, settings)
        gc.freeze()  # it is all kept: no look for garbage need go through it, neither the next one nor any later
    return loaded


def load_alike(root: Path, environment: str = "", settings: Sequence[str] = ()) -> Loaded:
    """The same without reading each of the services that are of one shape. Raises SpecError with every problem found.

    In any doubt it is `load`.
    """
    with without_collection():
        try:
            loaded = _load_alike(root, environment, settings, frozenset())
        except NotAlikeError:
            loaded = _load(root, environment, settings)
        gc.freeze()
    return loaded


def load_alone(
    root: Path, environment: str, settings: Sequence[str], others: Mapping[str, str], positions: Mapping[str, int]
) -> Loaded:
    """The spec as `load` gives it, with only the services whose positions among all are given.

    `others` are the files of the others, with their names. They must be fine, and so must what these services are from
    afar (`spec.outline`). Raises SpecError with what was found, which need not be all, nor be true of the whole.
    """
    with without_collection():
        read = _read(root, environment, settings, others)
        spec = _checked_alone(read)
        if spec.services.keys() != positions.keys():
            raise SpecError(())
        stack = resolve_alone(spec, positions)
        return Loaded(stack, read.tree, read.files, read.sources)


def _load(root: Path, environment: str, settings: Sequence[str]) -> Loaded:
    return _resolved(_read(root, environment, settings, {}))


def _resolved(read: Read) -> Loaded:
    tree, problems, files, sources, services, laid_over = read
    spec, more = validate(tree)
    problems = (*problems, *more, *(check(spec, tree) if spec is not None else _behind(tree, more)))
    if spec is None or any(problem.level == "error" for problem in problems):
        raise SpecError(problems)
    return Loaded(resolve(spec), tree, files, sources, services.shapes(laid_over))


def _load_alike(root: Path, environment: str, settings: Sequence[str], apart: AbstractSet[str]) -> Loaded:
    """Of each shape two services are read, and those `apart`. Raises NotAlikeError, or SpecError when all were read."""
    try:
        read = _read(root, environment, settings, {}, apart)
        if read.services.copies:
            rest = rest_text(read.tree)
            named = {name for name in read.services.shapes() if name in rest or name in read.laid_over}
            return _copied(read) if not named else _load_alike(root, environment, settings, apart | named)
    except SpecError as error:
        raise NotAlikeError from error
    return _resolved(read)


def _copied(read: Read) -> Loaded:
    """The stack without the copies, and all from afar. Raises NotAlikeError or SpecError."""
    spec = _checked_alone(read)
    known = {**spec.services, **read.services.copies}  # without those that an overlay takes away
    positions = {name: position for position, name in enumerate(filter(known.__contains__, read.services.order))}
    stack = resolve(spec, positions)
    said = read.tree["services"]
    copies = copied(stack, said if isinstance(said, Map) else Map(), read.services, positions)
    loaded = Loaded(stack, read.tree, read.files, read.sources, read.services.shapes(), copies)
    if not fine_across(without_tuning(spec).model_copy(update={"services": loaded.afar.spec.services})):
        raise NotAlikeError
    return loaded


def _checked_alone(read: Read) -> StackSpec:
    """The spec when nothing is wrong with it, as far as that shows of each service alone. Raises SpecError."""
    spec, more = validate(read.tree)
    problems = (*read.problems, *more, *(check_alone(spec, read.tree) if spec is not None else ()))
    if spec is None or problems:
        raise SpecError(problems)
    return spec


def _read(
    root: Path,
    environment: str,
    settings: Sequence[str],
    others: Mapping[str, str],
    apart: AbstractSet[str] | None = None,
) -> Read:
    """The tree with everything laid over it. Raises SpecError where text could not be read: what is laid over the spec,
    and what it refers to, may stand there."""
    read = read_tree(root, others.keys(), apart)
    if unread := [problem for problem in read.problems if not problem.path]:
        raise SpecError((*read.problems, *sure(read.tree, unread)))
    absent = {*others.values(), *read.services.copies}
    tree, more, overlays, named = laid_over(read.tree, root.parent, environment, settings, absent)
    sources = Sources({**read.sources.files, **overlays}, read.sources.globs)
    files, problems = (*read.files, *map(Path, overlays)), (*read.problems, *more)
    return read._replace(tree=tree, problems=problems, files=files, sources=sources, laid_over=named)


def _behind(tree: Map, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Problems of references in what is left of the tree without its invalid parts, so that one run shows all."""
    rest, gone = prune(tree)
    spec, more = validate(rest)
    if spec is None:
        return ()
    known = {(problem.mark.file, problem.mark.line) for problem in (*problems, *more)}
    return tuple(
        problem
        for problem in check(spec, rest)
        if (problem.mark.file, problem.mark.line) not in known
        and not any(f"'{name}'" in problem.message for name in gone)
    )


def rest_text(tree: Map) -> str:
    """What the spec says of no service."""
    return repr({key: value for key, value in tree.items() if key != "services"})
