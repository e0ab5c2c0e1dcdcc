"""`python -m tests.bench [SERVICES …]`: a table of times and memory, each beside its floor measured in the same run.

What is measured are whole commands, from the start of the interpreter to its end. Floors: a bare interpreter; writing
the same bytes to new files; promtool reading the rules; and the straightforward way to the same files (`peer.py`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from compose import tools
from generator.write import files
from tests.bench.measure import Cost, command, function
from tests.bench.specs import write_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SPECOLA = (sys.executable, str(ROOT / "specola.py"))
SIZES = (5, 100, 1000)
RUNS = {5: 9, 100: 5, 1000: 3}
COLUMNS = f"{'':34} {'time':>10}  {'beside':30} {'floor':>10}  {'ratio':>7}"


@dataclass(frozen=True)
class Row:
    """What was measured, in seconds, and a floor that it stands beside."""

    name: str
    seconds: float
    beside: str
    floor: float

    def __str__(self) -> str:
        ratio = f"{self.seconds / self.floor:6.2f}x" if self.floor else ""
        return f"{self.name:34} {_ms(self.seconds)}  {self.beside:30} {_ms(self.floor)}  {ratio:>7}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:7.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure, beside what could not be faster."
    )
    parser.add_argument("sizes", nargs="*", type=int, metavar="SERVICES", help="numbers of services (5 100 1000)")
    parser.add_argument("--runs", type=int, help="how often each is run; the medians are shown (9, 5 and 3)")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    with TemporaryDirectory(prefix="specola-bench-") as folder:
        print(COLUMNS)
        bare = command((sys.executable, "-c", "pass"), ROOT, 15).seconds
        for row in _starts(bare):
            print(row, flush=True)
        for size in args.sizes or SIZES:
            for alike in (False, True):
                runs = args.runs or RUNS.get(size, 3)
                project = Path(folder, f"{size}-{alike}")
                write_spec(project, size, alike=alike)
                print(
                    f"\n{size} services, {'all of one shape' if alike else 'each of its own shape'}; {runs} runs",
                    flush=True,
                )
                for line in _measured(project, bare, runs):
                    print(line, flush=True)
                shutil.rmtree(project)


def _starts(bare: float) -> Iterator[Row]:
    for words in (("--version",), ("--help",), ("render", "--help")):
        yield Row(f"specola {' '.join(words)}", command((*SPECOLA, *words), ROOT, 9).seconds, "bare interpreter", bare)


def _measured(project: Path, bare: float, runs: int) -> Iterator[Row | str]:
    build = project / "build"
    clear = partial(shutil.rmtree, build, ignore_errors=True)
    render = command((*SPECOLA, "render"), project, runs, clear)
    artefacts = {path.relative_to(build): path.read_bytes() for path in files(build)}
    total = sum(map(len, artefacts.values()))
    yield f"{len(artefacts)} files, {total / 1e6:.1f} MB"
    copy = project / "copy"
    writing = function(partial(_write, copy, artefacts), runs, partial(shutil.rmtree, copy, ignore_errors=True))
    yield Row("render", render.seconds, "writing the same bytes", writing)
    peer = command((sys.executable, "-m", "tests.bench.peer", str(project)), ROOT, max(1, runs // 2))
    yield Row("", render.seconds, "the straightforward way", peer.seconds)
    promtool = _promtool(build, runs)
    if promtool is not None:
        yield Row("", render.seconds, "promtool check rules", promtool)
    yield Row(
        "check --skip-tools",
        command((*SPECOLA, "check", "--skip-tools"), project, runs).seconds,
        "render",
        render.seconds,
    )
    yield Row(
        "render, nothing changed", command((*SPECOLA, "render"), project, runs * 2).seconds, "bare interpreter", bare
    )
    edited = command((*SPECOLA, "render"), project, runs, partial(_edit, project / "services" / "svc0001.yaml"))
    yield Row("render, one service edited", edited.seconds, "bare interpreter", bare)
    yield _memory(render, peer)


def _memory(render: Cost, peer: Cost) -> str:
    share = render.peak / peer.peak
    return f"{'peak memory of render':34} {render.peak:6.0f} MiB  {'the straightforward way':30} {peer.peak:6.0f} MiB  {share:6.2f}x"


def _write(folder: Path, artefacts: dict[Path, bytes]) -> None:
    for parent in {path.parent for path in artefacts}:
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for path, content in artefacts.items():
        with open(f"{folder}/{path}", "wb") as file:  # noqa: PTH123 - the floor must be low
            file.write(content)


def _promtool(build: Path, runs: int) -> float | None:
    try:
        place = tools.locate("promtool", ROOT)
    except tools.Missing as error:
        print(f"without promtool: {error.message}: {error.hint}")
        return None
    rules = sorted(str(path) for path in (build / "rules").glob("*.yml"))
    return command((str(place.path), *place.words, "check", "rules", *rules), build, runs).seconds


def _edit(service: Path) -> None:
    """Another threshold at each call."""
    text = service.read_text()
    found = text.split("indicator: errors, above: ", 1)
    value, rest = found[1].split("%", 1)
    service.write_text(f"{found[0]}indicator: errors, above: {int(value) % 90 + 1}%{rest}")


if __name__ == "__main__":
    main()
