"""What differs between two values of the model: the smallest parts, each with its path.

Elements of a list are told by their names, so that order says nothing; lists of plain values are sets, save where
order is meaning. Values are compared as they are meant: `5%` is `0.05`, and a default that is written out is no change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spec.base import Model
from spec.indicator import Measure, kind
from spec.scalars import Quantity
from spec.service import PANEL_SUBJECTS, Exporter, Panel, Section, Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str, ...]
ORDERED = frozenset({"steps"})
"""Lists in which order is meaning."""


@dataclass(frozen=True)
class Edit:
    """One difference. None on a side means that there is nothing there."""

    path: Path
    before: Any
    after: Any


def edits(before: Any, after: Any, path: Path = ()) -> Iterator[Edit]:
    """Every difference, the deepest that still has a name of its own."""
    if before is after:
        return
    if isinstance(before, Model) and type(before) is type(after):
        yield from _of_models(before, after, path)
        return
    old, new = _named(before), _named(after)
    if old is not None and new is not None and (old or new):
        for name in dict.fromkeys((*old, *new)):
            yield from edits(old.get(name), new.get(name), (*path, name))
    elif not _same(before, after, path):
        yield Edit(path, before, after)


def _of_models(before: Model, after: Model, path: Path) -> Iterator[Edit]:
    for name, field in type(before).model_fields.items():
        yield from edits(getattr(before, name), getattr(after, name), (*path, field.alias or name))


def _named(value: Any) -> Mapping[str, Any] | None:
    """The parts of a mapping, or of a list whose elements have names; None for anything else."""
    if isinstance(value, dict):
        return {str(key): part for key, part in value.items()}
    if isinstance(value, tuple) and all(isinstance(part, Model) for part in value):
        parts: dict[str, Any] = {}
        for part in value:
            name = _name(part)
            again = sum(known == name or known.startswith(f"{name} (") for known in parts)
            parts[f"{name} ({again + 1})" if again else name] = part
        return parts
    return None


def _name(part: Model) -> str:
    match part:
        case Exporter():
            return part.name or part.pack
        case Section():
            return part.title
        case Panel():
            subject = next(getattr(part, key) for key in PANEL_SUBJECTS if getattr(part, key) is not None)
            return part.title or str(subject)
        case _:
            name = getattr(part, "name", None)
            return str(name) if name else spelled(part)


def _same(before: Any, after: Any, path: Path) -> bool:
    if isinstance(before, tuple) and isinstance(after, tuple) and not ORDERED & set(path[-1:]):
        return sorted(map(_key, before)) == sorted(map(_key, after))
    if isinstance(before, Quantity) and isinstance(after, Quantity):
        return before.value == after.value
    return bool(before == after)


def _key(value: Any) -> str:
    return f"{type(value).__name__}{value}"


def spelled(value: Any) -> str:
    """A value of the model in few words."""
    match value:
        case None | "" | ():
            return "unset"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case Service():
            return _service(value)
        case Measure():
            indicator = kind(value) or ""
            return f"{indicator} {spelled(getattr(value, indicator))}"
        case Model():
            given = (
                (name, getattr(value, name))
                for name in type(value).model_fields
                if name in value.model_fields_set and name != "name"
            )
            return ", ".join(f"{name.rstrip('_')} {spelled(part)}" for name, part in given if part is not None)
        case dict() if not value:
            return "unset"
        case dict():
            return ", ".join(f"{name} {spelled(part)}" for name, part in value.items())
        case tuple():
            return ", ".join(map(spelled, value))
        case _:
            return str(value)


def _service(service: Service) -> str:
    counts = (
        (len(service.scrape.targets) + len(service.scrape.files), "targets"), (len(service.probes), "probes"),
        (len(service.metrics), "metrics"), (len(service.slos), "objectives"), (len(service.dashboards), "dashboards"),
    )  # fmt: skip
    return (
        f"{service.title}, owned by {service.owner}: {', '.join(f'{count} {what}' for count, what in counts if count)}"
    )


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text within a value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name), (*path, name))
    elif isinstance(value, dict | tuple):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        yield from (leaf for name, part in parts for leaf in leaves(part, (*path, str(name))))


def worded(edit: Edit) -> str:
    """An edit in words: `interval 15s → 30s`, `code: also 3xx; no longer 5xx`, `title: now Shop`."""
    label = " ".join(edit.path[-1:]).replace("_", " ")
    before, after = edit.before, edit.after
    if isinstance(before, tuple) and isinstance(after, tuple) and not ORDERED & set(edit.path[-1:]):
        gone = [spelled(part) for part in before if part not in after]
        new = [spelled(part) for part in after if part not in before]
        words = [f"also {', '.join(new)}"] * bool(new) + [f"no longer {', '.join(gone)}"] * bool(gone)
        return f"{label}: {'; '.join(words)}"
    return f"{label} {spelled(before)} → {spelled(after)}"
