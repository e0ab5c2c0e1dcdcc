"""The words of a LogQL expression, each with its place; variables of Grafana may stand among them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

Kind = Literal["name", "string", "number", "duration", "bytes", "variable", "range", "flag", "sign", "end"]
_UNIT = r"ns|us|µs|ms|s|m|h|d|w|y"
_VARIABLE = r"\$\{[^}]*\}|\$\w+|\[\[\w+\]\]"
_LENGTH = rf"(?:\d+(?:\.\d+)?(?:{_UNIT}))+"
_WHOLE = rf"(?:\d+(?:{_UNIT}))+"
_WORDS = re.compile(
    rf"""\s*+(?:\#[^\n]*+\s*+)*+(?:
      (?P<range>\[\s*(?:{_WHOLE}|{_VARIABLE})\s*\])
    | (?P<variable>{_VARIABLE})
    | (?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    | (?P<duration>{_LENGTH})(?![A-Za-z0-9_])
    | (?P<bytes>\d+(?:\.\d+)?(?:[kKMGTPE]i?)?B)(?![A-Za-z0-9_])
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|0x[0-9a-fA-F]+)(?![A-Za-z0-9_.])
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<flag>--(?:strict|keep-empty))
    | (?P<sign>\|=|\|~|\|>|!=|!~|!>|=~|==|>=|<=|[{{}}()|,=<>+\-*/%^])
    )""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*+(?:#[^\n]*+\s*+)*+")
_NEAR = 20
"""Characters of the text that a complaint shows."""


class NotLogQL(ValueError):
    """The text is no LogQL; `column` counts its characters from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    column: int

    @property
    def value(self) -> str:
        """What a string says, the rest as it stands. Raises NotLogQL for an escape that there is not."""
        if self.kind != "string" or self.text.startswith("`"):
            return self.text.strip("`")
        try:
            said: str = json.loads(re.sub(r"\\(?:x|[0-7]{3}|[av])", r"\\u0000", self.text), strict=False)
        except ValueError:
            raise NotLogQL(f"a string with an escape that is none: {self.text}", self.column) from None
        return said

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else self.text


def tokens(text: str) -> tuple[Token, ...]:
    """Every word, and the end. Raises NotLogQL at the first place that no word starts at."""
    found: list[Token] = []
    at = 0
    while match := _WORDS.match(text, at):
        kind: Kind = match.lastgroup  # type: ignore[assignment]  # the groups of the pattern are the kinds
        found.append(Token(kind, match[kind], match.start(kind) + 1))
        at = match.end()
    rest = _SPACE.match(text, at)
    at = rest.end() if rest else at
    if at < len(text):
        raise NotLogQL(_odd(text[at:]), at + 1)
    return (*found, Token("end", "", len(text) + 1))


def _odd(rest: str) -> str:
    shown = rest[:_NEAR] + ("…" if len(rest) > _NEAR else "")
    if rest[0] in '"`':
        return f"a string that does not end: {shown}"
    if rest[0] == "'":
        return f'a string stands in "…" or `…`: {shown}'
    if rest[0] == "[":
        return f"not a range: {shown} (write [5m])"
    return f"not understood: {shown}"


class Words:
    """The words, read from first to last."""

    def __init__(self, text: str) -> None:
        self._all = tokens(text)
        self._at = 0

    @property
    def next(self) -> Token:
        return self._all[self._at]

    @property
    def after(self) -> Token:
        """The word behind the next one."""
        return self._all[min(self._at + 1, len(self._all) - 1)]

    def take(self) -> Token:
        token = self.next
        self._at = min(self._at + 1, len(self._all) - 1)
        return token

    def sees(self, *texts: str) -> bool:
        """Whether the next word is one of these signs or names."""
        return self.next.kind in ("sign", "name", "flag") and self.next.text in texts

    def skip(self, *texts: str) -> bool:
        """Takes the next word if it is one of these."""
        found = self.sees(*texts)
        if found:
            self.take()
        return found

    def need(self, text: str) -> Token:
        """The next word, which must be this one."""
        if not self.sees(text):
            raise self.odd(text)
        return self.take()

    def name(self, what: str, reserved: Collection[str] = ()) -> Token:
        """The next word, which must be a name of something."""
        if self.next.kind != "name" or self.next.text in reserved:
            raise self.odd(what)
        return self.take()

    def string(self, what: str = "a string") -> str:
        if self.next.kind not in ("string", "variable"):
            raise self.odd(what)
        return self.take().value

    def odd(self, expected: str) -> NotLogQL:
        """The complaint that something else was expected here."""
        return NotLogQL(f"{expected} was expected, not {self.next}", self.next.column)
