"""The two sides of a comparison as folders: a folder is taken as it is, a git revision is laid out in a new one."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from compose.fault import Misuse, Trouble
from spec.names import ROOT_FILE
from spec.yaml_fault import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAIN_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
WORK_TREE = "the work tree"


@dataclass(frozen=True)
class Side:
    """A spec's root file, and what people call this side."""

    root: Path
    label: str


@contextmanager
def sides(project: Path, base: str, head: str) -> Iterator[tuple[Side, Side]]:
    """Both sides: each a revision or a folder. Empty: the point where the work left the main branch; the work tree.

    Raises Misuse for what is neither, Trouble when git cannot do it. Nothing is checked out, nothing in the project is
    touched.
    """
    with TemporaryDirectory(prefix="specola-diff-") as folder:
        yield _side(project, base, Path(folder, "base")), _side(project, head, Path(folder, "head"), WORK_TREE)


def _side(project: Path, name: str, room: Path, default: str = "") -> Side:
    if not name and default:
        return Side(project / ROOT_FILE, default)
    for folder in (project / name, Path(name)) if name else ():
        if (folder / ROOT_FILE).is_file():
            return Side(folder.resolve() / ROOT_FILE, name)
    commit, label = (_commit(project, name), name) if name else _left_main(project)
    _lay_out(project, commit, room)
    if not (room / ROOT_FILE).is_file():
        raise Misuse(f"there is no {ROOT_FILE} in {label}", "name a revision in which the spec was there already")
    return Side(room / ROOT_FILE, label)


def _commit(project: Path, name: str) -> str:
    found = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", check=False)
    if not found:
        known = "a git revision, or a folder with a stack.yaml"
        raise Misuse(f"{name!r} is neither a git revision here nor a folder with a {ROOT_FILE}", f"give {known}")
    return found.decode().strip()


def _left_main(project: Path) -> tuple[str, str]:
    """The newest commit that the work tree shares with the main branch."""
    for branch in MAIN_BRANCHES:
        commit = _git(project, "merge-base", branch, "HEAD", check=False).decode().strip()
        if commit:
            return commit, f"{commit[:9]} (where this work left {branch})"
    raise Misuse(
        "there is no main branch to compare with", f"name what to compare with; looked for {', '.join(MAIN_BRANCHES)}"
    )


def _lay_out(project: Path, commit: str, room: Path) -> None:
    """Write the files that the project's folder has in a commit, without a checkout. Other things than files stay."""
    prefix = _git(project, "rev-parse", "--show-prefix").decode().strip()
    where = [f"{commit}:{prefix}" if prefix else commit]
    entries = _git(project, "ls-tree", "-r", "-l", "-z", "--full-tree", *where).split(b"\0")
    files = []
    for entry in filter(None, entries):
        (mode, kind, blob, size), path = entry.split(b"\t", 1)[0].split(), entry.split(b"\t", 1)[1].decode()
        if kind == b"blob" and mode != b"120000" and int(size) <= MAX_BYTES and _is_spec(path):
            files.append((blob, path))
    for (_, path), content in zip(files, _blobs(project, [blob for blob, _ in files]), strict=True):
        file = room / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _is_spec(path: str) -> bool:
    return path.endswith((".yaml", ".yml")) and not path.startswith("/") and ".." not in path.split("/")


def _blobs(project: Path, names: list[bytes]) -> Iterable[bytes]:
    """The contents of blobs, in one run of git."""
    answer = _git(project, "cat-file", "--batch", send=b"\n".join([*names, b""])) if names else b""
    at = 0
    for _ in names:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split()[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _git(project: Path, *words: str, send: bytes | None = None, check: bool = True) -> bytes:
    try:
        done = subprocess.run(("git", *words), cwd=project, input=send, capture_output=True, check=False)
    except FileNotFoundError:
        raise Trouble("git is not installed", "install it, or compare two folders") from None
    if done.returncode and check:
        raise Trouble(f"git {words[0]}: {done.stderr.decode(errors='replace').strip()}", "compare two folders instead")
    return done.stdout if not done.returncode else b""
