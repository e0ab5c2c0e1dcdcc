"""The native backend with real programs: what `up`, an edit, `kill -9` and `down` do to processes."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compose.backend import Step
from compose.fault import Trouble
from compose.native import Native
from compose.plan import plan
from compose.ports import free_port, holders
from compose.record import Record, read_all
from compose.table import Folders
from tests.integration.observed import until
from tests.integration.working_copy import need_all
from tests.processes import identify

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.tools
REPOSITORY = Path(__file__).parents[2]
need_all("redis-server", "blackbox_exporter", "prometheus", "alertmanager")

MODULE = {"prober": "tcp", "timeout": "1s"}


class Stack:
    """A working copy in a temporary folder, with a table of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.native = Native(root)
        self.rows: dict[str, dict[str, Any]] = {}
        (root / ".tools").symlink_to(REPOSITORY / ".tools")
        (root / "secrets").mkdir(mode=0o700)

    def write(self, path: str, content: object) -> None:
        """Write a rendered file; JSON is YAML to all who read it."""
        goal = self.root / "build" / path
        goal.parent.mkdir(parents=True, exist_ok=True)
        draft = goal.with_name("draft")
        draft.write_text(json.dumps(content))
        draft.replace(goal)

    def row(self, name: str, program: str, port: int, **more: object) -> None:
        self.rows[name] = {
            "name": name,
            "title": name.title(),
            "program": program,
            "ports": [{"address": "127.0.0.1", "port": port, "protocol": "tcp", "purpose": "http"}],
            "stop_seconds": 5,
            **more,
        }
        self.render()

    def render(self) -> None:
        self.write("native/processes.json", {"version": 1, "project": "test", "processes": list(self.rows.values())})

    def steps(self, *only: str) -> tuple[Step, ...]:
        return plan(self.native.desired(), self.native.observe(), only)

    def up(self, *only: str) -> dict[str, str]:
        """What `specola up` does; returns the kind of step of each component."""
        steps = self.steps(*only)
        self.native.prepare(steps)
        for step in steps:
            self.native.apply(step)
        running = tuple(step.component for step in steps if step.kind not in ("stop", "skip"))
        ready = {event.component for event in self.native.wait(running, 20) if event.ready}
        assert ready == set(running)
        return {step.component: step.kind for step in steps}

    def record(self, name: str) -> Record:
        return next(record for record in read_all(Folders(self.root).run) if record.name == name)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    stack.native.down(volumes=True)


@pytest.fixture
def pair(stack: Stack) -> Stack:
    """Redis and a blackbox exporter."""
    port = free_port()
    stack.row(
        "redis",
        "redis-server",
        port,
        args=["--port", str(port), "--bind", "127.0.0.1", "--dir", "{data}/redis", "--save", ""],
        health={"tcp": f"127.0.0.1:{port}"},
    )
    port = free_port()
    stack.write("native/blackbox/blackbox.yml", {"modules": {"tcp": MODULE}})
    stack.row(
        "blackbox",
        "blackbox_exporter",
        port,
        args=["--config.file={build}/native/blackbox/blackbox.yml", f"--web.listen-address=127.0.0.1:{port}"],
        health={"url": f"http://127.0.0.1:{port}/-/healthy"},
        reload={"post": f"http://127.0.0.1:{port}/-/reload"},
        reload_files=["native/blackbox/blackbox.yml"],
        after=["redis"],
    )
    return stack


