r"""What must not leave the host in a log line: patterns in RE2, and what stands in place of what they find.

A pattern sees the raw line before anything is taken from it, so labels and metadata cannot leak what the line no longer
holds. Only the group of a match is replaced, never the quotes around it: a JSON line stays JSON. The patterns use
what RE2 and Python's `re` read alike (no look-around), so that each can be tried in a table of examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spec.logs import BuiltinRedaction, Logs


@dataclass(frozen=True)
class Pattern:
    """Each group that took part in a match of `expression` becomes `replacement`."""

    expression: str
    replacement: str


@dataclass(frozen=True)
class Redaction:
    """Patterns that are tried on a line in which `guard` is found, on every line when it is empty.

    Patterns cost many times what a guard costs, and nearly every line has nothing to hide.
    """

    patterns: tuple[Pattern, ...]
    guard: str = ""


def redactions(logs: Logs) -> tuple[Redaction, ...]:
    """The redactions of a service, in the order in which they are applied: the service's own, then the chosen kinds."""
    own = tuple(Pattern(f"({own.pattern})", mark(own.name)) for own in logs.redact_patterns)
    return (*((Redaction(own),) if own else ()), *(KINDS[kind] for kind in KINDS if kind in logs.redact))


def mark(kind: str) -> str:
    """What stands in place of a secret: nothing that the patterns would find again, and no quote."""
    return f"<redacted:{kind}>"


def _found(kind: str, *expressions: str) -> tuple[Pattern, ...]:
    return tuple(Pattern(expression, mark(kind)) for expression in expressions)


def _named(kind: str, ends: str, words: str) -> tuple[Pattern, ...]:
    r"""The values of fields whose name ends in one of `ends`, or has one of `words` as its last word.

    Each way a line writes them: in a JSON field up to its closing quote; in quotes within a text, be they escaped or
    not (quotes within those are escaped three times at least); bare, as in a query string; as a number, which becomes a
    string in JSON. A quote after the name that is not escaped ends the key of a JSON field, since within a JSON string
    it would be escaped.
    """
    name = rf"(?i)(?:{ends}|(?:^|[^a-z0-9])(?:{words}))"
    is_ = r"\s*(?:[:=]|=>|%3d)\s*"
    field = r'"\s*:\s*"((?:[^"\\]|\\.)+)"'
    quoted = rf"""(?:\\*["'])?{is_}\\*["']([^"'\\<](?:[^"'\\]|\\{{3,}}["'])*)"""
    bare = rf"""{is_}([^\s"'\\,;&<{{\[][^\s"'\\,;&<]*)"""
    number = r"""(?:\\+"|\\*')\s*:\s*(-?[0-9][0-9.eE+-]*)"""
    return (
        *_found(kind, f"{name}(?:{field}|{quoted}|{bare}|{number})"),
        Pattern(rf'{name}"\s*:\s*(-?[0-9][0-9.eE+-]*)', f'"{mark(kind)}"'),
    )


_NAME_PART = r"""[^\s"'\\<>()\[\]{},;:=|&?/@]"""
_AT = r"(?:@|%40|\\+u0040)"
_EMAIL = _found("email", rf"({_NAME_PART}+{_AT}{_NAME_PART}+\.[^\s\"'\\<>()\[\]{{}},;:=|&?/@.0-9]{{2,}})")

_SCHEMES = "bearer|basic|digest|token|negotiate|apikey"
_HEADER = r"""(?:\\*["'])?\s*[:=]\s*(?:\\*["'])?"""
_TOKEN = (
    *_found(
        "token",
        r"(eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*)",
        r"(?i)bearer(?:\s|%20)+([A-Za-z0-9+/_.~=-]{16,})",
        rf"""(?i)authorization{_HEADER}(?:(?:{_SCHEMES})\s+([^"'\\,;<\s][^"'\\,;]*)|([A-Za-z0-9+/_.~=-]{{16,}}))""",
        rf"""(?i)cookie{_HEADER}([^"'\\<\s][^"'\\]*)""",
        r"\b(gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})",
        r"\b(xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,})",
        r"https:\\*/\\*/hooks\.slack\.com\\*/(?:services|workflows)\\*/((?:[A-Za-z0-9]|\\*/)+)",
    ),
    *_named("token", "token", "jwt|auth_?code|otp"),
)

_SIXTEEN = r"(?:4[0-9]{3}|5[0-8][0-9]{2}|6[0-9]{3}|2[2-7][0-9]{2}|3[0-9]{3})(?:[ -]?[0-9]{4}){3}(?:[ -]?[0-9]{3})?"
_AMERICAN_EXPRESS = r"3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}"
_DINERS = r"3[0689][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{4}"
_CARD_NUMBER = f"{_SIXTEEN}|{_AMERICAN_EXPRESS}|{_DINERS}"
_CARD = (
    Pattern(rf'[{{,]\s*"[^"\\]+"\s*:\s*({_CARD_NUMBER})\s*[,}}]', f'"{mark("card")}"'),
    *_found("card", rf"(?:^|[^0-9A-Za-z.])({_CARD_NUMBER})\b"),
)

_KEY = (
    *_found(
        "key",
        r"(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^\"-]*-----END [A-Z ]*PRIVATE KEY-----|(?:[^\"\\]|\\+[^\"\\])*))",
        r"\b((?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16})\b",
        r"\b([prs]k_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9+/=]{16,}|sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{35})",
        r"(?i)[?&\s\"]key=([A-Za-z0-9_.~+/%=-]{8,})",
    ),
    *_named(
        "key",
        "(?:api|secret|access|private|signing|encryption|shared)[_-]?key(?:[_-]?id)?|secret",
        "signature|credentials?",
    ),
)

_PASSWORD = (
    *_found("password", r"\b[a-z][a-z0-9+.-]*:\\*/\\*/[^\s:/@\"'\\]*:([^\s/\"'\\<][^\s/\"'\\]*)@"),
    *_named("password", "password|passwd|passphrase", "pwd|pass|pin_?code"),
)

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_GROUP = r"[0-9A-Fa-f]{1,4}"
_GROUPS = rf"(?:{_GROUP}(?::{_GROUP})*)?"
_GLOBAL_OR_LOCAL = r"(?:[23][0-9A-Fa-f]{3}|[Ff][CDEFcdef][0-9A-Fa-f]{2})"
_IP = (
    *_found("ip", rf"(?:^|[^0-9A-Za-z.])((?:{_OCTET}\.){{3}}{_OCTET})\b"),
    *_found(
        "ip",
        rf"(?:^|[^0-9A-Za-z:.])({_GROUP}(?::{_GROUP}){{7}}\b|{_GROUP}(?::{_GROUP}){{1,6}}::{_GROUPS}|{_GLOBAL_OR_LOCAL}::{_GROUPS})",
    ),
)

KINDS: dict[BuiltinRedaction, Redaction] = {
    "password": Redaction(_PASSWORD, "pass|pwd|pin_?code|/.*@"),
    "key": Redaction(_KEY, "key|secret|signature|credential|akia|asia|abia|acca|_live_|_test_|whsec_|sk-|aiza"),
    "token": Redaction(
        _TOKEN,
        "token|jwt|auth_?code|otp|eyj|bearer|authorization|cookie|gh[opsur]_|github_pat|glpat-|xox|xapp-|hooks.slack",
    ),
    "card": Redaction(_CARD),
    "email": Redaction(_EMAIL),
    "ip": Redaction(_IP),
}
"""What the spec can choose from; passwords first, since one in a URL looks like the name in an e-mail address.

Guards are read without regard to case.
"""
