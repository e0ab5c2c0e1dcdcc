"""Trouble while running: what happened, and what the reader can do about it."""

from __future__ import annotations


class Trouble(Exception):
    """An operational error with advice: a port taken, a disk full, an engine gone. The command line prints it."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message} ({hint})" if hint else message)


class Misuse(Trouble):
    """Trouble with what the command line says: a revision that there is not, two words that do not go together."""
