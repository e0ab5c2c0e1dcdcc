"""Log lines as a service writes them: JSON, by category and level, at the pace of the load."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import load
from .contract import Choice, Spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

    from .contract import Category, Field, LogEffect, Logs

ERRORS = frozenset({"ERROR", "CRITICAL", "FATAL"})
LONGEST_GAP = 5.0
"""Seconds: after a longer pause (a machine that slept) only the last of them are caught up."""


class LogStream:
    """Produces the lines of one service since they were last asked for."""

    def __init__(self, service: str, logs: Logs, now: float) -> None:
        self._service = service
        self._logs = logs
        self._random = load.seeded(service, "logs", str(now))
        self._rhythm = load.rhythm(service, "logs")
        self._due = {category.name: self._random.random() for category in logs.categories}
        self._at = now

    def lines(self, now: float, effects: Sequence[LogEffect] = ()) -> tuple[str, str]:
        """The text to append to the log and to the error stream, either of which may be empty."""
        start = max(self._at, now - LONGEST_GAP)
        usual: list[str] = []
        errors: list[str] = []
        for moment, category, level in sorted(self._events(start, now, effects), key=lambda event: event[0]):
            line = self._line(moment, category, level)
            (errors if self._logs.error_path and level in ERRORS else usual).append(line)
        self._at = max(self._at, now)
        return "".join(usual), "".join(errors)

    def _events(self, start: float, end: float, effects: Sequence[LogEffect]) -> Iterator[tuple[float, Category, str]]:
        for category, rate, forced in rates(self._logs, effects, self._rhythm.at(end)):
            self._due[category.name] += rate * max(0.0, end - start)
            count = int(self._due[category.name])
            self._due[category.name] -= count
            for _ in range(count):
                level = forced or self._random.choices(tuple(category.levels), tuple(category.levels.values()))[0]
                yield self._random.uniform(start, end), category, level

    def _line(self, moment: float, category: Category, level: str) -> str:
        fields = {
            name: value
            for name, field in {**self._logs.fields, **category.fields}.items()
            if (value := self._field(name, field, category, level)) is not None
        }
        stamp = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {
            self._logs.timestamp: stamp,
            self._logs.level: level,
            **({self._logs.category: category.name} if category.name else {}),
            self._logs.message: _filled(category.message, fields),
        } | fields
        return json.dumps(line, ensure_ascii=False) + "\n"

    def _field(self, name: str, field: Field, category: Category, level: str) -> object:
        match field:
            case Choice(values):
                return self._random.choice(_fitting(values, level))
            case Spread(median):
                return round(median * self._random.lognormvariate(0.0, load.SIGMA), 3)
        if name in {"stack", "exception", "traceback"}:
            return _stack(self._service, category.name or "main") if level in ERRORS else None
        if name in {"ip", "client_ip", "remote_addr"}:
            return f"192.0.2.{self._random.randint(1, 254)}"
        if name in {"module", "logger"}:
            return f"{self._service}.{category.name or 'main'}"
        if name == "function":
            return f"handle_{category.name or 'request'}"
        return _identifier(self._random)


def _fitting(values: tuple[object, ...], level: str) -> tuple[object, ...]:
    """Of HTTP statuses those that fit the level: a service's own failures are errors, and a page not found is none."""
    if not all(re.fullmatch(r"[1-5]\d\d", str(value)) for value in values):
        return values
    failures = tuple(value for value in values if str(value).startswith("5"))
    if level in ERRORS:
        return failures or (500 if isinstance(values[0], int) else "500",)
    return tuple(value for value in values if value not in failures) or values


def rates(logs: Logs, effects: Sequence[LogEffect], relative: float) -> Iterator[tuple[Category, float, str | None]]:
    """Each category as faults change it, its lines a second under a relative load, and the level if a fault sets it."""
    total = sum(category.share for category in logs.categories)
    for category in logs.categories:
        share = category.share / total
        rate, last = logs.lines_per_second * share * relative, None
        for effect in effects:
            if effect.category in (None, category.name):
                rate, last = effect.lines_per_second * (1 if effect.category else share), effect
        yield _changed(category, last) if last else category, rate, last.level if last else None


def _changed(category: Category, effect: LogEffect) -> Category:
    numbers = {field: Choice((value,)) for field, value in effect.numbers}
    return replace(category, message=effect.message or category.message, fields={**category.fields, **numbers})


def _filled(message: str, fields: Mapping[str, object]) -> str:
    for name, value in fields.items():
        message = message.replace(f"{{{name}}}", str(value))
    return message


def _identifier(random: Random) -> str:
    return f"{random.getrandbits(64):016x}"


def _stack(service: str, category: str) -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "/app/{service}/{category}.py", line 42, in handle_{category}\n'
        "    return self.call(request)\n"
        f'  File "/app/{service}/client.py", line 17, in call\n'
        "    raise TimeoutError(self.target)\n"
        "TimeoutError: no answer within the time limit"
    )
