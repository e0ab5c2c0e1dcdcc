"""The whole stack of the five services, natively and for real: what the README promises, and what can go wrong."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import requests

from compose.backend import Step
from compose.native import Native
from compose.process import members
from generator.glance import STAMP
from tests.integration.observed import until
from tests.integration.working_copy import DEBIANS, WHOLE, Copy, need_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.tools, pytest.mark.slow]
need_all(*DEBIANS)

COMPONENTS = {"simulator", "inbox", "redis", "redis-exporter", "node", "blackbox", "alertmanager", "prometheus"}
KEPT = dict.fromkeys(COMPONENTS, "keep")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The running stack, on a clock ten times as fast so that nobody waits for scrapes."""
    copy = Copy.at(tmp_path_factory.mktemp("stack"), *WHOLE, "pace=10")
    try:
        begun = copy.up()
        assert (begun.code, begun.err) == (0, ""), begun
        assert begun.steps == dict.fromkeys(COMPONENTS, "start")
        yield copy
    finally:
        copy.end()


def prometheus(stack: Copy, path: str, **params: str) -> Any:
    url = f"http://127.0.0.1:{stack.port(9090)}{path}"
    password = (stack.root / "secrets/prometheus-password").read_text()
    return requests.get(url, params=params, auth=("specola", password), timeout=10).json()["data"]


# What works


def test_smoke_proves_that_all_works(stack: Copy, tmp_path: Path) -> None:
    told = stack.run("smoke", "--format", "json", "--junit", str(tmp_path / "smoke.xml"))
    report = told.data
    assert told.code == 0, report
    assert report["ok"]
    assert report["components"] == {"ready": len(COMPONENTS), "total": len(COMPONENTS)}
    assert report["targets"]["up"] == report["targets"]["total"] > 30
    assert report["probes"]["ok"] == report["probes"]["total"] > 15
    assert report["metrics"]["metrics"] > 200
    assert report["rules"]["rules"] > 500
    skipped = {check["name"] for check in report["checks"] if check["skipped"]}
    assert skipped == {"log-line", "log-services", "log-indicators", "data-sources", "dashboards", "panels"}
    assert re.fullmatch(r"7 checks hold, 0 fail, 6 skipped\n", told.err)
    suite = ElementTree.parse(tmp_path / "smoke.xml").getroot()  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("13", "0", "6")


def test_a_second_up_does_nothing(stack: Copy) -> None:
    before, children = rendered(stack), stack.children()
    again = stack.up()
    assert (again.code, again.steps) == (0, KEPT)
    assert "build/: 0 new, 0 changed, 0 removed" in again.out
    assert "ready" not in again.out
    assert (rendered(stack), stack.children()) == (before, children)


def rendered(stack: Copy) -> dict[str, bytes]:
    """Without the stamp, a shortcut that may be noted anew when a file was too young to be believed."""
    return {path: content for path, content in stack.files("build").items() if path != f"build/{STAMP}"}


def test_status_shows_every_component(stack: Copy) -> None:
    told = stack.run("status", "--format", "json")
    assert told.code == 0
    assert told.data["runtime"] == "native"
    shown = {one["name"]: one for one in told.data["components"]}
    assert shown.keys() == COMPONENTS
    assert {(one["state"], one["health"]) for one in shown.values()} == {("running", "healthy")}
    assert shown["prometheus"]["address"] == f"http://127.0.0.1:{stack.port(9090)}"
    assert abs(shown["prometheus"]["started_at"] - time.time()) < 300
    heading, *rows = stack.run("status").out.splitlines()
    assert heading.split() == ["COMPONENT", "VERSION", "STATE", "HEALTH", "ADDRESS", "AGE"]
    assert {row.split()[0] for row in rows} == COMPONENTS


def test_what_runs_is_found_without_the_words_it_was_started_with(stack: Copy) -> None:
    words = stack.words("simulate")
    given = words.index("--set")
    done = subprocess.run(words[:given], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "no fault is on\n")
    assert done.stderr == f"specola: with {' '.join(words[given:])}, as the stack was started\n"


