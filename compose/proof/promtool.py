"""Many small test files through few processes of promtool, and what became of each of them.

promtool has ways to be green without testing anything; so each process gets a file that must fail, every file must be
named in what it prints, and a file without checks is never written (rules/proof/notation.py).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compose.fault import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROCESSES = 2
"""promtool works on one file at a time; two processes keep two cores busy."""
BATCH = 60
"""Files for a process at most: it keeps some of what each has needed, and none should be left alone at the end."""
_FILE = re.compile(r"^Unit Testing:  (.*)$", re.MULTILINE)
SEED = "seed"
"""A test that must fail: when it does not, no success can be believed."""
_SEED_RULES = {"groups": [{"name": "seed", "rules": [{"alert": "Seed", "expr": "vector(1) > 2"}]}]}
_SEED_TEST = {
    "rule_files": ["seed.rules.json"],
    "evaluation_interval": "1m",
    "tests": [
        {
            "interval": "1m",
            "input_series": [],
            "alert_rule_test": [{"eval_time": "1m", "alertname": "Seed", "exp_alerts": [{"exp_labels": {}}]}],
        }
    ],
}


@dataclass(frozen=True)
class Job:
    """A rule file and the file of its tests. Jobs of the same `key` are parts of one thing to be proven."""

    key: str
    rules: Mapping[str, Any]
    test: Mapping[str, Any]


def run(promtool: Sequence[str], jobs: Sequence[Job], processes: int = PROCESSES) -> dict[str, str]:
    """What promtool complained of, by key; empty for a job all of whose tests succeeded. Raises Trouble when it cannot
    be believed: when it names other files than it was given, or lets the test pass that must fail."""
    if not jobs:
        return {}
    rounds = -(-len(jobs) // (BATCH * processes))
    size = -(-len(jobs) // (rounds * processes))
    batches = [jobs[at : at + size] for at in range(0, len(jobs), size)]
    with ThreadPoolExecutor(processes) as pool:
        found = list(pool.map(lambda batch: _batch(promtool, batch), batches))
    said: dict[str, str] = {}
    for key, complaint in (verdict for batch in found for verdict in batch):
        said[key] = "\n".join(filter(None, (said.get(key, ""), complaint)))
    return said


def _batch(promtool: Sequence[str], jobs: Sequence[Job]) -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="specola-test-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            owners = _write(folder, jobs)
        except OSError as error:
            raise Trouble(
                f"cannot write test files to {folder}: {error.strerror}", "free some space, or set TMPDIR"
            ) from error
        said = _said(promtool, folder, tuple(owners))
    return _verdicts(said, owners)


def _write(folder: Path, jobs: Sequence[Job]) -> dict[str, str]:
    """Test file to the key of its job; the seed stands last."""
    owners = {}
    for number, job in enumerate(jobs):
        rules = f"{number}.rules.json"
        _dump(folder / rules, job.rules)
        _dump(folder / f"{number}.test.json", {**job.test, "rule_files": [rules]})
        owners[f"{number}.test.json"] = job.key
    _dump(folder / "seed.rules.json", _SEED_RULES)
    _dump(folder / "seed.test.json", _SEED_TEST)
    return {**owners, "seed.test.json": SEED}


def _dump(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def _said(promtool: Sequence[str], folder: Path, files: tuple[str, ...]) -> str:
    """Both streams of promtool, in the order it wrote them."""
    environment = {**os.environ, "GOGC": os.environ.get("GOGC", "400")}
    try:
        ended = subprocess.run(
            [*promtool, "test", "rules", *files],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Trouble(f"cannot run {promtool[0]}: {error.strerror}", "`specola setup` brings promtool") from error
    return ended.stdout


def _verdicts(said: str, owners: Mapping[str, str]) -> list[tuple[str, str]]:
    _, *parts = _FILE.split(said)
    of_file = {file: text.strip() for file, text in zip(parts[::2], parts[1::2], strict=True)}
    if of_file.keys() != owners.keys():
        last = said.strip().splitlines()[-1:] or ["nothing"]
        raise Trouble(
            f"promtool ran {len(of_file)} of {len(owners)} test files; it said: {last[0]}",
            "this is a bug, please report it",
        )
    verdicts = {file: _complaint(text) for file, text in of_file.items()}
    if not verdicts.pop("seed.test.json"):
        raise Trouble(
            "promtool passes a test that must fail: its results cannot be believed", "try another version of promtool"
        )
    return [(owners[file], complaint) for file, complaint in verdicts.items()]


def _complaint(text: str) -> str:
    """Anything but SUCCESS is a failure."""
    if text == "SUCCESS":
        return ""
    return text.partition("FAILED:")[2].strip() or text or "promtool said nothing of it"
