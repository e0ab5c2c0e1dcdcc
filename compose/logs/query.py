"""Which lines are asked for, in LogQL."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.alloy import LEVELS, OTHER_CATEGORY, OTHER_NAMES, UNKNOWN_LEVEL
from spec.names import OWN_SERVICE, SERVICE, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spec.logs import Logs
    from spec.stack import Stack

_RANK = {"TRACE": 0, "DEBUG": 1, "INFO": 2, "WARNING": 3, "ERROR": 4, "CRITICAL": 5, "FATAL": 5}
ERRORS = tuple(level for level in LEVELS if _RANK[level] >= _RANK["ERROR"])
_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


@dataclass(frozen=True)
class Wanted:
    """What a line must be like. No service means all of them; `patterns` are regular expressions in RE2 syntax."""

    service: str = ""
    levels: tuple[str, ...] = ()
    category: str = ""
    patterns: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    ignore_case: bool = False
    fields: tuple[tuple[str, str], ...] = ()

    def selector(self) -> str:
        """The streams."""
        matchers = [f"{SERVICE}={quoted(self.service)}" if self.service else f'{SERVICE}=~".+"']
        if self.levels:
            matchers.append(f"level=~{quoted('|'.join(self.levels))}")
        if self.category:
            matchers.append(f"category={quoted(self.category)}")
        return "{" + ",".join(matchers) + "}"

    def logql(self, metadata: Iterable[str] = ()) -> str:
        """The streams and their lines. Fields that are not among the structured metadata are read from the line."""
        kept = frozenset(metadata)
        parts = [self.selector()]
        parts += [self._filter(pattern, "|=", "|~") for pattern in self.patterns]
        parts += [self._filter(pattern, "!=", "!~") for pattern in self.without]
        for name, value in self.fields:
            parts += [] if name in kept else [f"| json {name}={quoted(name)}"]
            parts.append(f"| {name}={quoted(value)}")
        return " ".join(parts)

    def _filter(self, pattern: str, contains: str, matches: str) -> str:
        if self.ignore_case:
            return f"{matches} {quoted(f'(?i){pattern}')}"
        return f"{matches if _SPECIAL & set(pattern) else contains} {quoted(pattern)}"


def quoted(text: str) -> str:
    """A string in LogQL."""
    return json.dumps(text, ensure_ascii=False)


def level_names(text: str) -> tuple[str, ...]:
    """`error,fatal`, or `warning+` for a level and all that are worse. Raises ValueError for levels nobody has."""
    found: list[str] = []
    for word in filter(None, text.upper().split(",")):
        name, above = word.removesuffix("+"), word.endswith("+")
        name = OTHER_NAMES.get(name, name)
        if name not in (*LEVELS, UNKNOWN_LEVEL):
            raise ValueError(f"no level is called {name}; levels are {', '.join((*LEVELS, UNKNOWN_LEVEL))}")
        worse = [level for level in LEVELS if _RANK[level] > _RANK[name]] if above and name in _RANK else []
        found += [name, *worse]
    if not found:
        raise ValueError("no level is named")
    return tuple(dict.fromkeys(found))


def category_name(text: str, logs: Logs | None) -> str:
    """A declared category by its name or by a beginning that only one has. Raises ValueError when there is none."""
    known = [category.name for category in logs.categories] if logs else []
    known += [OTHER_CATEGORY] if known else []
    begun = [name for name in known if name.startswith(text)]
    if text in known or len(begun) == 1:
        return text if text in known else begun[0]
    if not known:
        raise ValueError("its logs have no categories")
    best = nearest(text, known)
    hint = f" (did you mean {best}?)" if best else ""
    raise ValueError(f"no category is called {text!r}{hint}; there are {', '.join(known)}")


def field_value(text: str) -> tuple[str, str]:
    """`NAME=VALUE`. Raises ValueError for anything else."""
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"not a field and its value: {text!r}; write NAME=VALUE, such as request_id=4f2a")
    return name, value


def logs_of(stack: Stack, service: str) -> Logs | None:
    """What the spec says of a service's logs; None for the stack's own, and for those that have none."""
    found = stack.by_name.get(service)
    return found.spec.logs if found else None


def searchable(stack: Stack) -> tuple[str, ...]:
    """The services whose lines come to Loki, and the stack itself."""
    return (*(service.name for service in stack.services if service.spec.logs is not None), OWN_SERVICE)
