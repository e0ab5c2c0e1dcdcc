"""What the types complain of, in the words of who writes a spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spec.names import nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_SHOWN = 60
"""How much of a wrong value a message repeats."""
_FIXED = {
    "model_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}
_LIMITS = {
    "greater_than": ("gt", "must be more than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
}
_PATTERNS = (
    ("@[A-Za-z0-9.-]+$", "a mail address", "write name@host, such as team@example.org"),
    (":[0-5]\\d$|^24:00$", "a time of day", "write HH:MM, such as 07:30"),
    ("T\\d{2}:\\d{2}Z$", "a moment", "write it in UTC, such as 2026-01-31T18:00Z"),
    ("^\\d{4}-\\d{2}-\\d{2}$", "a date", "write it as 2026-01-31"),
    ("|^localhost$", "an IP address", "write one such as 127.0.0.1 or ::1, or localhost"),
    ("^[A-Z_][A-Z0-9_]*$", "the name of an environment variable", "write it in capitals, such as SMTP_PASSWORD"),
    ("^@[A-Za-z0-9-]+(/", "a GitHub handle", "write @organisation/team or @user"),
    ("^[#@].+", "a Slack channel", "start it with # or @, in quotes"),
    ("^[A-Za-z_]+(/", "a time zone", "write its name, such as Europe/Stockholm"),
    ("^/[A-Za-z0-9_./*-]+$", "the path of log files", "write an absolute path; * may stand in the file name"),
)
"""A part of a type's regular expression, what the type is, and how to write it. The first that fits is taken."""


def wording(detail: ErrorDetails) -> tuple[str, str]:
    """Message and hint for an error of the types. What looks like credentials in an address is left out."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _FIXED:
        return _FIXED[kind], ""
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"{words} {context[key]:g}", ""
    match kind:
        case "value_error":
            return _CREDENTIALS.sub("//…@", str(context["error"])), ""
        case "literal_error":
            return _choice(str(context["expected"]), detail["input"])
        case "string_pattern_mismatch":
            return _pattern(str(context["pattern"]), detail["input"])
        case "too_short":
            return f"must have at least {_items(int(context['min_length']))}", ""
        case "string_too_short":
            return "must not be empty", ""
        case "string_too_long":
            return f"is longer than {context['max_length']} characters", ""
        case _:
            return detail["msg"][:1].lower() + detail["msg"][1:], ""


def _choice(expected: str, given: object) -> tuple[str, str]:
    """`expected` as pydantic spells it: `'a', 'b' or 'c'`."""
    known = re.findall(r"'([^']*)'", expected)
    if not known:
        return f"must be {expected}", ""
    best = nearest(given, known) if isinstance(given, str) else ""
    return f"must be one of {', '.join(known)}", f"did you mean {best}?" if best else ""


def _pattern(pattern: str, given: object) -> tuple[str, str]:
    shown = f"{str(given)[:_SHOWN]!r}"
    found = next(((what, hint) for part, what, hint in _PATTERNS if part in pattern), None)
    return (f"not {found[0]}: {shown}", found[1]) if found else (f"must match {pattern}", "")


def _items(number: int) -> str:
    return f"{number} item{'' if number == 1 else 's'}"
