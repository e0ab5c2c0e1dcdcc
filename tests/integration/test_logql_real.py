"""Our reader of LogQL against Loki's own, which `logcli fmt` brings along: both take and refuse the same."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboards.queries import panel_queries
from generator.logql.read import read
from generator.logql.tokens import NotLogQL
from generator.render import render
from generator.validate.work import Work
from rules.log_alerts import log_groups
from spec.load import load
from spec.names import LOKI_UID

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "unit" / "data" / "logql"
TABLE = [line for name in ("right", "wrong") for line in (DATA / f"{name}.txt").read_text().splitlines()]
TIME = re.compile(r"\$\{?__[a-z]\w*\}?")

pytestmark = pytest.mark.skipif(shutil.which("logcli") is None, reason="logcli of Loki is not on PATH")


def loki_says(query: str) -> str:
    """What Loki's parser has against a query; empty when it takes it."""
    said = subprocess.run(["logcli", "fmt"], input=query, text=True, capture_output=True, check=False, timeout=60)
    return said.stderr if said.returncode else ""


def we_say(query: str) -> str:
    try:
        read(query)
    except NotLogQL as fault:
        return str(fault)
    return ""


@pytest.mark.parametrize("query", TABLE)
def test_loki_and_our_reader_are_of_one_mind(query: str) -> None:
    ours, theirs = we_say(query), loki_says(query)
    assert bool(ours) == bool(theirs), f"ours: {ours or 'right'}; Loki's: {theirs or 'right'}"


def test_loki_takes_every_query_that_is_rendered() -> None:
    loaded = load(ROOT / "stack.yaml")
    work = Work(loaded.stack, loaded.tree, ROOT, ROOT, {one.path: one.content for one in render(loaded.stack)})
    asked = {q.expr for board in work.boards.values() for q in panel_queries(board) if q.datasource == LOKI_UID}
    asked |= {rule.expr for group in log_groups(loaded.stack) for rule in group.rules}
    assert len(asked) > 50
    refused = {query: said for query in sorted(asked) if (said := loki_says(TIME.sub("5m", query)))}
    assert not refused
    assert not [query for query in sorted(asked) if we_say(query)]
