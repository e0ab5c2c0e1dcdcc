"""Has a log agent go on a little before where it says it stopped, then becomes that agent.

    python resume.py FOLDER PROGRAM [ARGUMENT...]

Alloy writes down how far it has read each file, not how far Loki has taken it: killed, or ended while Loki is away,
it forgets the lines it had in memory. And it knows files by their names: one that was rotated while it was away is
never read to its end. So the positions are set back by more than its memory holds, and what is left of rotated files
is copied to where it reads it. A line that is sent again has the same time, labels and text: Loki keeps it once.

A program of its own, run by the supervisor; whatever goes wrong here, the agent starts.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

IN_MEMORY = 4_000_000
"""Bytes of a file: more than Alloy has in memory, though its queue is bounded to 1 MiB, and some lines are dropped."""
SAVED_EVERY = 20.0
"""Seconds: Alloy writes its positions every ten."""
KEPT = 7 * 86_400
"""Seconds for which copies stay; older lines Loki does not take."""
MISSED = "missed"
PACKED = (".gz", ".bz2", ".xz", ".zst", ".Z", ".zip")
_POSITION = re.compile(
    r"""^  \? path: (?P<path>.*)\n    labels: (?P<labels>.*)\n  : "?(?P<offset>\d+)"?$""", re.MULTILINE
)
_SERVICE = re.compile(r'service="([^"]+)"')


class Position(NamedTuple):
    """How far a file of a service was read when that was last written down."""

    path: Path
    service: str
    offset: int
    saved: float


def resume(folder: Path, now: float) -> None:
    """Mend what the agent wrote below its folder."""
    for copy in (folder / MISSED).rglob("*"):
        if copy.is_file() and copy.stat().st_mtime < now - KEPT:
            copy.unlink()
    for positions in folder.glob("loki.source.file.*/positions.yml"):
        saved = positions.stat().st_mtime
        text = positions.read_text(encoding="utf-8")
        mended = _POSITION.sub(partial(_mended, saved=saved, missed=folder / MISSED), text)
        if mended != text:
            draft = positions.with_suffix(".new")
            draft.write_text(mended, encoding="utf-8")
            draft.replace(positions)


def _mended(match: re.Match[str], saved: float, missed: Path) -> str:
    service = _SERVICE.search(match["labels"])
    path = Path(match["path"].strip("'\""))
    position = Position(path, service[1] if service else "", int(match["offset"]), saved)
    start = match.start("offset") - match.start()
    return match[0][:start] + str(offset(position, missed)) + match[0][start + len(match["offset"]) :]


def offset(position: Position, missed: Path) -> int:
    """Where to go on in the file that has the name now; what is left of those that had it goes to `missed`."""
    if not position.path.is_file():
        return position.offset
    older = rotated(position)
    for number, path in enumerate(older):
        copy = missed / position.service / str(position.path).lstrip("/")
        copy = copy.with_name(f"{copy.name}.{path.stat().st_mtime_ns}.{MISSED}")
        with path.open("rb") as file:
            file.seek(before(file, position.offset) if number == 0 else 0)
            _copy(file, copy)
    if older:
        return 0
    with position.path.open("rb") as file:
        return before(file, position.offset)


def rotated(position: Position) -> list[Path]:
    """The files that had the name and were written to since positions were saved, the oldest first."""
    found = [
        path
        for path in position.path.parent.glob(f"{position.path.name}?*")
        if path.is_file() and path.suffix not in PACKED and path.stat().st_mtime >= position.saved - SAVED_EVERY
    ]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def before(file: BinaryIO, reached: int) -> int:
    """The beginning of a line well before `reached`; of the file, when it is shorter than that: then it is another."""
    if reached <= IN_MEMORY or file.seek(0, os.SEEK_END) < reached:
        return 0
    file.seek(reached - IN_MEMORY - 1)
    file.readline()
    return file.tell()


def _copy(file: BinaryIO, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with copy.open("wb") as target:
        shutil.copyfileobj(file, target)


def main(words: list[str]) -> None:
    """Mend, and become the agent."""
    folder, program, *arguments = words
    try:
        resume(Path(folder), time.time())
    except (OSError, ValueError) as error:
        print(f"resume: {error}; lines may be missing", file=sys.stderr, flush=True)
    os.execv(program, [program, *arguments])  # noqa: S606 - what the supervisor would have started


if __name__ == "__main__":
    main(sys.argv[1:])
