"""The commands that run the stack, at their edges: what they say, in which order they work, and what they leave alone."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commands import down, line, pictures, simulate, status, up
from commands.project import Project, counts
from compose import tools
from compose.backend import Desired, Observed
from compose.clients import Clients
from compose.fault import Trouble
from compose.faults import Faults
from generator.write import Written
from tests.unit.commanded import Played, at_hand, project_in, said
from tests.unit.played import PlayedClient

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_in(tmp_path)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Played:
    return at_hand(monkeypatch)


def test_up_looks_first_changes_what_changed_and_waits_for_all(project: Path, backend: Played) -> None:
    code, told = said(up, "up", "--root", str(project))
    assert code == 0
    assert backend.done == ["prepare", "reload node", "wait redis node"]
    assert told[0] == "runtime: native (asked for)"
    assert told[2:] == [
        "reload   node: its configuration changed",
        "skip     loki: loki is not installed: download it",
        "keep     redis",
        "ready    node (0.1 s)",
        "",
        "Prometheus, Alertmanager: user specola, passwords in secrets/{prometheus,alertmanager}-password",
    ]


def test_up_that_finds_a_trouble_touches_nothing(project: Path, backend: Played) -> None:
    backend.fails = "prepare"
    with pytest.raises(Trouble, match="port 9090"):
        said(up, "up", "--root", str(project))
    assert backend.done == ["prepare"]


REFUSED = (
    "logger=provisioning.dashboard type=file name=team t={time} level=error "
    'msg="failed to load dashboard from " file=/build/dashboards/team/shop-overview.json error="no title"'
)


class Refusing:
    """The log of a Grafana that refused a dashboard a day ago, and refuses it again whenever somebody reads the log."""

    def __iter__(self) -> Iterator[str]:
        now = datetime.now(UTC) + timedelta(hours=1)  # whenever the machine comes to it
        yield from (REFUSED.format(time=time.isoformat()) for time in (now - timedelta(days=1), now))


@pytest.fixture
def with_grafana(backend: Played, monkeypatch: pytest.MonkeyPatch) -> Played:
    """Grafana is to be started, and refuses a dashboard."""
    backend.seen, backend.want = (), (Desired("grafana", "Grafana", "g1"),)
    backend.log = Refusing()
    monkeypatch.setattr("compose.smoke.check.LEAST", 0.01)
    monkeypatch.setattr(up, "READING_SECONDS", 0.01)
    monkeypatch.setattr(Clients, "grafana", PlayedClient("grafana", "", answers={"/api/search": []}))
    return backend


def test_what_grafana_refuses_is_told_with_its_place_and_fails_up(project: Path, with_grafana: Played) -> None:
    code, told = said(up, "up", "--root", str(project))
    assert code == 1
    assert told[4:6] == [
        "services/shop.yaml:1:1: Grafana refuses dashboards/team/shop-overview.json: no title",
        "",
    ]


def test_the_last_words_of_grafana_name_their_place(project: Path, with_grafana: Played) -> None:
    with_grafana.fails = "wait"
    told: list[str] = []
    with pytest.raises(Trouble, match="exited with code 1"):
        up.run(line.parser("up").parse_args(["up", "--root", str(project)]), told.append)
    assert told[-1] == "services/shop.yaml:1:1: Grafana refuses dashboards/team/shop-overview.json: no title"


def test_a_plan_only_tells(project: Path, backend: Played) -> None:
    code, told = said(up, "up", "--plan", "--root", str(project))
    assert (code, backend.done) == (0, [])
    assert told[-1] == "keep     redis"


def test_up_of_an_unknown_component(project: Path, backend: Played) -> None:
    with pytest.raises(Trouble) as caught:
        said(up, "up", "reddis", "--root", str(project))
    assert (caught.value.message, caught.value.hint) == ("no component is called reddis", "did you mean redis?")
    assert backend.done == []


@pytest.mark.parametrize(("seen", "volumes", "fails", "expected"), [
    ("running", False, "", "ended the native stack; its data stays (down --volumes removes it)"),
    ("running", True, "", "ended the native stack, and removed its data"),
    ("absent", False, "", "nothing of the native stack runs; its data stays (down --volumes removes it)"),
    ("absent", True, "", "nothing of the native stack runs, and removed its data"),
    ("running", False, "observe", "ended the native stack; its data stays (down --volumes removes it)"),
])  # fmt: skip
def test_down_says_what_it_did(
    project: Path, backend: Played, seen: Any, volumes: bool, fails: str, expected: str
) -> None:
    backend.seen, backend.fails = (Observed("redis", seen),), fails
    words = ("down", "--root", str(project), *(["--volumes"] if volumes else []))
    assert said(down, *words) == (0, [expected])
    assert backend.done == [f"down {volumes}"]


def test_down_works_with_a_broken_spec(project: Path, backend: Played) -> None:
    (project / "stack.yaml").write_text("stack: [\n")
    assert said(down, "down", "--root", str(project))[0] == 0


@pytest.mark.parametrize(("seconds", "age"), [
    (0, "-"), (1, "1s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (172_799, "47h"), (172_800, "2d"),
])  # fmt: skip
def test_an_age_has_two_figures_or_three(seconds: int, age: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.status.time.time", lambda: 1_000_000.5)
    assert status._age(1_000_000 - seconds if seconds else 0) == age


def test_status_is_a_table_and_fails_when_something_is_not_well(project: Path, backend: Played) -> None:
    backend.seen = (
        Observed("redis", "running", "healthy", version="7.0.15", address="127.0.0.1:6379"),
        Observed("node", "exited", detail="exited with code 1"),
        Observed("loki", "absent"),
    )
    code, told = said(status, "status", "--root", str(project))
    assert code == 1
    assert told == [
        "COMPONENT  VERSION  STATE                        HEALTH   ADDRESS         AGE",
        "redis      7.0.15   running                      healthy  127.0.0.1:6379  -",
        "node       -        exited (exited with code 1)  -        -               -",
    ]
    backend.seen = backend.seen[:1]
    assert said(status, "status", "--root", str(project))[0] == 0


class PlayedFaults(Faults):
    """A simulator in which one fault is on."""

    def active(self, service: str = "") -> tuple[str, ...]:
        return ("shop: QueueLong until noon",) if service in ("", "shop") else ()

    def known(self, service: str) -> tuple[str, ...]:
        return ("HighErrorRate", "QueueLong")

    def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
        return ("shop: QueueLong",) if service in ("", "shop") and fault in ("", "QueueLong") else ()


@pytest.mark.parametrize(("words", "expected"), [
    ((), ["shop: QueueLong until noon"]),
    (("shop",), ["shop: QueueLong until noon", "shop knows: HighErrorRate, QueueLong"]),
    (("other",), ["no fault is on", "other knows: HighErrorRate, QueueLong"]),
    (("--end",), ["ended shop: QueueLong"]),
    (("shop", "--end"), ["ended shop: QueueLong"]),
    (("shop", "--fault", "QueueLong", "--end"), ["ended shop: QueueLong"]),
    (("shop", "--fault", "HighErrorRate", "--end"), ["no such fault was on"]),
])  # fmt: skip
def test_simulate_lists_and_ends(
    project: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], expected: list[str]
) -> None:
    monkeypatch.setattr(Faults, "of", lambda _: PlayedFaults("http://simulator"))
    assert said(simulate, "simulate", "--root", str(project), *words) == (0, expected)


def test_a_stack_of_real_services_has_nothing_to_simulate(project: Path) -> None:
    with pytest.raises(Trouble, match="this stack does not simulate its services"):
        said(simulate, "simulate", "--root", str(project))


def test_clean_tools(project: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "specola.py"), "clean-tools", "--root", str(project)]
    environment = {"PATH": os.environ["PATH"]}

    def run() -> tuple[int, str]:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert run() == (0, "there is no .tools/\n")
    (project / tools.FOLDER / "bin").mkdir(parents=True)
    assert run() == (0, "removed .tools/\n")
    (project / tools.FOLDER).symlink_to(tmp_path)
    code, text = run()
    assert (code, text.splitlines()[1]) == (1, "  remove it by hand")


def test_counts_in_words() -> None:
    assert counts(Written(added=("a",), changed=("b", "c"))) == "1 new, 2 changed, 0 removed"


def test_a_project_needs_a_spec(tmp_path: Path) -> None:
    args = argparse.Namespace(root=str(tmp_path), environment=None, set=None)
    with pytest.raises(Trouble, match=rf"there is no stack\.yaml in {tmp_path}"):
        Project.of(args)


def test_one_command_at_a_time(project: Path) -> None:
    one = Project(project)
    with one.hold("specola up"), pytest.raises(Trouble) as caught, one.hold("specola down"):
        pass
    assert caught.value.message.startswith(f"specola up (pid {os.getpid()}, since ")
    with one.hold("specola down"):
        pass


def test_what_goes_wrong_while_it_holds_is_not_taken_for_the_lock(project: Path) -> None:
    with pytest.raises(FileNotFoundError), Project(project).hold("specola up"):
        Path("/nowhere/at/all").read_text()


def test_without_grafana_there_are_no_pictures_and_it_is_said_why(project: Path, backend: Played) -> None:
    backend.want = (*backend.want, Desired("grafana", "Grafana", "g1", missing="grafana is not installed: download it"))
    with pytest.raises(Trouble) as caught:
        said(pictures, "pictures", "--root", str(project))
    assert (caught.value.message, caught.value.hint) == (
        "no picture: Grafana does not run here",
        "grafana is not installed: download it",
    )


def test_without_a_browser_there_are_no_pictures(
    project: Path, backend: Played, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    backend.seen = (Observed("grafana", "running", "healthy"),)
    monkeypatch.setenv("PATH", str(tmp_path))
    (project / "secrets/grafana-admin").touch(mode=0o600)
    with pytest.raises(Trouble) as caught:
        said(pictures, "pictures", "--root", str(project))
    assert caught.value.message == "no picture without chromedriver and chromium"


def test_a_picture_of_a_dashboard_that_there_is_not(
    project: Path, backend: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.seen = (Observed("grafana", "running", "healthy"),)
    monkeypatch.setattr("compose.pictures.driver.lacking", tuple)
    (project / "secrets/grafana-admin").touch(mode=0o600)
    board = project / "build/dashboards/team/shop-overview.json"
    board.parent.mkdir(parents=True)
    board.write_text("{}")
    with pytest.raises(Trouble) as caught:
        said(pictures, "pictures", "shop-overwiev", "--root", str(project))
    assert (caught.value.message, caught.value.hint) == (
        "no dashboard has the uid shop-overwiev",
        "did you mean shop-overview?",
    )
