"""Secrets that stand in clear where a name in `secrets` belongs. They are found, and never printed."""

from __future__ import annotations

import re

HIDDEN = "…"
_SECRET = re.compile(
    r"(?P<before>hooks\.slack\.com/services/)[\w/+-]+"
    r"|\bxox[abeoprs]-[\w-]{8,}"
    r"|\b(?:gh[opsu]_|github_pat_|glpat-|glsa_|sk_live_|rk_live_)\w{12,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|(?P<named>\b(?:api[-_]?key|access[-_]?key|auth[-_]?token|token|secret|passw(?:or)?d|pwd|signature|sig)"
    r"\s*[=:]\s*[\"']?)(?![{$<])(?:(?=[^\s&\"'…]*\d)[^\s&\"'…]{8,}|[^\s&\"'…]{16,})"
    r"|(?P<kind>\b[Bb]earer\s+)(?=[\w.~+/-]*\d)[\w.~+/-]{12,}=*"
    r"|(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/@\s:]+:[^/@\s]+(?=@)"
)
"""Incoming webhooks, keys of well-known services, JSON web tokens, private keys, `password=…`, user:password@."""


def holds_secret(text: str) -> bool:
    """Whether something in the text looks like a secret."""
    return _SECRET.search(text) is not None


def masked(text: str) -> str:
    """The text with an ellipsis in place of everything that looks like a secret."""
    return _SECRET.sub(_hide, text)


def _hide(match: re.Match[str]) -> str:
    return next((part for part in match.groupdict().values() if part), "") + HIDDEN
