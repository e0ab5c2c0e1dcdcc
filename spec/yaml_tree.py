"""YAML text to plain data that remembers where every entry stands.

The reading is strict and follows YAML 1.2's core schema where it can: only `true`/`false`, `null`/`~`/nothing and
decimal numbers are typed, and only without quotes; `no`, `12:30`, `0o7` and `007` stay text. What people do by mistake,
and what has no business in a spec, is refused at its line: duplicate keys, merge keys, tags, a second document, tabs as
indentation, control characters, alias bombs. Built on libyaml's event stream (pure Python where libyaml is absent).
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from spec.problem import Mark, Problem
from spec.yaml_fault import Place, StopReading, readable, syntax_problem, text_problem

try:
    from yaml._yaml import CParser as _Parser
except ImportError:
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]  # the same events, some ten times slower

if TYPE_CHECKING:
    from collections.abc import Iterable

EntryPlace: TypeAlias = tuple[str, int, int, int, int]
"""File, line and column of a key, line and column of its value."""
Scalar: TypeAlias = str | int | float | bool | None
Tree: TypeAlias = "Map | Seq | Scalar"

MAX_DEPTH = 50
MAX_ALIASED_NODES = 200_000
"""How many nodes a document's aliases may stand for, all together."""


class Map(dict[str, "Tree"]):
    """A mapping; `marks` has the places of each entry, which keep their own file when trees are merged."""

    __slots__ = ("marks", "place")

    def __init__(self, place: Place = ("", 1, 1)) -> None:
        self.place = place
        self.marks: dict[str, EntryPlace] = {}

    @property
    def mark(self) -> Mark:
        """Where the mapping starts."""
        return Mark(*self.place)

    def key_mark(self, key: str) -> Mark:
        """Where the key stands; KeyError when there is none."""
        return Mark(*self.marks[key][:3])

    def value_mark(self, key: str) -> Mark:
        """Where the key's value stands; KeyError when there is none."""
        file, _, _, line, column = self.marks[key]
        return Mark(file, line, column)

    def put(self, key: str, value: Tree, place: EntryPlace) -> None:
        """Set an entry together with its places."""
        self[key] = value
        self.marks[key] = place

    def drop(self, key: str) -> None:
        """Take an entry out together with its places; KeyError when there is none."""
        del self[key], self.marks[key]

    def copy(self) -> Map:
        """A mapping with the same entries and places that can be changed without touching this one."""
        twin = Map(self.place)
        twin.update(self)
        twin.marks.update(self.marks)
        return twin


class Seq(list["Tree"]):
    """A sequence; `marks` has the place of each item."""

    __slots__ = ("marks", "place")

    def __init__(self, place: Place = ("", 1, 1)) -> None:
        self.place = place
        self.marks: list[Place] = []

    @property
    def mark(self) -> Mark:
        """Where the sequence starts."""
        return Mark(*self.place)

    def item_mark(self, index: int) -> Mark:
        """Where the item stands; IndexError when there is none."""
        return Mark(*self.marks[index])

    def add(self, value: Tree, place: Place) -> None:
        """Append an item together with its place."""
        self.append(value)
        self.marks.append(place)


def parse(source: str | bytes, file: str) -> tuple[Map, tuple[Problem, ...]]:
    """The mapping that a YAML file holds, and every problem of its text, with `file` as the name in the marks.

    Entries with a problem are left out of the mapping; where reading had to stop, the mapping is empty. Never raises.
    """
    tree, problems = _read(source, file, whole_file=True)
    return tree if isinstance(tree, Map) else Map((file, 1, 1)), problems


def parse_value(source: str, file: str) -> tuple[Tree, tuple[Problem, ...]]:
    """Like `parse`, for any value: a scalar, a sequence or a mapping; an empty text is None. Never raises."""
    return _read(source, file, whole_file=False)


