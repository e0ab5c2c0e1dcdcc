"""A seeded edit: a file in `cases/` with a title, the edit of the spec in `base/`, and the whole text it must give.

`# set: KEY=VALUE` is set on both sides. `# file: NAME` starts what changes in a file: lines with `- ` are found there once and replaced by the lines with `+ `
that follow; without lines to find, they are appended. `# write: NAME` starts a whole new file, `# delete: NAME` takes
one away. What follows `# expect:` is the output after its first line; an edit without meaning expects nothing at all.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BASE = HERE / "base"
CASES = tuple(sorted((HERE / "cases").glob("*.txt")))
EXPECT = "# expect:\n"
_PART = re.compile(r"^# (file|write|delete): (.*)\n", re.MULTILINE)
_HUNK = re.compile(r"((?:^- .*\n)*)((?:^\+ .*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """`parts` are what is done to files: how, to which, with which text."""

    title: str
    parts: tuple[tuple[str, str, str], ...]
    settings: tuple[str, ...]
    expected: str

    def lay_out(self, folder: Path) -> Path:
        """The base with the edit, in a new folder."""
        shutil.copytree(BASE, folder)
        for how, name, text in self.parts:
            file = folder / name
            if how == "delete":
                file.unlink()
            elif how == "write":
                file.write_text(text)
            else:
                file.write_text(edited(file.read_text(), text))
        return folder


def read(path: Path) -> Case:
    """The case in a file."""
    given, _, expected = path.read_text().partition(EXPECT)
    head, *rest = _PART.split(given)
    parts = tuple(zip(rest[::3], rest[1::3], rest[2::3], strict=True))
    title, *options = head.splitlines()
    settings = tuple(line.removeprefix("# set: ") for line in options if line.startswith("# set: "))
    return Case(title.removeprefix("# "), parts, settings, expected)


def edited(text: str, hunks: str) -> str:
    """The text with each hunk applied; what is to be replaced must be there exactly once."""
    for old, new in ((_bare(match[1]), _bare(match[2])) for match in _HUNK.finditer(hunks) if match[0]):
        if not old:
            text += new
            continue
        assert text.count(old.rstrip("\n")) == 1, f"{text.count(old.rstrip())} times there: {old}"
        text = text.replace(old.rstrip("\n"), new.rstrip("\n"))
    return text


def _bare(lines: str) -> str:
    return "".join(line[2:] for line in lines.splitlines(keepends=True))