def test_passwords_are_asked_for_and_appear_nowhere(stack: Copy) -> None:
    assert requests.get(f"http://127.0.0.1:{stack.port(9090)}/-/ready", timeout=10).status_code == 401
    assert requests.get(f"http://127.0.0.1:{stack.port(9093)}/-/ready", timeout=10).status_code == 401
    with socket.create_connection(("127.0.0.1", stack.port(6379)), timeout=10) as redis:
        redis.sendall(b"PING\r\n")
        assert redis.recv(100) == b"-NOAUTH Authentication required.\r\n"
    assert prometheus(stack, "/api/v1/query", query="redis_up")["result"][0]["value"][1] == "1"
    stack.run("status")
    hidden = stack.secrets()
    assert hidden.keys() >= {"prometheus-password", "alertmanager-password", "prometheus-web.yml", "grafana-admin"}
    hashes = {name: re.findall(r"\$2b\$[^']+", text) for name, text in hidden.items()}
    values = [value for name, text in hidden.items() if name != "redis.conf" for value in (hashes[name] or [text])]
    assert all(len(value) >= 30 for value in values)
    assert {path.stat().st_mode & 0o777 for path in (stack.root / "secrets").iterdir()} == {0o600}
    places = {name: text.decode(errors="replace") for name, text in stack.files("build", "var").items()}
    for record in stack.records().values():
        for pid in (record.supervisor.pid, *members(record.child.pid)):
            for part in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{part}", "rb") as file:  # noqa: PTH123 - not a file of a disk
                    places[f"{part} of {record.name}"] = file.read().decode(errors="replace")
    places["what the command said"] = "".join(stack.heard)
    found = [place for place, text in places.items() if any(value in text for value in values)]
    assert found == []


def test_logs_of_a_component(stack: Copy) -> None:
    last = stack.run("logs", "prometheus", "-n", "3")
    assert (last.code, len(last.out.splitlines())) == (0, 3)
    whole = stack.run("logs", "prometheus", "-n", "500")
    assert "Server is ready to receive web requests" in whole.out
    wrong = stack.run("logs", "promtheus")
    assert (wrong.code, wrong.err) == (
        1,
        "specola: no service or component is called 'promtheus'\n  did you mean prometheus?\n",
    )


def test_logs_can_be_followed_until_interrupted(stack: Copy) -> None:
    following = stack.begin("logs", "redis", "--follow", "-n", "1")
    assert following.stdout is not None
    assert following.stdout.readline()
    following.send_signal(signal.SIGINT)
    _, said = following.communicate(timeout=10)
    assert following.returncode == 130
    assert "Traceback" not in said


# Changes


def test_a_plan_changes_nothing(stack: Copy) -> None:
    children = stack.children()
    stack.settings += ("components.redis.port=6390",)
    told = stack.up("--plan")
    stack.settings = stack.settings[:-1]
    assert told.code == 0
    assert told.steps["redis"] == "restart"
    assert "Prometheus" not in told.out
    assert stack.children() == children
    assert stack.up().steps == KEPT


def test_an_edited_threshold_touches_only_what_reads_it(stack: Copy) -> None:
    children = stack.children()
    stack.edit("services/tug.yaml", "above: 10%", "above: 11%")
    told = stack.up()
    assert told.steps == {**KEPT, "simulator": "reload", "prometheus": "reload"}
    assert stack.children() == children
    rules = prometheus(stack, "/api/v1/rules", type="alert")["groups"]
    query = next(r["query"] for g in rules if g["name"] == "tug" for r in g["rules"] if r["name"] == "HighErrorRate")
    assert "> 0.11" in query
    assert stack.up().steps == KEPT


def test_an_edited_program_restarts_only_what_runs_it(stack: Copy) -> None:
    children = stack.children()
    with (stack.root / "compose/inbox/store.py").open("a") as file:
        file.write("# edited\n")
    told = stack.up()
    assert told.steps == {**KEPT, "inbox": "restart"}
    assert "restart  inbox: its program changed\n" in told.out
    assert {name for name, child in stack.children().items() if child != children[name]} == {"inbox"}
    assert stack.up().steps == KEPT


def test_a_broken_edit_is_told_with_its_lines_and_changes_nothing(stack: Copy) -> None:
    before, children, path = stack.files("build"), stack.children(), stack.root / "services/tug.yaml"
    good = path.read_text()
    path.write_text(
        good.replace("above: 11%", "above: 11 percent", 1).replace("owner: community", "owner: comunity", 1)
    )
    lines = path.read_text().splitlines()
    at = [next(n for n, line in enumerate(lines, 1) if text in line) for text in ("owner: comunity", "11 percent")]
    told = stack.up()
    path.write_text(good)
    assert (told.code, told.out) == (1, "")
    owner, threshold, total = told.err.splitlines()
    assert owner.startswith(f"services/tug.yaml:{at[0]}:")
    assert owner.endswith("unknown owner 'comunity' (did you mean community?)")
    assert threshold.startswith(f"services/tug.yaml:{at[1]}:")
    assert total == "2 problems in the spec; nothing was changed"
    assert (stack.files("build"), stack.children()) == (before, children)
    assert stack.up().steps == KEPT


