"""Reads which lines are meant and what is done with each: `{service="shop"} |= "paid" | json | code="500"`.

Grammar: https://github.com/grafana/loki/blob/main/pkg/logql/syntax/syntax.y
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.logql.tokens import NotLogQL, Token
from generator.logql.tree import (
    Chosen,
    Condition,
    Decolorize,
    LabelFilter,
    LabelFormat,
    LineFilter,
    LineFormat,
    Lines,
    Parser,
)
from spec.selector import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generator.logql.tokens import Words
    from generator.logql.tree import Stage
    from spec.selector import Operator

RESERVED = frozenset({
    "and", "bool", "by", "decolorize", "drop", "group_left", "group_right", "ignoring", "json", "keep", "label_format",
    "line_format", "logfmt", "offset", "on", "or", "pattern", "regexp", "unless", "unpack", "unwrap", "without",
})  # fmt: skip
"""Names that mean something wherever they stand, so that no label can be called so."""
_LINE_FILTERS = ("|=", "|~", "|>", "!=", "!~", "!>")
_COMPARISONS: dict[str, Operator] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}
_MEASURES = (">", ">=", "<", "<=", "==", "=", "!=")
_CAPTURE = re.compile(r"<([A-Za-z_]\w*)>")
_GROUP = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")


def lines(words: Words) -> Lines:
    """A selector and the stages behind it, up to where something else follows."""
    matchers = selector(words)
    return Lines(matchers, tuple(stages(words)))


def selector(words: Words) -> tuple[Matcher, ...]:
    """`{label="value", …}`, of which one must be sure to leave lines out."""
    start = words.need("{")
    found = [] if words.sees("}") else [_matcher(words)]
    while words.skip(","):
        found.append(_matcher(words))
    words.need("}")
    if all("$" not in one.value and one.matches("") for one in found):
        message = 'the selector asks for everything: one matcher must name what it wants, as service="…"'
        raise NotLogQL(message, start.column)
    return tuple(found)


def _matcher(words: Words) -> Matcher:
    label = words.name("a label", RESERVED).text
    sign = words.take()
    if sign.kind != "sign" or sign.text not in _COMPARISONS:
        raise NotLogQL(f"=, !=, =~ or !~ was expected, not {sign}", sign.column)
    column = words.next.column
    value = words.string("a string with the label's value")
    if sign.text in ("=~", "!~"):
        _expression(value, column)
    return Matcher(label, _COMPARISONS[sign.text], value)


def stages(words: Words) -> Iterator[Stage]:
    """Everything between the selector and the range, but for unwrap."""
    while words.sees(*_LINE_FILTERS) or (words.sees("|") and words.after.text != "unwrap"):
        sign = words.take()
        yield _line_filter(words, sign) if sign.text != "|" else _stage(words)


def _line_filter(words: Words, sign: Token) -> LineFilter:
    found = [_word(words, sign.text)]
    while words.skip("or"):
        found.append(_word(words, sign.text))
    return LineFilter(sign.text, tuple(found))


def _word(words: Words, operator: str) -> str:
    if words.sees("ip") and words.after.text == "(":
        return _ip(words)
    column = words.next.column
    value = words.string("a string that lines contain")
    if operator in ("|~", "!~"):
        _expression(value, column)
    return value


def _ip(words: Words) -> str:
    words.need("ip")
    words.need("(")
    value = words.string("an address")
    words.need(")")
    return value


def _expression(value: str, column: int) -> None:
    """RE2's syntax is nearly Python's; what differs (`\\pL`, `\\z`, flags in the middle) is left to Loki."""
    if "$" in value or re.search(r"\\[pPzQECx]|\(\?[a-zA-Z]*U|.\(\?[a-z]+\)", value):
        return
    try:
        re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", value))
    except re.error as error:
        raise NotLogQL(f"not a regular expression: {value!r} ({error})", column) from None


def _stage(words: Words) -> Stage:
    word = words.next
    if word.kind != "name" or word.text not in _STAGES:
        return label_filter(words)
    words.take()
    return _STAGES[word.text](words, word)


def _extracting(words: Words, word: Token) -> Parser:
    while words.next.kind == "flag" and word.text == "logfmt":
        words.take()
    if words.next.kind != "name" or words.next.text in RESERVED:
        return Parser(word.text)
    names = [_extracted(words)]
    while words.skip(","):
        names.append(_extracted(words))
    return Parser(word.text, tuple(names))


def _extracted(words: Words) -> tuple[str, str]:
    name = words.name("a name for a field", RESERVED).text
    return name, words.string("the field in a string") if words.skip("=") else name


def _capturing(words: Words, word: Token) -> Parser:
    column = words.next.column
    text = words.string("a string with the pattern")
    found = _CAPTURE if word.text == "pattern" else _GROUP
    names = tuple(name for name in found.findall(text) if name != "_")
    if not names and "$" not in text:
        example = "<name>" if word.text == "pattern" else "(?P<name>…)"
        raise NotLogQL(f"the {word.text} names nothing: write {example}", column)
    if word.text == "regexp":
        _expression(text, column)
    return Parser(word.text, tuple((name, "") for name in names))


def _label_format(words: Words, _: Token) -> LabelFormat:
    renamed: list[tuple[str, str]] = []
    templates: list[tuple[str, str]] = []
    while True:
        new = words.name("a label", RESERVED).text
        words.need("=")
        if words.next.kind == "name":
            renamed.append((new, words.name("a label", RESERVED).text))
        else:
            templates.append((new, words.string("a label, or a template in a string")))
        if not words.skip(","):
            return LabelFormat(tuple(renamed), tuple(templates))


def _chosen(words: Words, word: Token) -> Chosen:
    found: list[str] = []
    while True:
        found.append(words.name("a label", RESERVED).text)
        if words.skip(*_COMPARISONS):
            words.string()
        if not words.skip(","):
            return Chosen(word.text, tuple(found))


_STAGES: dict[str, Callable[[Words, Token], Stage]] = {
    "json": _extracting, "logfmt": _extracting, "pattern": _capturing, "regexp": _capturing,
    "unpack": lambda words, word: Parser(word.text), "decolorize": lambda words, word: Decolorize(),
    "line_format": lambda words, word: LineFormat(words.string("a template in a string")),
    "label_format": _label_format, "drop": _chosen, "keep": _chosen,
}  # fmt: skip


def label_filter(words: Words) -> LabelFilter:
    """Conditions joined by and, or, a comma or nothing, with parentheses around some."""
    return LabelFilter(tuple(_conditions(words)))


def _conditions(words: Words) -> Iterator[Condition]:
    while True:
        if words.skip("("):
            yield from _conditions(words)
            words.need(")")
        else:
            yield _condition(words)
        joined = words.skip("and", "or", ",")
        if not joined and not (words.sees("(") or (words.next.kind == "name" and words.next.text not in RESERVED)):
            return


def _condition(words: Words) -> Condition:
    label = words.name("a label, or one of json, logfmt, pattern, regexp, line_format, label_format", RESERVED).text
    sign = words.take()
    if sign.kind != "sign" or sign.text not in {*_COMPARISONS, *_MEASURES}:
        raise NotLogQL(f"a comparison was expected, not {sign}", sign.column)
    if words.sees("ip") and words.after.text == "(":
        return Condition(label, sign.text, _ip(words), "ip")
    column = words.next.column
    if words.next.kind in ("string", "variable") and sign.text in _COMPARISONS:
        value = words.string()
        if sign.text in ("=~", "!~"):
            _expression(value, column)
        return Condition(label, sign.text, value, "string")
    if sign.text not in _MEASURES:
        raise words.odd("a string")
    return Condition(label, sign.text, *_measure(words))


def _measure(words: Words) -> tuple[str, str]:
    """A number, a duration or bytes, and which of them."""
    minus = words.take().text if words.sees("-") and words.after.kind == "number" else ""
    if words.next.kind not in ("number", "duration", "bytes", "variable"):
        raise words.odd("a string or a number")
    token = words.take()
    return minus + token.text, token.kind
