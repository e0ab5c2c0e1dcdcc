"""Laying a second tree over the first: an environment's overlay file, or `--set KEY=VALUE` of the command line.

Mappings merge; scalars and lists replace. Where the base has a list of mappings with a `name` (alerts, probes, SLOs),
an overlay can give a mapping: its keys name the elements to change. `null` removes. Every value keeps the place it came
from.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from spec.locate import Path, spell, unspell
from spec.names import nearest
from spec.problem import Mark, Problem
from spec.yaml_fault import StopReading, readable
from spec.yaml_tree import MAX_DEPTH, EntryPlace, Map, Seq, Tree, parse_value, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SET_FILE = "--set"
"""The file name in the marks of values from the command line; the line is the position of the `--set`, from 1."""


def merge(base: Map, overlay: Map) -> tuple[Map, tuple[Problem, ...]]:
    """A new tree of both, and the problems of the overlay. Neither is changed; what is not touched is shared."""
    problems: list[Problem] = []
    return _merge_map(base, overlay, (), problems), tuple(problems)


def _merge_map(base: Map, overlay: Map, path: Path, problems: list[Problem]) -> Map:
    merged = base.copy()
    for key, value in overlay.items():
        here = (*path, key)
        if key not in base and (value is None or path == ("services",)):
            what = "service" if path == ("services",) else "key"
            problems.append(_unknown(overlay, here, what, base))
        elif value is None:
            merged.drop(key)
        else:
            old = base.get(key)
            both = isinstance(value, Map) and (isinstance(old, Map) or _is_named(old))
            place = base.marks[key] if both else overlay.marks[key]
            merged.put(key, _merge_value(old, value, here, problems), place)
    return merged


def _merge_value(old: Tree, new: Tree, path: Path, problems: list[Problem]) -> Tree:
    if isinstance(old, Map) and isinstance(new, Map):
        return _merge_map(old, new, path, problems)
    if isinstance(old, Seq) and _is_named(old) and isinstance(new, Map):
        return _merge_named(old, new, path, problems)
    return new


def _merge_named(base: Seq, overlay: Map, path: Path, problems: list[Problem]) -> Seq:
    """The elements of a list, changed or removed by their names."""
    names = [str(element["name"]) for element in base if isinstance(element, Map)]
    for key, change in overlay.items():
        if key not in names:
            problems.append(_unknown(overlay, (*path, key), "element", names))
        elif change is not None and not isinstance(change, Map):
            hint = "give a mapping of what to change, or null to remove the element"
            problems.append(_problem(overlay.value_mark(key), (*path, key), "not a change of an element", hint))
    merged = Seq(base.place)
    for name, element, place in zip(names, base, base.marks, strict=True):
        change = overlay.get(name)
        if isinstance(change, Map):
            merged.add(_merge_value(element, change, (*path, name), problems), place)
        elif change is not None or name not in overlay:
            merged.add(element, place)
    return merged


def _is_named(tree: Tree) -> bool:
    """Whether a tree is a list whose elements, if there are any, are mappings with a `name`."""
    return isinstance(tree, Seq) and all(isinstance(item, Map) and isinstance(item.get("name"), str) for item in tree)


def _unknown(overlay: Map, path: Path, what: str, known: Iterable[str]) -> Problem:
    name, known = str(path[-1]), tuple(known)
    message = f"no {what} {name!r} to change" if overlay[name] is not None else f"no {what} {name!r} to remove"
    near = nearest(name, known)
    hint = f"did you mean {near!r}?" if near else f"there is {', '.join(known[:10])}" if known else "there is none"
    return _problem(overlay.key_mark(name), path, message, hint)


def _problem(mark: Mark, path: Path, message: str, hint: str) -> Problem:
    return Problem(mark, spell(path), message, hint, id="overlay")


def from_settings(settings: Sequence[str]) -> tuple[Map, tuple[Problem, ...]]:
    """The overlay that `--set KEY=VALUE` options make; of two for the same key the later one counts.

    KEY is a path such as `components.prometheus.port` or `alerts.HighErrorRate.for`. VALUE is a number, true, false,
    text (quotes make anything text), a [list] or a {mapping}; null or nothing removes the key.
    """
    tree = Map((SET_FILE, 1, 1))
    problems: list[Problem] = []
    for number, setting in enumerate(settings, start=1):
        start = _KEY.match(setting)
        key, text = (start[1], setting[start.end() :]) if start else ("", "")
        try:
            path = _setting_path(key)
        except ValueError as error:
            hint = "write KEY=VALUE, such as components.prometheus.port=9091"
            problems.append(_problem(Mark(SET_FILE, number, 1), (), f"{setting!r}: {error}", hint))
            continue
        value, found = _setting_value(text, number, len(key) + 2)
        problems.extend(found)
        if not found:
            _put(tree, path, value, (SET_FILE, number, 1, number, len(key) + 2))
    return tree, tuple(problems)


_KEY = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^="])*)=')


def _setting_path(key: str) -> tuple[str, ...]:
    """The names in a key; ValueError when it is not a path of names."""
    path = unspell(key)
    names = tuple(part for part in path if isinstance(part, str))
    if not names or len(names) > MAX_DEPTH:
        raise ValueError(
            "it does not start with a key and '='" if not names else f"the key has more than {MAX_DEPTH} parts"
        )
    if names != path:
        raise ValueError("a number does not choose an element; use its name, as in alerts.HighErrorRate.for")
    return names


def _setting_value(text: str, line: int, column: int) -> tuple[Tree, tuple[Problem, ...]]:
    """The value and its problems. Only quotes and brackets start YAML: `#`, `*` or `: ` on a command line are text."""
    padded = "\n" * (line - 1) + " " * (column - 1) + text
    if text.lstrip()[:1] in ("'", '"', "[", "{"):
        value, problems = parse_value(padded, SET_FILE)
        return value, tuple(replace(problem, mark=_on_line(problem.mark, line, column)) for problem in problems)
    try:
        return plain(readable(padded, SET_FILE).strip()), ()
    except StopReading as stop:
        return None, (stop.problem,)


def _on_line(mark: Mark, line: int, column: int) -> Mark:
    """The mark, or the value's start when it lies past the setting, where the parser missed an end."""
    return mark if mark.line == line else Mark(mark.file, line, column)


def _put(tree: Map, path: tuple[str, ...], value: Tree, place: EntryPlace) -> None:
    """Set the value at a path, making the mappings on the way."""
    for part in path[:-1]:
        below = tree.get(part)
        if not isinstance(below, Map):
            below = Map(place[:3])
            tree.put(part, below, place)
        tree = below
    tree.put(path[-1], value, place)
