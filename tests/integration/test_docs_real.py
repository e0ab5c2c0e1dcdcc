"""What the documentation shows of a session is what the commands say, with the real promtool and amtool."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import specola
from compose import tools
from tests.integration.working_copy import REPOSITORY
from tests.unit.test_docs import EXAMPLE, ROOT, STACK

pytestmark = pytest.mark.tools
BLOCK = re.compile(r"```(?P<kind>console|diff)\n(?P<text>.*?)\n```\n", re.DOTALL)
SECONDS = re.compile(r"(?m)^in [\d.]+ s$")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of a page, before anybody did anything."""
    for name in ("promtool", "amtool"):
        try:
            tools.locate(name, REPOSITORY)
        except tools.Missing as missing:
            pytest.skip(f"{missing.message}: {missing.hint}")
    (tmp_path / "stack.yaml").write_text(STACK)
    if (REPOSITORY / tools.FOLDER).is_dir():
        (tmp_path / tools.FOLDER).symlink_to(REPOSITORY / tools.FOLDER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_alert_is_written_proven_and_mended_as_the_page_shows(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "your-first-alert.md").read_text()
    example = EXAMPLE.search(page)
    assert example is not None
    file = project / example["name"]
    file.parent.mkdir()
    file.write_text(f"{example['text']}\n")
    shown = 0
    for block in BLOCK.finditer(page):
        if block["kind"] == "diff":
            edit(file, block["text"].splitlines())
            continue
        for command, expected in session(block["text"]):
            assert said(command, capsys) == SECONDS.sub("in … s", expected), command
            shown += 1
    assert shown == 6


def edit(file: Path, lines: list[str]) -> None:
    """Put the lines with a plus in the place of those with a minus."""
    old, new = ("".join(f"{line[1:]}\n" for line in lines if line[0] == sign) for sign in "-+")
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def session(text: str) -> list[tuple[str, str]]:
    """Each command of a block, and what it says."""
    commands = re.split(r"(?m)^\$ ", text)[1:]
    return [(command, said) for command, _, said in (one.rstrip("\n").partition("\n") for one in commands)]


def said(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    program, *words = shlex.split(command)
    if program == "grep":
        return "\n".join(line for line in Path(words[1]).read_text().splitlines() if words[0] in line)
    assert program == "specola"
    specola.main(words)
    return SECONDS.sub("in … s", capsys.readouterr().out.rstrip("\n"))
