"""Data to YAML and JSON, the same bytes every time, in a form that people can read and YAML 1.1 and 1.2 read alike."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER = "# Rendered by specola from the spec. Do not edit: change the spec and render again.\n"
SEQUENCES = (list, tuple)
SHORT = 40
"""Texts up to this length are mostly words that come again and again: keys, labels, severities, times."""

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*")
_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_PRINTABLE = re.compile(r"[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")


def to_yaml(data: Mapping[str, Any], header: str = HEADER) -> bytes:
    """A YAML document of mappings, sequences, strings, numbers, booleans and null."""
    lines: list[str] = []
    _mapping(data, "", "", lines)
    return (header + "\n".join(lines) + "\n").encode()


def to_json(data: Any) -> bytes:
    """An indented JSON document that keeps the order of keys, which are strings.

    `json` writes the same, in five times the time: it leaves its encoder in C where lines are to be indented.
    """
    return (_json(data, "\n") + "\n").encode()


def _json(value: Any, line: str) -> str:
    """`line` ends a line, and indents the next one as far as the value's own."""
    kind = value.__class__
    if kind is str:
        return encode_basestring(value)
    if kind is float and isfinite(value):
        return repr(value)
    if kind is int:
        return str(value)
    inner = line + " "
    if kind is dict and value:
        entries = [f"{encode_basestring(key)}: {_json(entry, inner)}" for key, entry in value.items()]
        return f"{{{inner}{f',{inner}'.join(entries)}{line}}}"
    if isinstance(value, SEQUENCES) and value:
        return f"[{inner}{f',{inner}'.join([_json(entry, inner) for entry in value])}{line}]"
    return json.dumps(value)


def _mapping(data: Mapping[str, Any], first: str, indent: str, lines: list[str]) -> None:
    """The lines of a mapping; the first of them is indented by `first`, where it stands behind the dash of an entry."""
    for key, value in data.items():
        head = f"{first}{_word(key)}:"
        first = indent
        if value.__class__ is str:
            lines.append(f"{head} {_word(value) if len(value) <= SHORT else _string(value)}")
        elif isinstance(value, dict) and value:
            lines.append(head)
            _mapping(value, indent + "  ", indent + "  ", lines)
        elif isinstance(value, SEQUENCES) and value:
            lines.append(head)
            _sequence(value, indent + "  ", lines)
        else:
            lines.append(f"{head} {scalar(value)}")


def _sequence(data: Sequence[Any], indent: str, lines: list[str]) -> None:
    for value in data:
        if isinstance(value, dict) and value:
            _mapping(value, f"{indent}- ", indent + "  ", lines)
        elif isinstance(value, SEQUENCES) and value:
            lines.append(f"{indent}-")
            _sequence(value, indent + "  ", lines)
        else:
            lines.append(f"{indent}- {scalar(value)}")


def scalar(value: Any) -> str:
    """A scalar, or an empty collection, on one line. Strings that could be read as anything else are quoted."""
    if isinstance(value, str):
        return _word(value) if len(value) <= SHORT else _string(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, float):
        return _float(value)
    return "{}" if isinstance(value, dict) else "[]"


def _float(value: float) -> str:
    """YAML 1.1 knows an exponent only behind a point, and infinity only with one."""
    text = repr(value)
    if not isfinite(value):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _string(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    printable = (text.isascii() and text.isprintable()) or _PRINTABLE.fullmatch(text)
    if not printable:
        return '"' + "".join(map(_escaped, text)) + '"'
    if '"' in text and "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_word = lru_cache(maxsize=1000)(_string)


def _escaped(char: str) -> str:
    named = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
    if char in named:
        return named[char]
    if _PRINTABLE.fullmatch(char):
        return char
    return f"\\U{ord(char):08x}"