def test_a_second_up_does_nothing_and_down_leaves_no_process(pair: Stack) -> None:
    assert pair.up() == {"redis": "start", "blackbox": "start"}
    pids = [
        identity for record in read_all(pair.root / "var/native/run") for identity in (record.supervisor, record.child)
    ]
    assert len(pids) == 4
    assert all(identity.alive for identity in pids)

    assert pair.up() == {"redis": "keep", "blackbox": "keep"}
    seen = {one.name: one for one in pair.native.observe()}
    assert (seen["redis"].state, seen["redis"].health, seen["redis"].restarts) == ("running", "healthy", 0)
    assert seen["redis"].version[:1].isdigit() or not (REPOSITORY / ".tools").exists()
    assert seen["blackbox"].address.startswith("http://127.0.0.1:")

    pair.native.down(volumes=False)
    assert not any(identity.alive for identity in pids)
    assert [one.state for one in pair.native.observe()] == ["absent", "absent"]
    assert (pair.root / "var/native/data/redis").is_dir()


def test_an_edit_touches_only_what_it_concerns(pair: Stack) -> None:
    pair.up()
    before = {name: pair.record(name).child for name in ("redis", "blackbox")}

    pair.write("native/blackbox/blackbox.yml", {"modules": {"tcp": MODULE, "again": MODULE}})
    assert pair.up() == {"redis": "keep", "blackbox": "reload"}
    assert pair.record("blackbox").child == before["blackbox"]
    assert pair.up() == {"redis": "keep", "blackbox": "keep"}

    pair.rows["redis"]["args"] += ["--maxmemory", "50mb"]
    pair.render()
    assert pair.up() == {"redis": "restart", "blackbox": "keep"}
    assert pair.record("blackbox").child == before["blackbox"]
    assert not before["redis"].alive


def test_a_refused_reload_is_told_in_the_components_words_and_tried_again(pair: Stack) -> None:
    pair.up()
    pair.write("native/blackbox/blackbox.yml", {"modules": {"tcp": {"prober": "tcp", "typo": 1}}})
    with pytest.raises(Trouble, match=r"blackbox refuses the new configuration and keeps the old one: .*typo"):
        pair.up()
    assert [step.kind for step in pair.steps()] == ["keep", "reload"]


def test_a_killed_process_is_started_again(pair: Stack) -> None:
    pair.up()
    first = pair.record("redis").child
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: pair.record("redis").restarts == 1 and pair.record("redis").child.alive)
    assert pair.record("redis").last_exit == "was ended by SIGKILL"
    assert "supervisor: redis was ended by SIGKILL; next start in 1 s" in list(pair.native.logs("redis", False, 50))
    assert pair.up() == {"redis": "keep", "blackbox": "keep"}


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_up_recovers(pair: Stack) -> None:
    pair.up()
    record = pair.record("redis")
    os.kill(record.supervisor.pid, signal.SIGKILL)
    assert record.child.gone_within(5)
    assert pair.steps()[0] == Step("restart", "redis", "was killed together with its supervisor")
    assert pair.up() == {"redis": "restart", "blackbox": "keep"}


def test_a_process_that_outlived_its_supervisor_is_ended_and_started_afresh(pair: Stack) -> None:
    pair.up()
    record = pair.record("redis")
    path = pair.root / "var/native/run/redis.json"
    os.kill(record.supervisor.pid, signal.SIGSTOP)  # it would clear away behind the stale file below
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "supervisor": {"pid": record.supervisor.pid, "ticks": 1}}))
    try:
        assert {one.name: one.state for one in pair.native.observe()}["redis"] == "foreign"
        assert pair.up() == {"redis": "restart", "blackbox": "keep"}
        assert not record.child.alive
    finally:
        record.supervisor.signal(signal.SIGKILL)


