"""A series selector such as `http_requests_total{code="5xx"}`: its metric and its matchers, parsed once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic_core import CoreSchema, core_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

Operator = Literal["=", "!=", "=~", "!~"]
_METRIC = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*")
_MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')\s*')
_PLAIN = re.compile(r"[A-Za-z0-9_ /:-]+")
"""A word without meaning in a regular expression."""


@dataclass(frozen=True)
class Matcher:
    label: str
    operator: Operator
    value: str

    def matches(self, value: str) -> bool:
        """Whether a label's value passes; regular expressions are anchored, as in Prometheus."""
        if self.operator in ("=", "!="):
            return (value == self.value) == (self.operator == "=")
        return (re.fullmatch(self.value, value) is not None) == (self.operator == "=~")

    def lost(self, values: Iterable[str]) -> tuple[str, ...]:
        """The words of `one|other` that are none of the values; other regular expressions are not taken apart."""
        words = self.value.split("|") if self.operator == "=~" else []
        known = frozenset(values)
        return tuple(word for word in words if word not in known) if all(map(_PLAIN.fullmatch, words)) else ()

    def __str__(self) -> str:
        return f"{self.label}{self.operator}{encode_basestring(self.value)}"


@dataclass(frozen=True)
class Selector:
    """`metric{matchers}` without range or offset."""

    metric: str
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        return f"{self.metric}{{{','.join(map(str, self.matchers))}}}" if self.matchers else self.metric

    def where(self, matchers: Iterable[Matcher]) -> Selector:
        """The same selector with more matchers in front (the service's own)."""
        return Selector(self.metric, (*matchers, *self.matchers))

    def named(self, metric: str) -> Selector:
        """The same matchers on another metric, such as a histogram's `_bucket`."""
        return Selector(metric, self.matchers)

    @classmethod
    def parse(cls, text: object) -> Selector:
        """Raises ValueError, saying where the text stops being a selector."""
        if isinstance(text, Selector):
            return text
        if not isinstance(text, str):
            raise ValueError(f'not a selector: {text!r}; write a metric\'s name, perhaps with {{label="value"}}')
        head = _METRIC.match(text)
        if head is None:
            raise ValueError(f"not a selector: {text!r}; it must start with a metric's name")
        rest = text[head.end() :]
        if not rest:
            return cls(head[1])
        if not (rest.startswith("{") and rest.rstrip().endswith("}")):
            more = 'after the metric only {label="value", …} may follow (promql takes any expression)'
            raise ValueError(f"not a selector: {text!r}; {more}")
        return cls(head[1], tuple(_matchers(rest.rstrip()[1:-1], text)))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        return core_schema.json_or_python_schema(
            json_schema=core_schema.str_schema(),
            python_schema=core_schema.no_info_plain_validator_function(cls.parse),
        )


def _matchers(inner: str, text: str) -> Iterable[Matcher]:
    at = 0
    while inner[at:].strip():
        match = _MATCHER.match(inner, at)
        if match is None:
            near = inner[at:].strip()
            raise ValueError(f'not a selector: {text!r}; near {near!r} a matcher label="value" was expected')
        yield _matcher(match[1], match[2], match[3])
        at = match.end()
        if inner[at:] and not inner[at:].startswith(","):
            raise ValueError(f"not a selector: {text!r}; near {inner[at:].strip()!r} a comma was expected")
        at += 1


def _matcher(label: str, operator: str, quoted: str) -> Matcher:
    body = quoted[1:-1]
    value = re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), body)
    if "\n" in value:
        raise ValueError(f"label {label} cannot hold a line break")
    if operator in ("=~", "!~"):
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {value!r} ({error})") from None
    return Matcher(label, next(o for o in get_args(Operator) if o == operator), value)
