"""What log lines carry: the labels that the way to Loki gives them, and the fields that services declare."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from generator.alloy import LEVELS, OTHER_CATEGORY, OWN_LOGS, UNKNOWN_LEVEL
from spec.logs import Numbers
from spec.names import ENVIRONMENT, OWN_SERVICE, SERVICE
from spec.stack import once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spec.logs import Category, FieldValues, Logs
    from spec.selector import Matcher
    from spec.stack import Stack

LEVEL, CATEGORY = "level", "category"
STREAM_LABELS = frozenset({SERVICE, LEVEL, CATEGORY, ENVIRONMENT})
"""What Alloy makes labels of streams; everything else would make too many streams."""
GIVEN = frozenset({
    "service_name", "__error__", "__error_details__", "__line__", "__timestamp__", "filename", "component",
})  # fmt: skip
"""What Loki and Alloy add to every line."""


@dataclass(frozen=True)
class Carried:
    """What lines carry: `labels` without reading the line, `fields` once it is read as JSON (None when nobody says
    which), and those of them that are declared to hold words, and to hold numbers."""

    labels: frozenset[str]
    fields: frozenset[str] | None
    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    def __or__(self, other: Carried) -> Carried:
        """Of the lines of both."""
        fields = None if self.fields is None or other.fields is None else self.fields | other.fields
        words, numbers = self.words | other.words, self.numbers | other.numbers
        return Carried(self.labels | other.labels, fields, words - self.mixed(other), numbers - self.mixed(other))

    def mixed(self, other: Carried) -> frozenset[str]:
        """Fields that hold words in one and numbers in the other."""
        return (self.words & other.numbers) | (self.numbers & other.words)


@once
def logs_of(stack: Stack) -> Mapping[str, Logs]:
    """What is said of the logs of every service that has some, the stack's own too."""
    logs = {service.name: service.spec.logs for service in stack.services if service.spec.logs is not None}
    return {**logs, OWN_SERVICE: OWN_LOGS}


def chosen(stack: Stack, matchers: Iterable[Matcher]) -> Mapping[str, Logs]:
    """The services that a selector can mean; variables of a dashboard stand for any."""
    wanted = [one for one in matchers if one.label == SERVICE and "$" not in one.value]
    known = logs_of(stack)
    named = next((one.value for one in wanted if one.operator == "="), None)
    names = known if named is None else [named] if named in known else []
    return {name: known[name] for name in names if all(one.matches(name) for one in wanted)}


def carried(stack: Stack, matchers: tuple[Matcher, ...]) -> Carried:
    """What the lines of a selector carry, of every service and category that it can mean."""
    found = [_carried(logs, matchers) for logs in chosen(stack, matchers).values()]
    labels = STREAM_LABELS | GIVEN
    return reduce(Carried.__or__, found) if found else Carried(labels, None)


def _carried(logs: Logs, matchers: tuple[Matcher, ...]) -> Carried:
    labels = STREAM_LABELS | GIVEN | set(logs.metadata)
    if logs.format != "json":
        return Carried(labels, None)
    common = (logs.fields.time, logs.fields.level, logs.fields.message, logs.fields.category)
    texts = frozenset(name for name in common if name)
    timed = frozenset(name for name in (logs.fields.duration,) if name)
    declared = list(_declared(_categories(logs, matchers)))
    if not any(category.fields for category in logs.categories):
        return Carried(labels, None, texts, timed)
    kinds = Counter(name for name, _ in declared)
    words = Counter(name for name, values in declared if _kind(values) == "words")
    numbers = Counter(name for name, values in declared if _kind(values) == "numbers")
    return Carried(
        labels,
        frozenset({*texts, *timed, *logs.metadata, *kinds}),
        texts | {name for name, count in words.items() if count == kinds[name]},
        timed | {name for name, count in numbers.items() if count == kinds[name]},
    )


def _categories(logs: Logs, matchers: Iterable[Matcher]) -> Iterator[Category]:
    wanted = [one for one in matchers if one.label == CATEGORY and "$" not in one.value]
    return (one for one in logs.categories if all(matcher.matches(one.name) for matcher in wanted))


def _declared(categories: Iterable[Category]) -> Iterator[tuple[str, FieldValues]]:
    return (pair for category in categories for pair in category.fields.items())


def _kind(values: FieldValues) -> str:
    """words, numbers, or nothing where a field may hold both."""
    if isinstance(values, Numbers):
        return "numbers"
    read = [_is_number(value) for value in values]
    return "numbers" if all(read) else "" if any(read) else "words"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def label_values(logs: Logs, label: str) -> tuple[str, ...]:
    """The values that `level` or `category` takes on a service's lines, those that nobody declared included.

    An alert that names others is told of at its own line; what is made of the alert need not be."""
    if label == LEVEL:
        levels = LEVELS if logs is OWN_LOGS else logs.levels
        return (*dict.fromkeys((*levels, *(one for alert in logs.alerts for one in alert.levels))), UNKNOWN_LEVEL)
    named = (alert.category for alert in logs.alerts if alert.category)
    return (*dict.fromkeys((*(one.name for one in logs.categories), *named)), OTHER_CATEGORY)
