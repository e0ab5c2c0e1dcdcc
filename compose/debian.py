"""Debian's programs without touching the system: apt downloads and verifies, dpkg-deb unpacks into `.tools`.

Nothing is installed: no package script runs, no service starts, no port is taken, and no root is needed. Two programs
do not run from just anywhere; a wrapper in `.tools/bin` helps each, then becomes it (exec), so that the pid is its own:

- Redis needs shared libraries, which are brought as far as the system lacks them (LD_LIBRARY_PATH).
- Debian's Alertmanager has its templates' folder compiled in. In the private copy that path is replaced by
  /proc/self/fd/9 at equal length, and the wrapper opens the unpacked folder as descriptor 9.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from compose import tools
from compose.fault import Trouble
from compose.process import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TOGETHER = {"redis-server": ("redis-server", "redis-tools"), "redis-tools": ("redis-server", "redis-tools")}
"""Packages that are of use only together: redis-server is a link into redis-tools."""
REDIS_FOLDER = "redis"
COMPILED_IN = b"/usr/share/prometheus/alertmanager"
OPENED = b"/proc/self/fd/9".ljust(len(COMPILED_IN), b"/")

OWN_LISTS = """\
Dir::State::Lists "{work}/lists";
Dir::Cache "{work}/cache";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
"""Apt's settings for lists of our own; hooks of the system's settings do not run."""
LIBRARIES_WRAPPER = """\
#!/bin/sh
here=${{0%/*}}/..
LD_LIBRARY_PATH={libraries} exec "$here/{program}" "$@"
"""
TEMPLATES_WRAPPER = """\
#!/bin/sh
here=${{0%/*}}/..
exec 9<"$here/{templates}" && exec "$here/{program}" "$@"
"""


def install(root: Path, names: Iterable[str], say: Callable[[str], None]) -> tuple[str, ...]:
    """Bring those of the tools that are neither under `.tools` nor on PATH; returns what was brought.

    `say` gets each command before it runs. Quick when nothing is missing. Raises Trouble where there is no apt, no
    network or no space; what was there before stays as it was, and a half-done download leaves nothing.
    """
    lacking = tools.missing([name for name in names if tools.BY_NAME[name].package], root)
    if not lacking:
        return ()
    if not tools.apt_here():
        raise Trouble(
            f"{', '.join(tool.name for tool in lacking)}: not installed, and this system has no apt to bring them",
            "install Prometheus, Alertmanager, the node, blackbox and redis exporters and Redis so that they are on"
            " PATH, name their paths in the spec, or use RUNTIME=docker",
        )
    folder = root / tools.FOLDER
    try:
        with hold(folder / "lock", "make setup"):
            packages = sorted({part for tool in lacking for part in TOGETHER.get(tool.package, (tool.package,))})
            _bring(folder, packages, say)
            _link(folder)
    except OSError as error:
        raise Trouble(
            f"cannot bring tools into {folder}: {error.strerror}", "free some space, then try again"
        ) from error
    still = tools.missing([tool.name for tool in lacking], root)
    if still:
        raise Trouble(
            f"Debian's packages of this release lack {', '.join(tool.name for tool in still)}", still[0].how()
        )
    return tuple(tool.name for tool in lacking)


def _bring(folder: Path, packages: list[str], say: Callable[[str], None]) -> None:
    """Download and unpack beside the goal, and only then move there."""
    for stale in folder.glob("new-*"):
        shutil.rmtree(stale)
    with tempfile.TemporaryDirectory(prefix="new-", dir=folder) as name:
        work = Path(name)
        archives = _download(work, packages, say)
        say(f"$ dpkg-deb -x PACKAGE {folder}/debian/PACKAGE  ({len(archives)} packages)")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            versions = dict(pool.map(lambda archive: _unpack(archive, work / "unpacked"), archives))
        for fresh in (work / "unpacked").iterdir():
            _open_templates(fresh)
            _move(fresh, folder / "debian" / fresh.name, work)
        _stamp(folder, versions)


def _download(work: Path, packages: list[str], say: Callable[[str], None]) -> tuple[Path, ...]:
    """Fetch packages and the libraries they lack; where apt's lists are missing or stale, with lists of our own."""
    for part in ("debs", "unpacked", "lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    settings: tuple[str, ...] = (
        "-o",
        "APT::Sandbox::User=root",
    )  # apt's own user could not write here; without root it plays no part
    error = _fetch(work, settings, packages, say)
    if error:
        (work / "apt.conf").write_text(OWN_LISTS.format(work=work))
        settings = ("-c", str(work / "apt.conf"), *settings)
        _run(work, ("apt-get", "-q", *settings, "update"), say)
        error = _fetch(work, settings, packages, say)
    if error:
        raise Trouble(
            f"apt cannot download {', '.join(packages)}: {error}",
            "check the network, the free space and the sources of apt, then try again",
        )
    return tuple(sorted((work / "debs").glob("*.deb")))


def _fetch(work: Path, settings: tuple[str, ...], packages: list[str], say: Callable[[str], None]) -> str:
    """Download into `debs`; returns what went wrong."""
    wanted = [*packages, *(_libraries(work, settings, say) if "redis-tools" in packages else ())]
    return _run(work, ("apt-get", "-q", *settings, "download", *wanted), say)[1]