OTHERS = {"pid": 1, "ticks": 1}


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"boot": "another"}, "the machine was started anew"),
        ({"child": OTHERS, "supervisor": OTHERS}, "was killed together with its supervisor"),
        ({"child": None, "supervisor": OTHERS, "last_exit": "was stopped"}, "was stopped"),
    ],
)
def test_a_stale_state_file_is_not_believed(pair: Stack, change: dict[str, object], detail: str) -> None:
    """After a reboot, or when its pids belong to others by now."""
    pair.up("redis")
    pair.native.apply(Step("stop", "redis"))
    state = {
        "name": "redis",
        "boot": identify(os.getpid()).boot,
        "supervisor": {"pid": os.getpid(), "ticks": identify(os.getpid()).ticks},
        "child": {"pid": os.getpid(), "ticks": identify(os.getpid()).ticks},
        **dict.fromkeys(("config_hash", "reload_hash", "version", "last_exit"), ""),
        **dict.fromkeys(("stop_seconds", "started_at", "restarts", "next_try"), 0),
    }
    (pair.root / "var/native/run/redis.json").write_text(json.dumps(state | change))
    seen = {one.name: one for one in pair.native.observe()}["redis"]
    assert (seen.state, seen.detail) == ("exited", detail)
    assert pair.up("redis") == {"redis": "restart"}


def test_a_component_that_cannot_run_is_given_up_with_the_end_of_its_log(stack: Stack) -> None:
    port = free_port()
    stack.row(
        "blackbox",
        "blackbox_exporter",
        port,
        args=["--config.file={build}/no.yml"],
        health={"tcp": f"127.0.0.1:{port}"},
    )
    with pytest.raises(Trouble, match=r"blackbox: exited with code 1\n(.*\n)*.*no\.yml: no such file"):
        stack.up()


def test_what_is_no_longer_wanted_is_stopped(pair: Stack) -> None:
    pair.up()
    child = pair.record("redis").child
    del pair.rows["redis"]
    pair.render()
    assert pair.up() == {"redis": "stop", "blackbox": "keep"}
    assert not child.alive


def test_ports_that_are_taken_are_named_with_their_holder(pair: Stack) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert holders(port) == (os.getpid(),)
        pair.rows["redis"]["ports"][0]["port"] = port
        pair.render()
        with pytest.raises(
            Trouble, match=rf"port {port} on 127.0.0.1, wanted by redis, is held by pid {os.getpid()} \("
        ):
            pair.up()
    assert not (pair.root / "var/native/run").exists()


def test_prometheus_and_alertmanager_reload_what_was_rendered(stack: Stack) -> None:
    rendered(stack, "one")
    port = free_port()
    stack.row(
        "alertmanager",
        "alertmanager",
        port,
        args=[
            "--config.file={build}/native/alertmanager/alertmanager.yml",
            "--storage.path={data}/alertmanager",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        health={"url": f"http://127.0.0.1:{port}/-/ready"},
        reload={"post": f"http://127.0.0.1:{port}/-/reload"},
        reload_files=["native/alertmanager/alertmanager.yml"],
    )
    port = free_port()
    stack.row(
        "prometheus",
        "prometheus",
        port,
        args=[
            "--config.file={build}/native/prometheus/prometheus.yml",
            "--storage.tsdb.path={data}/prometheus",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-lifecycle",
        ],
        health={"url": f"http://127.0.0.1:{port}/-/ready"},
        reload={"post": f"http://127.0.0.1:{port}/-/reload"},
        reload_files=["native/prometheus/prometheus.yml", "rules/"],
        after=["alertmanager"],
    )
    assert stack.up() == {"alertmanager": "start", "prometheus": "start"}
    rendered(stack, "two")
    assert stack.up() == {"alertmanager": "reload", "prometheus": "reload"}
    assert stack.up() == {"alertmanager": "keep", "prometheus": "keep"}


def rendered(stack: Stack, version: str) -> None:
    """Files as the generator would write them, which differ by version."""
    stack.write(
        "native/alertmanager/alertmanager.yml",
        {"route": {"receiver": version}, "receivers": [{"name": version}]},
    )
    stack.write("native/prometheus/prometheus.yml", {"rule_files": [str(stack.root / "build/rules/*.yml")]})
    rule = {"record": "specola:config:info", "expr": "vector(1)", "labels": {"hash": version}}
    stack.write("rules/specola-config.yml", {"groups": [{"name": "specola-config", "rules": [rule]}]})
