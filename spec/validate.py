"""From the tree to the typed model, with every complaint of the types turned into a problem at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from spec.indicator import KIND_NAMES
from spec.instances import REPLICATED
from spec.locate import in_file
from spec.names import nearest
from spec.notify import RECEIVER_KINDS
from spec.problem import Problem
from spec.root import StackSpec
from spec.tree_path import has, value_at
from spec.wording import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from spec.yaml_tree import Map

Path = tuple[str | int, ...]
KEY_STEP = "[key]"
"""What pydantic adds to the path of a mapping's entry when the key is wrong, not the value."""
_TAGS = frozenset((*KIND_NAMES, *RECEIVER_KINDS))


def validate(tree: Map) -> tuple[StackSpec | None, tuple[Problem, ...]]:
    """The model, or every problem of types and keys."""
    try:
        return StackSpec.model_validate(tree), ()
    except ValidationError as error:
        return None, tuple(problem for _, _, problem in _found(tree, error))


def sure(tree: Map, unread: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems of types and keys that are there whatever stands in text that could not be read.

    What is missing may stand there: a key of the stack, or anything in the same file. A wrong key or value stays wrong.
    """
    files, marks = {one.mark.file for one in unread}, {one.mark for one in unread}
    try:
        StackSpec.model_validate(tree)
    except ValidationError as error:
        return tuple(
            problem
            for path, kind, problem in _found(tree, error)
            if problem.mark not in marks
            and (
                kind == "extra_forbidden"
                or isinstance(value_at(tree, path), str | int | float)
                or (len(path) > 1 and problem.mark.file not in files)
            )
        )
    return ()


def _found(tree: Map, error: ValidationError) -> Iterator[tuple[Path, str, Problem]]:
    """Each error once, by its place in the tree, with its kind; without those which only follow from others."""
    found: dict[Path, tuple[str, Problem]] = {}
    for detail in error.errors(include_url=False):
        if not _is_name_of_service(detail["loc"]):
            path = real_path(tree, detail["loc"])
            found.setdefault(path, (detail["type"], _problem(tree, path, detail)))
    return ((path, kind, problem) for path, (kind, problem) in found.items() if not _follows(path, kind, found))


def _is_name_of_service(loc: tuple[str | int, ...]) -> bool:
    """Whether an error is about the key under which a service stands; its file's `service:` gives the same error."""
    return len(loc) == len(("services", "NAME", KEY_STEP)) and loc[0] == "services" and loc[-1] == KEY_STEP


def _follows(path: Path, kind: str, found: Mapping[Path, tuple[str, Problem]]) -> bool:
    """Whether an error is only what another one leads to: a list is too short as one of its items is wrong; a key is
    missing that is there with a slip of the pen."""
    if kind == "too_short":
        return any(len(other) > len(path) and other[: len(path)] == path for other in found)
    if kind == "missing":
        hint = _meant(str(path[-1]))
        beside = (one for other, one in found.items() if other[:-1] == path[:-1])
        return any(other == "extra_forbidden" and problem.hint == hint for other, problem in beside)
    return False


def real_path(tree: Any, loc: tuple[str | int, ...]) -> Path:
    """Where in the tree an error is, without pydantic's own steps into unions and tuples, which no text has."""
    path: list[str | int] = []
    node = tree
    for index, step in enumerate(loc):
        if step in _TAGS and index + 1 < len(loc) and has(node, loc[index + 1]):
            continue  # the kind's name, and not what stands under it: `promql` and `unit` stand beside each other
        if has(node, step):
            node = node[step]
        elif index < len(loc) - 1 or (isinstance(step, str) and (step in _TAGS or "[" in step or step in _TYPE_STEPS)):
            continue
        else:
            node = None
        path.append(step)
    return tuple(path)


_TYPE_STEPS = frozenset({"str", "int", "float", "bool", "Numbers", "dict", "tuple"})


def _problem(tree: Map, path: Path, detail: ErrorDetails) -> Problem:
    kind = detail["type"]
    if kind == "extra_forbidden":
        mark, text = in_file(tree, path, key=True)
        return Problem(mark, text, "unknown key", _known(path))
    if kind == "missing":
        mark, text = in_file(tree, path[:-1], key=True)
        inner = f"{text}.{path[-1]}" if text else str(path[-1])
        return Problem(mark, inner, "missing", f"add `{path[-1]}:` here")
    mark, text = in_file(tree, path, key=bool(path) and path[-1] == KEY_STEP)
    return Problem(mark, text, *wording(detail))


def _meant(name: str) -> str:
    return f"did you mean {name}?"


def _known(path: Path) -> str:
    fields = known_keys(StackSpec, path[:-1])
    best = nearest(str(path[-1]), fields)
    if best:
        return _meant(best)
    if path[0] == "components" and path[-1] == "replicas":
        return f"only {' and '.join(REPLICATED)} can have several"
    return f"known here: {', '.join(sorted(fields))}" if fields else ""


def known_keys(annotation: Any, path: Path) -> tuple[str, ...]:
    """The keys that a model takes at a path below it; empty where any key may stand."""
    models = tuple(_models(annotation))
    if not path:
        return tuple(dict.fromkeys(name for model in models for name in _keys(model)))
    inner: list[Any] = []
    for model in models:
        inner += [field.annotation for name, field in model.model_fields.items() if path[0] in (name, field.alias)]
    inner += list(_elements(annotation))
    return tuple(dict.fromkeys(key for part in inner for key in known_keys(part, path[1:])))


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _models(annotation: Any) -> tuple[type[BaseModel], ...]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    if get_origin(annotation) in (dict, tuple):
        return ()
    return tuple(model for part in get_args(annotation) for model in _models(part))


def _elements(annotation: Any) -> tuple[Any, ...]:
    """What stands behind one step into a mapping or a list."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return (args[1],)
    if origin is tuple:
        return (args[0],)
    if isinstance(annotation, type):
        return ()
    return tuple(element for part in args for element in _elements(part))