# Accidents


def test_a_killed_component_comes_back_by_itself(stack: Copy) -> None:
    child = stack.children()["blackbox"]
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: stack.children()["blackbox"] != child and stack.children()["blackbox"].alive)
    assert stack.up().steps == KEPT
    assert stack.records()["blackbox"].restarts == 1


def test_smoke_says_what_is_down_in_its_time_and_the_next_up_recovers(stack: Copy) -> None:
    """The supervisor is killed: its process ends with it, and nobody is left to start it again."""
    record = stack.records()["node"]
    os.kill(record.supervisor.pid, signal.SIGKILL)
    assert record.child.gone_within(5)
    assert members(record.child.pid) == {}
    status = stack.run("status")
    assert status.code == 1
    assert "exited (was killed together with its supervisor)" in status.out
    began = time.monotonic()
    told = stack.run("smoke", "--format", "json", "--timeout", "4")
    took = time.monotonic() - began
    recovered = stack.up()
    assert took < 40  # its time, at least five seconds for what was just set going, and a machine that is busy
    assert told.code == 1
    failing = {check["name"]: check["problems"] for check in told.data["checks"] if not check["ok"]}
    assert failing.keys() >= {"components", "targets"}
    assert failing["components"] == ["node is exited: was killed together with its supervisor"]
    assert any("node" in problem and "connection refused" in problem for problem in failing["targets"])
    assert recovered.steps == {**KEPT, "node": "restart"}
    assert stack.run("status").code == 0


def test_a_lost_state_file_is_no_second_process(stack: Copy) -> None:
    """Somebody cleaned up too much: the running process still holds its port, and its pid is named."""
    path = stack.root / "var/native/run/redis.json"
    state, child = path.read_text(), stack.children()["redis"]
    path.unlink()
    told = stack.up()
    assert told.code == 1
    assert (
        f"port {stack.port(6379)} on 127.0.0.1, wanted by redis, is held by pid {child.pid} (redis-server)" in told.err
    )
    path.write_text(state)
    assert stack.up().steps == KEPT


# Faults and drills


def test_a_fault_is_brought_about_listed_and_ended(stack: Copy) -> None:
    begun = stack.run("simulate", "tug", "--fault", "HighErrorRate", "--for", "5m")
    assert (begun.code, begun.out) == (0, "tug: HighErrorRate for 5m\n")
    stack.run("simulate", "starter", "--fault", "RequestErrorsHigh")
    listed = stack.run("simulate").out.splitlines()
    assert [line.partition(" until ")[0] for line in listed] == ["starter: RequestErrorsHigh", "tug: HighErrorRate"]
    failed = 'sum(rate(tug_http_requests_total{code="5xx"}[10s])) or vector(0)'
    until(lambda: float(prometheus(stack, "/api/v1/query", query=failed)["result"][0]["value"][1]) > 1)
    assert stack.run("simulate", "tug", "--end").out == "ended tug: HighErrorRate\n"
    assert stack.run("simulate", "--end").out == "ended starter: RequestErrorsHigh\n"
    assert stack.run("simulate").out == "no fault is on\n"


@pytest.mark.parametrize(("words", "said"), [
    (("tug", "--fault", "HighErorRate"), "specola: tug has no fault HighErorRate\n  did you mean HighErrorRate?\n"),
    (("tgu", "--fault", "HighErrorRate"), "specola: no such service: tgu\n  did you mean tug?\n"),
    (("tgu", "--end"), "specola: no such service: tgu\n  did you mean tug?\n"),
    (("tug", "--fault", "HighErrorRate", "--for", "5 min"),
     "specola: --for: not a duration: '5 min'; write a number and a unit, such as 30s, 5m, 1h30m or 30d\n"),
    (("tug", "--fault", "HighErrorRate", "--for", "3d"),
     "specola: 'seconds' must be a number above 0 and at most 86400\n"),
    (("--fault", "HighErrorRate", "--end"),
     "specola: which service's fault is meant?\n  write `specola simulate SERVICE --fault HighErrorRate`\n"),
])  # fmt: skip
def test_a_fault_that_is_none(stack: Copy, words: tuple[str, ...], said: str) -> None:
    told = stack.run("simulate", *words)
    assert (told.code, told.out, told.err) == (1, "", said)


