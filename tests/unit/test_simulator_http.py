"""The simulator's HTTP, end to end on free ports, with hostile clients too."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from compose.simulator.control import control_listener
from compose.simulator.node import Node
from compose.simulator.reading import read_contract
from compose.simulator.simulation import Simulation
from tests.unit.simulated import SHOP, shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.simulator.server import Listener

ROOT = Path(__file__).parents[2]


def ask(port: int, path: str, data: bytes | None = None, method: str | None = None, **headers: str) -> tuple[int, Any]:
    """The status and the parsed body (text for metrics) of an answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            body, status = answer.read().decode(), answer.status
    except urllib.error.HTTPError as error:
        with error:
            body, status = error.read().decode(), error.code
    return status, json.loads(body) if body.startswith(("{", "[")) else body


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    playing = Simulation(tmp_path_factory.mktemp("logs"), time.time, pytest.fail)
    playing.play([shop()])
    yield playing
    playing.play([])


@pytest.fixture
def simulation(shared: Simulation) -> Iterator[Simulation]:
    yield shared
    for service in shared.services.values():
        service.end()
    shared.follow()


@pytest.fixture(scope="module")
def control(shared: Simulation) -> Iterator[Listener]:
    listener = control_listener(shared, "127.0.0.1", 0)
    listener.open()
    yield listener
    listener.close()


def test_metrics_of_the_service_and_of_its_exporter(simulation: Simulation) -> None:
    for purpose, name in (("shop/shop", "shop_http_requests"), ("shop/node", "node_cpu_seconds")):
        url = f"http://127.0.0.1:{simulation.ports()[purpose]}/metrics?debug=1"
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            families = text_string_to_metric_families(answer.read().decode())
        assert name in {family.name for family in families}


def test_an_endpoint_is_found_with_its_query_and_without_another(tmp_path: Path) -> None:
    data = json.loads(SHOP.read_text())
    data["endpoints"] += [{"path": "/search?deep=1", "kind": "health", "status": 503, "latency": 0, "body": {}}]
    playing = Simulation(tmp_path, time.time, pytest.fail)
    playing.play([read_contract(Node(data, "shop: "))])
    try:
        port = playing.ports()["shop/shop"]
        statuses = [ask(port, path)[0] for path in ("/search?deep=1", "/search", "/health?deep=1")]
        assert statuses == [503, 404, 200]
    finally:
        playing.play([])


def test_endpoints(simulation: Simulation) -> None:
    port = simulation.ports()["shop/shop"]
    healthy = {"service": "shop", "status": "ok", "checks": {"database": "ok", "queue": "ok"}}
    assert ask(port, "/health") == (200, healthy)
    assert ask(port, "/health", method="HEAD") == (200, "")
    assert ask(port, "/health/details") == (401, {"error": "needs authentication"})
    assert ask(port, "/health/details", Authorization="Bearer x")[0] == 200
    assert ask(port, "/nope") == (404, {"error": "nothing at /nope", "metrics": "/metrics"})
    assert ask(port, "/health", b"x")[0] == 501
    assert ask(simulation.ports()["shop/node"], "/health")[0] == 404


def test_an_unhealthy_service(simulation: Simulation, control: Listener) -> None:
    request = json.dumps({"service": "shop", "fault": "Unhealthy", "seconds": 30}).encode()
    assert ask(control.port, "/faults", request)[0] == 200
    unhealthy = {"service": "shop", "status": "error", "checks": {"database": "error", "queue": "error"}}
    assert ask(simulation.ports()["shop/shop"], "/health") == (503, unhealthy)
    assert ask(control.port, "/faults/shop/Unhealthy", method="DELETE") == (200, {"ended": 1})
    assert ask(simulation.ports()["shop/shop"], "/health")[0] == 200


def test_a_port_that_is_down_refuses_connections_and_comes_back(simulation: Simulation, control: Listener) -> None:
    port = simulation.ports()["shop/shop"]
    request = json.dumps({"service": "shop", "fault": "Down", "seconds": 0.2}).encode()
    assert ask(control.port, "/faults", request)[0] == 200
    with pytest.raises(urllib.error.URLError, match="refused"):
        ask(port, "/health")
    assert ask(simulation.ports()["shop/node"], "/metrics")[0] == 200
    time.sleep(0.25)
    simulation.tick()
    assert ask(port, "/health")[0] == 200


def test_the_control_interface_lists_what_there_is(simulation: Simulation, control: Listener) -> None:
    assert ask(control.port, "/health") == (200, {"status": "ok", "services": ["shop"]})
    simulation.services["shop"].start("MemoryLeak", 30)
    status, faults = ask(control.port, "/faults")
    assert status == 200
    assert [(item["service"], item["fault"]) for item in faults["active"]] == [("shop", "MemoryLeak")]
    assert faults["known"]["shop"] == sorted(shop().faults)
    assert ask(control.port, "/faults", method="DELETE") == (200, {"ended": 1})


