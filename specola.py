"""Where every command starts. A `render` that has nothing to do is told at a glance; `commands.line` reads all else.

A glance takes hardly more than the start of the interpreter: nothing is imported for it that others need.
"""

from __future__ import annotations

import os
import sys

from generator.glance import unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SAID = "build/: {} files (0 new, 0 changed, 0 removed)"
_WITH_VALUE = {"--root": "root", "--environment": "environment", "-e": "environment", "--set": "set"}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; what its exit codes mean is told in `commands.line`."""
    given = sys.argv[1:] if words is None else list(words)
    code = _run(given)
    if words is None and given[:1] == ["render"]:
        os._exit(code)  # all is written and said; to take the interpreter apart would take a sixth of a short render
    return code


def _run(words: list[str]) -> int:
    try:
        if said := nothing_to_do(words):
            print(said, flush=True)
            return 0
    except (OSError, KeyboardInterrupt):  # nobody listens, or somebody has lost patience: the long way tells
        pass
    from commands.line import main

    return main(words)


def nothing_to_do(words: list[str]) -> str:
    """What to say when the command would find everything as it should be; empty when it takes more than a glance."""
    asked = asked_of(words)
    count = None if asked is None else unchanged(asked[0], asked)
    return "" if count is None else SAID.format(count)


def asked_of(words: list[str]) -> tuple[str, ...] | None:
    """What `Project.asked` is of a `render` written in the plain way; None of all else, which argparse understands."""
    if words[:1] != ["render"]:
        return None
    given: dict[str, list[str]] = {"root": ["."], "environment": [""], "set": []}
    rest = iter(words[1:])
    for word in rest:
        if word == "--list":
            continue
        value = next(rest, "-")
        if word not in _WITH_VALUE or value.startswith("-"):
            return None
        given[_WITH_VALUE[word]].append(value)
    return (os.path.realpath(given["root"][-1]), given["environment"][-1], *given["set"])


if __name__ == "__main__":
    sys.exit(main())