def test_a_drill_of_what_does_not_exist_begins_nothing(stack: Copy) -> None:
    children = stack.children()
    told = stack.run("drill", "tug/HighErrorRate", "tug/HighErorRate")
    assert told.code == 1
    assert (
        told.err
        == "specola: tug/HighErorRate cannot be drilled: there is no such alert\n  did you mean tug/HighErrorRate?\n"
    )
    assert stack.children() == children
    assert stack.up().steps == KEPT


def test_a_drill_delivers_resolves_and_leaves_nothing_behind(stack: Copy) -> None:
    names = ["tug/HighErrorRate", "starter/RequestErrorsHigh", "artisan/ServiceDown"]
    fires = 'ALERTS{alertname=~"HighErrorRate|RequestErrorsHigh|ServiceDown",alertstate="firing"}'
    until(lambda: not prometheus(stack, "/api/v1/query", query=fires)["result"], 120)  # what an earlier test caused
    told = stack.run("drill", "--pace", "120", "--format", "json", *names)
    report = told.data
    assert told.code == 0, report
    assert (report["drilled"], report["delivered"], report["resolved"]) == (3, 3, 3)
    assert sorted(report["detection_seconds"]) == sorted(names)
    assert all(0 < seconds < 40 for seconds in report["detection_seconds"].values())
    assert report["left_firing"] == []
    assert stack.run("simulate").out == "no fault is on\n"
    assert stack.up().steps == KEPT  # the stack's own pace is back
    assert stack.run("status").code == 0


def test_an_interrupted_drill_cleans_up(stack: Copy) -> None:
    drilling = stack.begin("drill", "--pace", "120", "tug/HighErrorRate")
    assert drilling.stdout is not None
    said = [drilling.stdout.readline(), drilling.stdout.readline()]
    assert said == ["the stack runs at pace 120\n", "1 alerts, up to 1 at a time: at least 0.3 minutes\n"]
    until(lambda: stack.run("simulate").out.startswith("tug: HighErrorRate"))
    drilling.send_signal(signal.SIGINT)
    out, err = drilling.communicate(timeout=60)
    assert drilling.returncode == 130
    assert out == "what the drill left in counters and records is removed\nthe stack runs at pace 10\n"
    assert err == "interrupted; run the same command again to go on\n"
    assert stack.run("simulate").out == "no fault is on\n"
    assert stack.up().steps == KEPT


def test_what_fires_without_any_fault_is_not_drilled_even_where_it_is_about_to(stack: Copy) -> None:
    """At the drill's pace the alert on the target fires in seconds, these later: all for the same target."""
    names = ["AvailabilityBudgetBurnsFast", "AvailabilityBudgetBurnsSlowly"]
    Native(stack.root).apply(Step("stop", "node", "a test"))
    told = stack.run(
        "drill", "--format", "json", "starter/RequestErrorsHigh", *(f"monitoring/{name}" for name in names)
    )
    assert told.code == 0, told.data
    assert told.data["not_drilled"] == {f"monitoring/{name}": "it fires without any fault" for name in names}
    assert (told.data["drilled"], told.data["resolved"], told.data["left_firing"]) == (1, 1, [])
    assert stack.up().steps == KEPT | {"node": "start"}


# The end


def test_down_ends_every_process_and_keeps_data_until_told_otherwise(stack: Copy) -> None:
    processes = [identity for record in stack.records().values() for identity in (record.supervisor, record.child)]
    told = stack.run("down")
    assert (told.code, told.out) == (0, "ended the native stack; its data stays (down --volumes removes it)\n")
    assert not any(process.alive for process in processes)
    assert [identity for process in processes for identity in members(process.pid)] == []
    assert (stack.root / "var/native/data/prometheus").is_dir()
    assert stack.run("status").err.startswith("specola: nothing runs here\n")

    some = stack.up("prometheus")
    assert some.steps == {"prometheus": "start"}
    assert stack.records().keys() == {"prometheus"}
    assert float(prometheus(stack, "/api/v1/query", query="max_over_time(up[1h])")["result"][0]["value"][1]) == 1

    assert stack.run("down", "--volumes").out == "ended the native stack, and removed its data\n"
    assert not (stack.root / "var/native/data").exists()
    assert (stack.root / "secrets/prometheus-password").is_file()
    assert stack.run("down").out == "nothing runs\n"
