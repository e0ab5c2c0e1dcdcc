"""From the tree to the typed model, with every complaint of the types turned into a problem at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from spec.indicator import KIND_NAMES
from spec.locate import in_file
from spec.names import nearest
from spec.notify import RECEIVER_KINDS
from spec.problem import Problem
from spec.root import StackSpec

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from spec.yaml_tree import Map

Path = tuple[str | int, ...]
_TAGS = frozenset((*KIND_NAMES, *RECEIVER_KINDS))


def validate(tree: Map) -> tuple[StackSpec | None, tuple[Problem, ...]]:
    """The model, or every problem of types and keys."""
    try:
        return StackSpec.model_validate(tree), ()
    except ValidationError as error:
        found: dict[Path, Problem] = {}
        for detail in error.errors(include_url=False):
            path = real_path(tree, detail["loc"])
            found.setdefault(path, _problem(tree, path, detail))
        return None, tuple(found.values())


def real_path(tree: Any, loc: tuple[str | int, ...]) -> Path:
    """Where in the tree an error is: pydantic's own steps into unions and tuples, which the text does not have, are left out."""
    path: list[str | int] = []
    node = tree
    for index, step in enumerate(loc):
        if isinstance(node, dict) and step in node or isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]  # type: ignore[index]  # the step was just found in it
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
    mark, text = in_file(tree, path, key=bool(path) and path[-1] == "[key]")
    return Problem(mark, text, _message(detail), "")


def _message(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    match kind:
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return f"must be one of {str(context['expected']).replace(' or ', ', ')}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must be a mapping of keys to values"
        case "tuple_type" | "list_type":
            return "must be a list"
        case "string_type":
            return "must be text"
        case "bool_type" | "bool_parsing":
            return "must be true or false"
        case "int_type" | "int_parsing" | "int_from_float":
            return "must be a whole number"
        case "float_type" | "float_parsing":
            return "must be a number"
        case "string_pattern_mismatch":
            return f"must match {context['pattern']}"
        case "too_short":
            return f"must have at least {context['min_length']} item{'s' if context['min_length'] != 1 else ''}"
        case _:
            text = detail["msg"]
            return text[0].lower() + text[1:]


def _known(path: Path) -> str:
    fields = known_keys(StackSpec, path[:-1])
    best = nearest(str(path[-1]), fields)
    if best:
        return f"did you mean {best}?"
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