@lru_cache(maxsize=2000)
def plain(text: str) -> Scalar:
    """What a scalar without quotes means. Most come again and again: types, units, words of a team."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in "0123456789.-+" else text


_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 64
_NOT_ALLOWED_ESCAPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _number(text: str) -> Scalar:
    """A leading zero makes text (octal to some readers, decimal to others), and so does a value no float can hold."""
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _read(source: str | bytes, file: str, *, whole_file: bool) -> tuple[Tree, tuple[Problem, ...]]:
    problems: list[Problem] = []
    try:
        text = readable(source, file)
        builder = _Builder(_Parser(text), file, problems)
        return builder.document(whole_file=whole_file), tuple(problems)
    except StopReading as stop:
        problems.append(stop.problem)
    except yaml.MarkedYAMLError as error:
        problems.append(syntax_problem(error, text, file))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        problems.append(text_problem((file, 1, 1), f"not valid YAML: {error}"))
    return Map((file, 1, 1)), tuple(problems)


class _Builder:
    """Builds one document; notes the problems it can read past, raises those it cannot."""

    def __init__(self, parser: Any, file: str, problems: list[Problem]) -> None:
        self.next_event = parser.get_event
        self.file = file
        self.problems = problems
        self.depth = 0
        self.anchors: dict[str, Tree] = {}
        self.open_anchors: set[str] = set()
        self.aliased_nodes = 0
        self.extents: dict[int, tuple[int, int]] = {}

    def document(self, *, whole_file: bool) -> Tree:
        """The only document of the stream; of a whole file it must be a mapping."""
        self.next_event()
        if type(self.next_event()) is StreamEndEvent:
            if whole_file:
                self.note((self.file, 1, 1), "the file is empty")
            return None
        event = self.next_event()
        tree = self.node(event)
        if whole_file and not isinstance(tree, Map):
            empty = tree is None and type(event) is ScalarEvent
            self.note(self.place(event), "the file is empty" if empty else "the top level must be a mapping of keys")
        self.next_event()
        event = self.next_event()
        if type(event) is DocumentStartEvent:
            self.note(self.place(event), "a second document starts here", "one file holds one document")
        return tree

    def node(self, event: Any) -> Tree:
        """The value that starts with an event. Most are scalars without anything special: they come first."""
        if event.__class__ is ScalarEvent:
            value: Tree = event.value
            if not event.style:
                value = plain(event.value)
            elif not event.value.isprintable():
                self.check_escapes(event)
        elif event.__class__ is AliasEvent:
            return self.alias(event)
        else:
            value = self.collection(event)
        if event.tag is not None:
            self.note(self.place(event), "tags are not used here", "remove it; quotes make a value text")
        if event.anchor is not None:
            if event.anchor in self.anchors:
                hint = "give each anchor a name of its own"
                self.note(self.place(event), f"the anchor &{event.anchor} is defined twice", hint)
            self.anchors.setdefault(event.anchor, value)
        return value

    def mapping(self, start: Any) -> Map:
        next_event, node, file = self.next_event, self.node, self.file
        tree = Map(self.place(start))
        marks = tree.marks
        event = next_event()
        while event.__class__ is not MappingEndEvent:
            key = event.value if event.__class__ is ScalarEvent else None
            if key is None or key in marks or key in _ODD_KEYS or event.style or event.tag or event.anchor:
                key = self.odd_key(event, tree)
            value_event = next_event()
            value = node(value_event)
            if key is not None:
                at, value_at = event.start_mark, value_event.start_mark
                tree[key] = value
                marks[key] = (file, at.line + 1, at.column + 1, value_at.line + 1, value_at.column + 1)
            event = next_event()
        return tree

    def sequence(self, start: Any) -> Seq:
        next_event, node, file = self.next_event, self.node, self.file
        tree = Seq(self.place(start))
        marks = tree.marks
        event = next_event()
        while event.__class__ is not SequenceEndEvent:
            tree.append(node(event))
            at = event.start_mark
            marks.append((file, at.line + 1, at.column + 1))
            event = next_event()
        return tree

    def odd_key(self, event: Any, tree: Map) -> str | None:
        """A key that needs a closer look: its text, or None when it is refused, after noting why."""
        place = self.place(event)
        if event.__class__ is not ScalarEvent:
            self.node(event)
            self.note(place, "a key must be plain text", "put a text that starts with {, [ or * in quotes")
            return None
        self.node(event)
        key: str = event.value
        if key == "<<" and not event.style:
            hint = "write the keys out, or share a whole value by an alias"
            self.note(place, "merge keys (<<) are not used here", hint)
        elif key == "" and not event.style:
            self.note(place, "a key is missing before the ':'")
        elif key in tree:
            self.note(place, f"duplicate key {key!r}, first at line {tree.marks[key][1]}", "remove one of them")
        else:
            return key
        return None

    def collection(self, event: Any) -> Map | Seq:
        if self.depth == MAX_DEPTH:
            raise StopReading(text_problem(self.place(event), f"nested deeper than {MAX_DEPTH} levels"))
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        self.depth += 1
        tree = self.mapping(event) if event.__class__ is MappingStartEvent else self.sequence(event)
        self.depth -= 1
        self.open_anchors.discard(event.anchor)
        return tree

    def alias(self, event: Any) -> Tree:
        """The very object that the anchor names. What it would take written out is counted, not built."""
        name, place = event.anchor, self.place(event)
        if name in self.open_anchors:
            raise StopReading(text_problem(place, f"the alias *{name} stands inside the value it names"))
        if name not in self.anchors:
            self.note(place, f"no anchor &{name} above this alias", "quote a text that starts with *")
            return None
        tree = self.anchors[name]
        nodes, levels = _extent(tree, self.extents)
        self.aliased_nodes += nodes
        if self.aliased_nodes > MAX_ALIASED_NODES:
            raise StopReading(text_problem(place, f"too many nodes through aliases: more than {MAX_ALIASED_NODES:,}"))
        if self.depth + levels > MAX_DEPTH:
            raise StopReading(text_problem(place, f"nested deeper than {MAX_DEPTH} levels through the alias *{name}"))
        return tree

    def check_escapes(self, event: Any) -> None:
        if found := _NOT_ALLOWED_ESCAPED.search(event.value):
            message = f"the text has the control character U+{ord(found[0]):04X}"
            self.note(self.place(event), message, "remove the escape")

    def place(self, event: Any) -> Place:
        return (self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def note(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(text_problem(place, message, hint))


_ODD_KEYS = frozenset(("", "<<"))


def _extent(tree: Tree, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many nodes and levels a tree has when its aliases are written out; looks at every collection once."""
    if not isinstance(tree, (Map, Seq)):
        return (1, 0)
    if id(tree) not in known:
        children: Iterable[Tree] = tree.values() if isinstance(tree, Map) else tree
        nodes, levels = 1, 0
        for child in children:
            child_nodes, child_levels = _extent(child, known)
            nodes, levels = nodes + child_nodes, max(levels, child_levels)
        known[id(tree)] = (nodes, levels + 1)
    return known[id(tree)]
