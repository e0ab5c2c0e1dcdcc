"""`python -m tests.bench [SERVICES …]`: a table of times and memory, each beside its floor measured in the same run.

What is measured are whole commands, from the start of the interpreter to its end. Floors: a bare interpreter; writing
the same bytes to new files; promtool reading the rules; and the straightforward way to the same files (`peer.py`).
Behind a ratio stands its goal, where it has one, and whether it is met.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from compose import tools
from generator.write import files
from spec.sources import SETTLED
from tests.bench.measure import Cost, command, function
from tests.bench.specs import write_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SPECOLA = (sys.executable, str(ROOT / "specola.py"))
DIFF = shutil.which("diff") or "diff"
SIZES = (5, 100, 1000)
RUNS = {5: 9, 100: 5, 1000: 3}
COLUMNS = f"{'':28} {'time':>10}  {'beside':24} {'floor':>10} {'ratio':>9}   goal"
LARGE = 1000
"""The number of services for which the goals were set; only that of a render without a change holds for any."""

DISTINCT, ALIKE = 1 / 4, 1 / 12
"""Goals of a render, as shares of what the straightforward way takes: each service of its own shape, all of one."""

OF_PROMTOOL, NO_CHANGE, ONE_EDIT, MEMORY = 0.35, 3, 8, 0.6
"""Of what promtool takes to read the rules; multiples of a bare interpreter; of the straightforward way's memory."""

OF_DIFF = 2.5
"""Of what `diff -rq` takes to compare the rendered files of both sides."""


@dataclass(frozen=True)
class Row:
    """What was measured, and a floor that it stands beside."""

    name: str
    cost: Cost
    beside: str
    floor: Cost
    goal: float | None = None

    def text(self, cpu: bool) -> str:
        """A line of the table."""
        seconds, floor = self.cost.time(cpu), self.floor.time(cpu)
        return f"{self.name:28} {_ms(seconds)}  {self.beside:24} {_ms(floor)} {_share(seconds / floor, self.goal)}"


def _share(ratio: float, goal: float | None) -> str:
    """A ratio, and whether its goal is met."""
    met = "" if goal is None else f"   {goal:.3g} {'met' if ratio <= goal else 'MISSED'}"
    return f"{ratio:8.2f}x{met}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:7.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure, beside what could not be faster."
    )
    parser.add_argument("sizes", nargs="*", type=int, metavar="SERVICES", help="numbers of services (5 100 1000)")
    parser.add_argument("--runs", type=int, help="how often each is run; the medians are shown (9, 5 and 3)")
    parser.add_argument("--cpu", action="store_true", help="time of the processor, on a machine that is not idle")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled once, not at each start
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # as the command itself sets it
    with TemporaryDirectory(prefix="specola-bench-") as folder:
        print(COLUMNS)
        bare = command((sys.executable, "-c", "pass"), ROOT, 15)
        for line in _starts(bare):
            print(line.text(args.cpu), flush=True)
        for size in args.sizes or SIZES:
            for alike in (False, True):
                runs = args.runs or RUNS.get(size, 3)
                project = Path(folder, f"{size}-{alike}")
                write_spec(project, size, alike=alike)
                time.sleep(SETTLED / 1e9)  # younger files are read again where nothing changed
                shape = "all of one shape" if alike else "each of its own shape"
                print(f"\n{size} services, {shape}; {runs} runs", flush=True)
                goals = (ALIKE if alike else DISTINCT) if size >= LARGE else None
                for row in _measured(project, bare, runs, goals):
                    print(row if isinstance(row, str) else row.text(args.cpu), flush=True)
                shutil.rmtree(project)


def _starts(bare: Cost) -> Iterator[Row]:
    for words in (("--version",), ("--help",), ("render", "--help")):
        yield Row(f"specola {' '.join(words)}", command((*SPECOLA, *words), ROOT, 9), "bare interpreter", bare)


