"""Where programs are looked for, how a missing one is told, and what is done to those unpacked from Debian."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from compose import debian, tools
from compose.fault import Trouble

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working copy, and a PATH that leads to nothing else than `path` in it."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_spec_comes_before_our_folder_and_that_before_path(root: Path) -> None:
    on_path = program(root / "path/prometheus-alertmanager")
    assert tools.locate("alertmanager", root) == tools.Found("alertmanager", on_path)
    brought = program(root / ".tools/bin/alertmanager")
    assert tools.locate("alertmanager", root) == tools.Found("alertmanager", brought)
    named = program(root / "mine/am")
    assert tools.locate("alertmanager", root, {"alertmanager": "mine/am"}) == tools.Found("alertmanager", named)


def test_upstreams_name_comes_before_debians(root: Path) -> None:
    program(root / "path/prometheus-node-exporter")
    upstream = program(root / "path/node_exporter")
    assert tools.locate("node_exporter", root).path == upstream


def test_grafana_before_13_has_a_program_without_the_word_server(root: Path) -> None:
    old = program(root / "path/grafana-server")
    assert tools.locate("grafana", root) == tools.Found("grafana", old)
    new = program(root / "path/grafana")
    assert tools.locate("grafana", root) == tools.Found("grafana", new, ("server",))
    assert tools.locate("grafana", root, {"grafana": str(old)}) == tools.Found("grafana", old)


def test_python_is_the_interpreter_that_runs(root: Path) -> None:
    assert str(tools.locate("python", root).path) == sys.executable


@pytest.mark.parametrize(
    ("name", "apt", "hint"),
    [
        (
            "amtool", True,
            "Debian's package prometheus-alertmanager"
            " (`specola setup` brings it without installing anything on the system)",
        ),
        ("amtool", False, "install Alertmanager, then put `amtool` on PATH or name its path in the spec"),
        ("loki", True, "download Loki from Grafana Labs, then put `loki` on PATH or name its path in the spec"),
    ],
)  # fmt: skip
def test_a_missing_program_is_told_with_how_to_get_it(root: Path, name: str, apt: bool, hint: str) -> None:
    if apt:
        program(root / "path/apt-get")
        program(root / "path/dpkg-deb")
    with pytest.raises(tools.Missing) as caught:
        tools.locate(name, root)
    assert (caught.value.message, caught.value.hint) == (f"{name} is not installed", hint)
    assert not tools.have(name, root)


def test_a_path_of_the_spec_without_a_program(root: Path) -> None:
    (root / "mine").mkdir()
    (root / "mine/loki").write_text("not executable")
    with pytest.raises(Trouble, match=r"the spec names .*/mine/loki for loki, but no program is there"):
        tools.locate("loki", root, {"loki": "mine/loki"})


def test_versions_come_from_the_stamp(root: Path) -> None:
    assert tools.installed_versions(root) == {}
    path = program(root / ".tools/bin/redis-cli")
    (root / ".tools/stamp.json").write_text(json.dumps({"packages": {"redis-tools": "5:7.0.15-1~deb12u10"}}))
    assert tools.installed_versions(root) == {"redis-cli": "5:7.0.15-1~deb12u10"}
    assert tools.version(tools.Found("redis-cli", path), root) == "7.0.15"
    assert tools.version(tools.Found("redis-cli", root / "path/redis-cli"), root) == ""


def test_clean_removes_what_was_brought(root: Path) -> None:
    program(root / ".tools/bin/redis-cli")
    assert tools.clean(root)
    assert not tools.clean(root)


def test_nothing_is_brought_when_nothing_is_missing(root: Path) -> None:
    program(root / "path/prometheus")
    said: list[str] = []
    assert debian.install(root, ("prometheus", "loki"), said.append) == ()
    assert said == []
    assert not (root / ".tools").exists()


def test_a_system_without_apt_is_told_what_to_install(root: Path) -> None:
    with pytest.raises(Trouble) as caught:
        debian.install(root, ("promtool", "redis-cli"), print)
    assert caught.value.message == "promtool, redis-cli: not installed, and this system has no apt to bring them"
    assert "RUNTIME=docker" in caught.value.hint


def test_a_failed_download_says_why_and_leaves_nothing(root: Path) -> None:
    program(root / "path/apt-get", "#!/bin/sh\necho 'E: Unable to locate package prometheus' >&2\nexit 100\n")
    program(root / "path/dpkg-deb")
    said: list[str] = []
    with pytest.raises(Trouble, match="apt cannot download prometheus: Unable to locate package prometheus"):
        debian.install(root, ("prometheus",), said.append)
    assert [line.split()[:2] for line in said] == [["$", "apt-get"]] * 3
    assert "update" in said[1]
    assert sorted(path.name for path in (root / ".tools").iterdir()) == ["lock"]


TREE = """\
redis-tools
  Depends: adduser
  Depends: libc6
 |Depends: libsystemd0
  Depends: libelogind0
  PreDepends: libjemalloc2
    libprovided1
libsystemd0
  Depends: libcap2
libcap2
  Depends: libc6
adduser
  Depends: libsemanage2
"""


def test_the_libraries_of_a_package_all_the_way_down() -> None:
    assert debian.libraries(TREE, "redis-tools") == ["libcap2", "libjemalloc2", "libsystemd0"]


APT = """\
#!/bin/sh
for word; do last=$word; done
: > "$last.deb"
"""
DPKG = """\
#!/bin/sh
if [ "$1" = -W ]; then
    printf 'prometheus-alertmanager 0.25.0-1+b4'
    exit
fi
/bin/mkdir -p "$3/usr/bin" "$3/usr/share/prometheus/alertmanager"
echo "the templates" > "$3/usr/share/prometheus/alertmanager/default.tmpl"
echo '/bin/cat /usr/share/prometheus/alertmanager/default.tmpl; echo "$@"' > "$3/usr/bin/prometheus-alertmanager"
echo 'echo amtool' > "$3/usr/bin/amtool"
/bin/chmod 755 "$3/usr/bin/amtool" "$3/usr/bin/prometheus-alertmanager"
"""


def test_alertmanager_finds_its_templates_where_it_was_unpacked(root: Path) -> None:
    """The stand-ins for apt and dpkg bring a program with the same path compiled in."""
    program(root / "path/apt-get", APT)
    program(root / "path/dpkg-deb", DPKG)
    assert debian.install(root, ("alertmanager", "amtool"), lambda _: None) == ("alertmanager", "amtool")
    found = tools.locate("alertmanager", root)
    assert found.path == root / ".tools/bin/alertmanager"
    assert tools.version(found, root) == "0.25.0"
    done = subprocess.run((found.path, "--a", "b c"), capture_output=True, text=True, check=True)
    assert done.stdout == "the templates\n--a b c\n"
    assert (root / ".tools/bin/amtool").readlink().as_posix() == "../debian/prometheus-alertmanager/usr/bin/amtool"
    assert sorted(path.name for path in (root / ".tools").iterdir()) == ["bin", "debian", "lock", "stamp.json"]

    (root / ".tools/bin/amtool").unlink()  # brought again, over what is there
    assert debian.install(root, ("alertmanager", "amtool"), lambda _: None) == ("amtool",)
    assert sorted(path.name for path in (root / ".tools").iterdir()) == ["bin", "debian", "lock", "stamp.json"]
