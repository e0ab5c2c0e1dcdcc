"""The command as people run it: what it prints where, how it ends, and what it leaves behind."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import specola
from commands import line

if TYPE_CHECKING:
    from argparse import Namespace

ROOT = Path(__file__).parents[2]
BASE = ROOT / "tests" / "rejections" / "base"
COMMAND = (sys.executable, str(ROOT / "specola.py"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small spec that is right."""
    return Path(shutil.copytree(BASE, tmp_path / "project"))


def run(*words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([*COMMAND, *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_render_says_what_changed(project: Path) -> None:
    first = run("render", cwd=project)
    assert (first.returncode, first.stderr) == (0, "")
    assert re.fullmatch(r"build/: (\d+) files \(\1 new, 0 changed, 0 removed\)\n", first.stdout)
    again = run("render", "--list", "--root", str(project))
    assert re.fullmatch(r"build/: \d+ files \(0 new, 0 changed, 0 removed\)\n", again.stdout)
    text = (project / "services/shop.yaml").read_text()
    (project / "services/shop.yaml").write_text(
        text.replace("name: QueueLong, indicator: queue, above: 100", "name: QueueLong, indicator: queue, above: 200")
    )
    edited = run("render", "--list", cwd=project).stdout
    assert "~ build/rules/shop.yml\n" in edited
    assert "~ build/native/alertmanager" not in edited


def test_what_is_set_and_the_environment_are_part_of_what_is_rendered(project: Path) -> None:
    run("render", cwd=project)
    moved = run("render", "--list", "--set", "network.offset=1000", cwd=project)
    assert "~ build/native/processes.json\n" in moved.stdout
    back = run("render", "--list", cwd=project)
    assert "~ build/native/processes.json\n" in back.stdout


def test_a_wrong_spec_is_told_whole_with_its_lines_and_build_stays(project: Path) -> None:
    assert run("render", cwd=project).returncode == 0
    before = tree(project / "build")
    service = project / "services/shop.yaml"
    service.write_text(service.read_text().replace("for: 5m", "for: 5 min").replace("owner: web", "owner: wbe"))
    wrong = run("render", cwd=project)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.splitlines() == [
        "services/shop.yaml:3:8: owner: unknown owner 'wbe' (did you mean web?)",
        "services/shop.yaml:16:62: alerts[0].for: not a duration: '5 min'; write a number and a unit, such as 30s, 5m, 1h30m or 30d",
        "2 problems in the spec; nothing was changed",
    ]
    assert tree(project / "build") == before


def test_a_project_without_a_spec(tmp_path: Path) -> None:
    told = run("render", cwd=tmp_path)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == (
        f"specola: there is no stack.yaml in {tmp_path}\n"
        "  go to the project's folder, or name it with --root; `specola init` makes a new one\n"
    )
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(("words", "said"), [
    ((), "usage: specola"),
    (("nonsense",), "invalid choice: 'nonsense'"),
    (("render", "--nonsense"), "unrecognized arguments: --nonsense"),
    (("render", "--root"), "expected one argument"),
    (("simulate", "shop", "too", "many"), "unrecognized arguments: too many"),
])  # fmt: skip
def test_wrong_usage(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    told = run(*words, cwd=tmp_path)
    assert told.returncode == 2
    assert said in told.stdout + told.stderr
    assert "Traceback" not in told.stderr


def test_version() -> None:
    told = run("--version")
    assert told.returncode == 0
    assert re.fullmatch(r"specola (\d+\.\d+\.\d+|\(not installed\))\n", told.stdout)


@pytest.mark.parametrize(("command", "description"), line.COMMANDS)
def test_every_command_explains_itself(command: str, description: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        specola.main([command, "--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert told.startswith(f"usage: specola {command} ")
    assert description[1:] in " ".join(told.split())


def test_a_bug_of_ours_is_one_line_and_asks_for_a_report(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import commands.render

    def broken(args: Namespace, say: object) -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(commands.render, "run", broken)
    monkeypatch.delenv("SPECOLA_DEBUG", raising=False)
    assert specola.main(["render", "--root", str(project)]) == 3
    assert capsys.readouterr().err.splitlines() == [
        "specola: a bug of ours: ZeroDivisionError: division by zero",
        "  set SPECOLA_DEBUG=1 to see where; please report it with the spec that shows it",
    ]
    monkeypatch.setenv("SPECOLA_DEBUG", "1")
    assert specola.main(["render", "--root", str(project)]) == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "specola: No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "var/lock"), "specola: var/lock: Permission denied"),
        (OSError(errno.EROFS, "Read-only file system", "build"), "specola: build: Read-only file system"),
    ],
)
def test_what_the_machine_refuses_is_no_bug(
    error: OSError, said: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import commands.render

    def refused(args: Namespace, say: object) -> int:
        raise error

    monkeypatch.setattr(commands.render, "run", refused)
    assert specola.main(["render", "--root", str(project)]) == 1
    assert capsys.readouterr().err.splitlines() == [said, "  mend that, then run the same command again"]


def test_whoever_stops_listening_is_not_told_of_a_broken_pipe(project: Path) -> None:
    """As `specola render --list | head -n 1` does."""
    reading, writing = os.pipe()
    os.close(reading)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        [*COMMAND, "render", "--list"],
        cwd=project,
        env=env,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (process.returncode, process.stderr) == (0, "")


INTERRUPTED = """\
import os, signal, sys
sys.path.insert(0, {root!r})
import generator.write, specola
really = os.replace
left = [None] * {moves}
def replace(source, target):
    if not left:
        os.kill(os.getpid(), signal.{name})
    else:
        left.pop()
    really(source, target)
os.replace = replace
sys.exit(specola.main(["render"]))
"""


@pytest.mark.parametrize(("name", "moves"), [("SIGINT", 0), ("SIGINT", 1), ("SIGTERM", 1)])
def test_interrupted_during_the_writing(project: Path, name: str, moves: int) -> None:
    program = INTERRUPTED.format(root=str(ROOT), name=name, moves=moves)
    told = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=False)
    assert told.returncode == 130
    assert told.stderr == "interrupted; run the same command again to go on\n"
    assert run("render", cwd=project).returncode == 0
    whole = tree(project / "build")
    shutil.rmtree(project / "build")
    run("render", cwd=project)
    assert {path: text for path, text in whole.items() if not path.startswith(".")} == {
        path: text for path, text in tree(project / "build").items() if not path.startswith(".")
    }


def test_ctrl_c_from_outside_while_it_works(project: Path) -> None:
    """Wherever the signal falls after the start, the command ends with 130 or was done; `build/` is never half."""
    assert run("render", cwd=project).returncode == 0
    before = tree(project / "build")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    words = [*COMMAND, "check", "--skip-tools"]
    process = subprocess.Popen(words, cwd=project, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        process.wait(0.4)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (0, 130)
    assert "Traceback" not in said
    assert tree(project / "build") == before


def test_no_place_to_write(project: Path) -> None:
    (project / "build").write_text("in the way")
    told = run("render", cwd=project)
    assert told.returncode == 1
    assert told.stderr.startswith("specola: cannot write ")
    assert "Traceback" not in told.stderr