def _measured(project: Path, bare: Cost, runs: int, of_peer: float | None) -> Iterator[Row | str]:
    """The rows of one spec; `of_peer` is the goal of its render, None when it is too small to have goals."""
    large = of_peer is not None
    build, copy, render = project / "build", project / "copy", (*SPECOLA, "render")
    cost = command(render, project, runs, partial(shutil.rmtree, build, ignore_errors=True))
    artefacts = {path.relative_to(build): path.read_bytes() for path in files(build)}
    yield f"{len(artefacts)} files, {sum(map(len, artefacts.values())) / 1e6:.1f} MB"
    writing = function(partial(_write, copy, artefacts), runs, partial(shutil.rmtree, copy, ignore_errors=True))
    yield Row("render", cost, "writing the same bytes", writing)
    peer = command((sys.executable, "-m", "tests.bench.peer", str(project)), ROOT, max(1, runs // 2))
    yield Row("", cost, "the straightforward way", peer, of_peer)
    promtool = _promtool(build, runs)
    if promtool is not None:
        yield Row("", cost, "promtool check rules", promtool, OF_PROMTOOL if large else None)
    checked = command((*SPECOLA, "check", "--skip-tools"), project, runs, expected=1)  # its alerts have no runbooks
    yield Row("check --skip-tools", checked, "render", cost)
    yield Row("render, nothing changed", command(render, project, runs * 2), "bare interpreter", bare, NO_CHANGE)
    edit = partial(_edit, project / "services" / "svc0001.yaml")
    edited = command(render, project, runs, edit)
    yield Row("render, one service edited", edited, "bare interpreter", bare, ONE_EDIT if large else None)
    yield Row("", edited, "importing the types", command((sys.executable, "-c", "import spec.root"), ROOT, runs))
    yield Row("", edited, "render", cost)
    yield from _compared(project, runs, OF_DIFF if large else None)
    yield _memory(cost, peer, MEMORY if large else None)


def _compared(project: Path, runs: int, goal: float | None) -> Iterator[Row]:
    """What one edit of a service means, and one of the stack, beside the difference of all rendered files."""
    other = project.with_name(f"{project.name}-edited")
    shutil.copytree(project, other, ignore=shutil.ignore_patterns("copy", "peer"))
    _edit(other / "services" / "svc0002.yaml")
    command((*SPECOLA, "render"), other, 1)
    told = command((*SPECOLA, "diff", str(project), str(other)), project, runs * 2)
    floor = command((DIFF, "-rq", str(project / "build"), str(other / "build")), project, runs * 2, expected=1)
    yield Row("diff, one service edited", told, "diff -rq", floor, goal)
    shutil.copytree(project / "services", other / "services", dirs_exist_ok=True)
    stack = other / "stack.yaml"
    stack.write_text(stack.read_text().replace('channel: "#ops"', 'channel: "#all"'))
    told = command((*SPECOLA, "diff", str(project), str(other)), project, runs)
    shutil.rmtree(other)
    yield Row("diff, the stack edited", told, "diff -rq", floor)


def _memory(render: Cost, peer: Cost, goal: float | None) -> str:
    share = _share(render.peak / peer.peak, goal)
    return f"{'peak memory of render':28} {render.peak:6.0f} MiB  {'the straightforward way':24} {peer.peak:6.0f} MiB {share}"


def _write(folder: Path, artefacts: dict[Path, bytes]) -> None:
    for parent in {path.parent for path in artefacts}:
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for path, content in artefacts.items():
        with open(f"{folder}/{path}", "wb") as file:  # noqa: PTH123 - the floor must be low
            file.write(content)


def _promtool(build: Path, runs: int) -> Cost | None:
    try:
        place = tools.locate("promtool", ROOT)
    except tools.Missing as error:
        print(f"without promtool: {error.message}: {error.hint}")
        return None
    rules = sorted(str(path) for path in (build / "rules").glob("*.yml"))
    return command((str(place.path), *place.words, "check", "rules", *rules), build, runs)


def _edit(service: Path) -> None:
    """Another threshold at each call."""
    text = service.read_text()
    found = text.split("indicator: errors, above: ", 1)
    value, rest = found[1].split("%", 1)
    service.write_text(f"{found[0]}indicator: errors, above: {int(value) % 90 + 1}%{rest}")


if __name__ == "__main__":
    main()