def _libraries(work: Path, settings: tuple[str, ...], say: Callable[[str], None]) -> list[str]:
    """The shared libraries of Redis, all the way down, which this system does not have."""
    only = tuple(f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"))
    tree, _ = _run(work, ("apt-cache", *settings, "depends", "--recurse", *only, "redis-tools"), say)
    names = libraries(tree, "redis-tools")
    present, _ = (
        _run(work, ("dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *names), say) if names else ("", "")
    )
    return [name for name in names if f"{name} installed" not in present.splitlines()]


def libraries(tree: str, package: str) -> list[str]:
    """What `apt-cache depends --recurse` says of a package's libraries; libc is taken as given."""
    needs: dict[str, list[str]] = {}
    current, alternative = "", False
    for line in tree.splitlines():
        word, _, name = line.strip().partition("Depends: ")
        if not line.startswith(" "):
            current = line.strip()
        elif name.startswith("lib") and not alternative:
            needs.setdefault(current, []).append(name)
        alternative = word.startswith("|")  # the next line is another way to meet the same need
    found: dict[str, None] = {}
    todo = [package]
    while todo:
        fresh = [name for name in needs.get(todo.pop(), []) if name not in found and name != "libc6"]
        found.update(dict.fromkeys(fresh))
        todo.extend(fresh)
    return sorted(found)


def _run(work: Path, command: tuple[str, ...], say: Callable[[str], None]) -> tuple[str, str]:
    """Run one of apt's programs where it downloads to; returns what it prints and, when it fails, why."""
    say(f"$ {' '.join(command)}")
    env = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=work / "debs", env=env, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return done.stdout, ""
    errors = [line for line in done.stderr.splitlines() if line.strip()] or ["it ended without a word"]
    return done.stdout, next((line for line in errors if line.startswith("E:")), errors[-1]).removeprefix("E: ")


def _unpack(archive: Path, goal: Path) -> tuple[str, str]:
    """Unpack one package, Redis and its libraries into one folder; returns its name and version."""
    fields = subprocess.run(
        ("dpkg-deb", "-W", "--showformat=${Package} ${Version}", archive), capture_output=True, text=True, check=True
    )
    package, _, version = fields.stdout.partition(" ")
    folder = REDIS_FOLDER if package.startswith(("redis", "lib")) else package
    done = subprocess.run(("dpkg-deb", "-x", archive, goal / folder), capture_output=True, text=True, check=False)
    if done.returncode:
        full = "No space left" in done.stderr
        why = "no space left on the device" if full else (done.stderr.splitlines() or ["dpkg-deb failed"])[-1]
        raise Trouble(f"cannot unpack {package}: {why}", f"free some space in {goal.parent.parent}, then try again")
    return package, version


def _move(fresh: Path, goal: Path, work: Path) -> None:
    """Put a whole package in its place, and what was there before into the folder that goes."""
    goal.parent.mkdir(exist_ok=True)
    if goal.exists():
        goal.rename(work / f"{goal.name}.old")
    fresh.rename(goal)


def _stamp(folder: Path, versions: dict[str, str]) -> None:
    """Write down which versions lie here."""
    try:
        known = json.loads((folder / tools.STAMP).read_text())["packages"]
    except (OSError, ValueError, KeyError):
        known = {}
    draft = folder / f"{tools.STAMP}.new"
    draft.write_text(json.dumps({"packages": {**known, **versions}}, indent=1, sort_keys=True))
    draft.replace(folder / tools.STAMP)


def _open_templates(folder: Path) -> None:
    """Point the templates' path that is compiled into a program to what its wrapper opens."""
    for program in (folder / "usr/bin").glob("*"):
        code = b"" if program.is_symlink() else program.read_bytes()
        if COMPILED_IN in code:
            program.write_bytes(code.replace(COMPILED_IN, OPENED))


def _link(folder: Path) -> None:
    """Fill `bin` with a link or a wrapper for each program that lies here."""
    (folder / "bin").mkdir(exist_ok=True)
    for tool in tools.TOOLS:
        home = REDIS_FOLDER if tool.package in TOGETHER else tool.package
        for command, *_ in tool.ways:
            program = folder / "debian" / home / "usr/bin" / command
            if tool.package and program.exists():
                _place(folder, tool.name, home, program)


def _place(folder: Path, name: str, home: str, program: Path) -> None:
    """One entry of `bin`, replaced in one go."""
    goal, draft = folder / "bin" / name, folder / "bin" / f".{name}.new"
    draft.unlink(missing_ok=True)
    inside = program.relative_to(folder)
    if home == REDIS_FOLDER:
        folders = sorted({path.parent.relative_to(folder) for path in (folder / "debian" / home).rglob("*.so.*")})
        libraries = ":".join(f'"$here/{path}"' for path in folders)
        _script(draft, LIBRARIES_WRAPPER.format(libraries=libraries, program=inside))
    elif OPENED in program.read_bytes():
        templates = f"debian/{home}{COMPILED_IN.decode()}"
        _script(draft, TEMPLATES_WRAPPER.format(templates=templates, program=inside))
    else:
        draft.symlink_to(Path("..") / inside)
    draft.replace(goal)


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