@pytest.mark.parametrize(
    ("path", "request_body", "status", "error"),
    [
        ("/faults", b"{", 400, "the request is not JSON"),
        ("/faults", b"[" * 50_000, 400, "the request is not JSON"),
        ("/faults", b"\xff", 400, "the request is not JSON"),
        ("/faults", b"[]", 400, "the request must be an object with 'service', 'fault' and 'seconds'"),
        ("/faults", b'{"service": "shop"}', 400, "the request must be an object with 'service', 'fault' and 'seconds'"),
        (
            "/faults",
            b'{"service": "shop", "fault": "Down", "seconds": true}',
            400,
            "'seconds' must be a number above 0 and at most 86400",
        ),
        ("/faults", b'{"service": "shop", "fault": [], "seconds": 1}', 400, "'service' and 'fault' must be texts"),
        ("/faults", b'{"service": "till", "fault": "Down", "seconds": 1}', 404, "no such service: till"),
        ("/faults", b'{"service": "shop", "fault": "Up", "seconds": 1}', 404, "shop has no fault Up"),
        ("/faults", b" " * 70_000, 413, "the request is longer than 65536 bytes"),
        ("/nope", b"{}", 404, "faults are started at /faults"),
    ],
)
def test_wrong_requests(control: Listener, path: str, request_body: bytes, status: int, error: str) -> None:
    answer = ask(control.port, path, request_body)
    assert (answer[0], answer[1]["error"]) == (status, error)


def test_web_pages_of_others_may_not_change_faults(control: Listener) -> None:
    assert ask(control.port, "/faults", method="DELETE", Origin="http://example.org")[0] == 403


@pytest.mark.parametrize("garbage", [b"\x00\xff\x16\x03\r\n\r\n", b"GET\r\n\r\n", b"GET /" + b"x" * 70_000, b""])
def test_garbage_does_not_disturb(simulation: Simulation, garbage: bytes) -> None:
    port = simulation.ports()["shop/shop"]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(garbage)
        assert ask(port, "/health")[0] == 200, "others are served meanwhile"


def test_contracts_read_again_keep_counters_and_faults(simulation: Simulation) -> None:
    def shown(name: str) -> float:
        families = ask(simulation.ports()["shop/node"], "/metrics")[1]
        return next(float(line.split()[-1]) for line in families.splitlines() if line.startswith(f"{name} "))

    simulation.services["shop"].start("Restarted", 0.001)
    before = shown("node_context_switches_total")
    simulation.play([shop(title="Another")])
    assert simulation.services["shop"].contract.title == "Another"
    assert before <= shown("node_context_switches_total") < before + 4_000 * 1.4 * 5


def test_counters_go_on_after_a_restart(tmp_path: Path) -> None:
    clock = time.time()
    first = Simulation(tmp_path, lambda: clock, pytest.fail)
    first.play([shop()])
    first.services["shop"].start("Restarted", 1)
    first.close()
    first.play([])
    second = Simulation(tmp_path, lambda: clock, pytest.fail)
    second.play([shop()])
    assert all(sum(numbers) == 0 for numbers in second.services["shop"].memory().numbers.values())
    second.play([])


def test_a_broken_memory_is_reported_and_replaced(tmp_path: Path) -> None:
    (tmp_path / ".simulator-shop.json").write_text("{")
    reports: list[str] = []
    playing = Simulation(tmp_path, time.time, reports.append)
    playing.play([shop()])
    playing.play([])
    assert len(reports) == 1
    assert reports[0].endswith("counters start anew")
    assert json.loads((tmp_path / ".simulator-shop.json").read_text())["version"] == 2


def start(tmp_path: Path, *more: str) -> subprocess.Popen[str]:
    program = [
        sys.executable,
        "-m",
        "compose.simulator",
        "--contracts",
        str(tmp_path),
        "--logs",
        str(tmp_path / "logs"),
    ]
    return subprocess.Popen([*program, "--control", "127.0.0.1:0", *more], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def test_the_program_plays_reads_again_and_ends(tmp_path: Path) -> None:
    (tmp_path / "shop.json").write_text(SHOP.read_text())
    with start(tmp_path) as program:
        assert program.stderr is not None
        assert program.stderr.readline() == "simulator: playing shop\n"
        (tmp_path / "shop.json").write_text("{")
        os.kill(program.pid, signal.SIGHUP)
        assert program.stderr.readline().endswith("the contracts read before stay in force\n")
        os.kill(program.pid, signal.SIGTERM)
        assert program.wait(5) == 0
        assert program.stderr.read() == ""
    assert (tmp_path / "logs" / ".simulator-shop.json").exists()


def test_an_address_for_all_services_takes_the_place_of_theirs(tmp_path: Path) -> None:
    (tmp_path / "shop.json").write_text(json.dumps(json.loads(SHOP.read_text()) | {"listen": "192.0.2.1"}))
    with start(tmp_path, "--listen", "127.0.0.1") as program:
        assert program.stderr is not None
        assert program.stderr.readline() == "simulator: playing shop\n"
        program.terminate()
    with start(tmp_path) as program:
        _, errors = program.communicate(timeout=10)
    assert errors.startswith("simulator: port 0 on 192.0.2.1 (shop/shop) cannot be listened on: Cannot assign")


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        (tmp_path / "shop.json").write_text(json.dumps(json.loads(SHOP.read_text()) | {"port": port}))
        with start(tmp_path) as program:
            _, errors = program.communicate(timeout=10)
    assert program.returncode == 1
    assert errors == (
        f"simulator: port {port} on 127.0.0.1 (shop/shop) cannot be listened on: Address already in use; "
        "stop the program that holds it, or give the port another number\n"
    )
