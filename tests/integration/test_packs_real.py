"""The packs against the real programs: every metric, type, label and bucket that a pack declares is exposed."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from compose import tools
from compose.ports import free_port
from spec import packs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spec.metric import Metric

REPOSITORY = Path(__file__).parents[2]
UNTYPED = {
    "node_vmstat_oom_kill": "the kernel's file does not say what counts up",
    "node_vmstat_pgmajfault": "the kernel's file does not say what counts up",
}
"""Counters which the exporter leaves without a type, with the reason."""
CLOSED = {"mode", "state", "integration", "status"}
"""Labels whose values are the program's own, the same everywhere; others name files, disks, groups."""
DEADLINE = 90.0


@dataclass(frozen=True)
class Exposed:
    """One metric family as a target shows it."""

    type: str
    labels: Mapping[str, set[str]]


class Programs:
    """Starts programs in a folder of their own and ends them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def write(self, name: str, content: object) -> str:
        """A file; what is not text becomes JSON, which is YAML to all who read it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def start(self, tool: str, *arguments: str) -> None:
        self._started[tool] = self._stack.enter_context(running(tool, self.folder, arguments))

    def ended(self) -> str:
        """The last words of programs that ended by themselves."""
        dead = [tool for tool, process in self._started.items() if process.poll() is not None]
        return "".join(
            f"{tool} ended:\n{(self.folder / tool).with_suffix('.log').read_text()[-2000:]}" for tool in dead
        )

    def serve(self, answer: Mapping[str, object]) -> int:
        """A web server that answers everything with the same JSON; returns its port."""
        return self._stack.enter_context(answering(answer))


@contextmanager
def running(tool: str, folder: Path, arguments: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    found = tools.locate(tool, REPOSITORY)
    with (folder / f"{tool}.log").open("wb") as log:
        command = [str(found.path), *found.words, *arguments]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def answering(answer: Mapping[str, object]) -> Iterator[int]:
    body = json.dumps(answer).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server asks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetch(url: str, send: object = None, login: str = "") -> str:
    """The body of a good answer; empty for any other, and while nobody answers."""
    headers = {"Content-Type": "application/json"}
    if login:
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    request = urllib.request.Request(url, None if send is None else json.dumps(send).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        error.close()
    except (OSError, HTTPException):
        pass
    return ""


def exposed(text: str) -> dict[str, Exposed]:
    """What a target exposes, by the names that a contract uses: counters with _total, histograms without _bucket."""
    found: dict[str, Exposed] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = family.name if family.type == "histogram" else sample.name
            labels = found.setdefault(name, Exposed(family.type, {})).labels
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)  # type: ignore[attr-defined]
    return found


def start_node(run: Programs) -> Callable[[], str]:
    port = free_port()
    run.start("node_exporter", f"--web.listen-address=127.0.0.1:{port}")
    return lambda: fetch(f"http://127.0.0.1:{port}/metrics")


def start_blackbox(run: Programs) -> Callable[[], str]:
    port = free_port()
    config = run.write("blackbox.yml", {"modules": {"open": {"prober": "tcp"}}})
    run.start("blackbox_exporter", f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}")
    return lambda: fetch(f"http://127.0.0.1:{port}/metrics")


def start_redis(run: Programs) -> Callable[[], str]:
    server, port = free_port(), free_port()
    run.start("redis-server", "--port", str(server), "--bind", "127.0.0.1", "--dir", str(run.folder))
    run.start("redis_exporter", f"-redis.addr=redis://127.0.0.1:{server}", f"-web.listen-address=127.0.0.1:{port}")
    return lambda: fetch(f"http://127.0.0.1:{port}/metrics")


def start_alertmanager(run: Programs) -> Callable[[], str]:
    port, cluster = free_port(), free_port()
    hook = {"name": "hook", "webhook_configs": [{"url": "http://127.0.0.1:9/"}]}
    config = run.write("alertmanager.yml", {"route": {"receiver": "hook"}, "receivers": [hook]})
    run.start(
        "alertmanager", f"--config.file={config}", f"--storage.path={run.folder}/data",
        f"--web.listen-address=127.0.0.1:{port}", f"--cluster.listen-address=127.0.0.1:{cluster}",
    )  # fmt: skip
    return lambda: fetch(f"http://127.0.0.1:{port}/metrics")


def start_inbox(run: Programs) -> Callable[[], str]:
    """It has told somebody of an alert, and had a heartbeat."""
    port = free_port()
    store = f"{run.folder}/messages.jsonl"
    run.start(
        "python", "-m", "compose.inbox", "--listen", f"127.0.0.1:{port}",
        "--smtp", f"127.0.0.1:{free_port()}", "--store", store,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    labels = {"alertname": "Down", "service": "shop", "severity": "high"}

    def told(status: str) -> dict[str, object]:
        one = {"status": status, "labels": labels, "annotations": {}, "fingerprint": "f"}
        times = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-01T00:05:00Z"}
        return {"version": "4", "status": status, "receiver": "mail", "alerts": [one | times], "commonLabels": labels}

    def read() -> str:
        fetch(f"{url}/webhook/mail", told("firing"))
        fetch(f"{url}/webhook/mail", told("resolved"))
        fetch(f"{url}/heartbeat", told("firing"))
        return fetch(f"{url}/metrics")

    return read


def start_prometheus(run: Programs) -> Callable[[], str]:
    port, far = free_port(), run.serve({})
    target = [{"targets": [f"127.0.0.1:{port}"]}]
    run.write("rules.yml", {"groups": [{"name": "one", "rules": [{"alert": "Always", "expr": "vector(1)"}]}]})
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{far}"]}]}]},
        "scrape_configs": [{"job_name": "self", "static_configs": target}],
        "remote_write": [{"name": "far", "url": f"http://127.0.0.1:{far}/write"}],
    }
    run.start(
        "prometheus", f"--config.file={run.write('prometheus.yml', config)}", f"--storage.tsdb.path={run.folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    )  # fmt: skip
    return lambda: fetch(f"http://127.0.0.1:{port}/metrics")


def start_loki(run: Programs) -> Callable[[], str]:
    """With a rule, one line taken in, one refused as too old, and one search."""
    port, inside = free_port(), free_port()
    rule = {"record": "lines:rate", "expr": 'sum(rate({app="shop"}[1m]))'}
    run.write("rules/fake/shop.yml", {"groups": [{"name": "shop", "interval": "1s", "rules": [rule]}]})
    schema = {
        "store": "tsdb",
        "object_store": "filesystem",
        "schema": "v13",
        "index": {"prefix": "i_", "period": "24h"},
    }
    ring = {"instance_addr": "127.0.0.1", "kvstore": {"store": "inmemory"}}
    config = {
        "auth_enabled": False,
        "server": {
            "http_listen_address": "127.0.0.1", "http_listen_port": port,
            "grpc_listen_address": "127.0.0.1", "grpc_listen_port": inside,
        },
        "common": {
            "path_prefix": str(run.folder / "data"), "replication_factor": 1,
            "instance_addr": "127.0.0.1", "ring": ring,
        },
        "schema_config": {"configs": [{"from": "2024-01-01", **schema}]},
        "storage_config": {
            "use_thanos_objstore": True,
            "object_store": {"filesystem": {"dir": str(run.folder / "chunks")}},
        },
        "ruler_storage": {"backend": "local", "local": {"directory": str(run.folder / "rules")}},
        "analytics": {"reporting_enabled": False},
    }  # fmt: skip
    run.start("loki", f"-config.file={run.write('loki.yml', config)}")

    def read() -> str:
        for moment in (str(time.time_ns()), "1"):
            stream = {"stream": {"app": "shop"}, "values": [[moment, "a line"]]}
            fetch(f"http://127.0.0.1:{port}/loki/api/v1/push", {"streams": [stream]})
        fetch(f"http://127.0.0.1:{port}/loki/api/v1/labels")
        return fetch(f"http://127.0.0.1:{port}/metrics")

    return read


ALLOY = """\
loki.source.file "one" {
	targets    = [{__path__ = "%(log)s"}]
	forward_to = [loki.write.far.receiver]
}

loki.write "far" {
	endpoint {
		url = "http://127.0.0.1:%(far)d/loki/api/v1/push"
	}
}
"""


def start_alloy(run: Programs) -> Callable[[], str]:
    port = free_port()
    config = run.write("config.alloy", ALLOY % {"log": run.write("app.log", "a line\n" * 10), "far": run.serve({})})
    run.start(
        "alloy", "run", f"--server.http.listen-addr=127.0.0.1:{port}", f"--storage.path={run.folder}/data",
        "--disable-reporting", config,
    )  # fmt: skip
    return lambda: fetch(f"http://127.0.0.1:{port}/metrics")


def start_grafana(run: Programs) -> Callable[[], str]:
    """With a data source, which was asked once."""
    port = free_port()
    far = run.serve({"status": "success", "data": {"resultType": "vector", "result": []}})
    source = {"name": "far", "uid": "far", "type": "prometheus", "access": "proxy", "url": f"http://127.0.0.1:{far}"}
    run.write("provisioning/datasources/far.yaml", {"apiVersion": 1, "datasources": [source]})
    for kind in ("dashboards", "plugins", "alerting", "notifiers"):
        (run.folder / "provisioning" / kind).mkdir()
    home = tools.locate("grafana", REPOSITORY).path.resolve().parents[1]
    homes = [folder for folder in (home, Path("/usr/share/grafana")) if (folder / "conf/defaults.ini").is_file()]
    settings = (
        f"[paths]\ndata={run.folder}/data\nlogs={run.folder}/log\nplugins={run.folder}/plugins\n"
        f"provisioning={run.folder}/provisioning\n[server]\nhttp_addr=127.0.0.1\nhttp_port={port}\n"
        "[analytics]\nreporting_enabled=false\ncheck_for_updates=false\ncheck_for_plugin_updates=false\n"
        "[security]\nadmin_password=only-for-this-test\n"
    )
    config = run.write("grafana.ini", settings)
    run.start("grafana", *(f"--homepath={folder}" for folder in homes[:1]), f"--config={config}")
    query = {"refId": "A", "datasource": {"uid": "far", "type": "prometheus"}, "expr": "up", "instant": True}

    def read() -> str:
        question = {"queries": [query], "from": "now-5m", "to": "now"}
        fetch(f"http://127.0.0.1:{port}/api/ds/query", question, "admin:only-for-this-test")
        return fetch(f"http://127.0.0.1:{port}/metrics")

    return read


Starter = Callable[[Programs], Callable[[], str]]
"""Starts a program; what it returns reads its metrics, after doing what makes them appear."""
STARTERS: tuple[tuple[str, tuple[str, ...], Starter, str], ...] = (
    ("node", ("node_exporter",), start_node, "tools"),
    ("blackbox", ("blackbox_exporter",), start_blackbox, "tools"),
    ("redis", ("redis-server", "redis_exporter"), start_redis, "tools"),
    ("alertmanager", ("alertmanager",), start_alertmanager, "tools"),
    ("prometheus", ("prometheus",), start_prometheus, "tools"),
    ("loki", ("loki",), start_loki, "loki"),
    ("alloy", ("alloy",), start_alloy, "alloy"),
    ("grafana", ("grafana",), start_grafana, "grafana"),
    ("inbox", (), start_inbox, "tools"),
)
"""Pack, the programs it needs, how they are started, and the marker that tells what must be there."""


def test_every_pack_is_held_against_its_program() -> None:
    assert sorted(starter[0] for starter in STARTERS) == list(packs.names())


@pytest.mark.parametrize(
    ("name", "needed", "start"),
    [pytest.param(n, needed, start, marks=getattr(pytest.mark, mark), id=n) for n, needed, start, mark in STARTERS],
)
def test_program_exposes_what_its_pack_declares(
    name: str, needed: tuple[str, ...], start: Starter, tmp_path: Path
) -> None:
    for tool in tools.missing(needed, REPOSITORY):
        pytest.skip(f"{tool.name} is not installed: {tool.how()}")
    declared = packs.read(name).metrics
    with ExitStack() as stack:
        run = Programs(tmp_path, stack)
        shown = until_complete(run, start(run), set(declared))
    assert sorted(set(declared) - set(shown)) == []
    assert [line for metric in declared for line in differences(metric, declared[metric], shown[metric])] == []


def until_complete(run: Programs, read: Callable[[], str], names: set[str]) -> dict[str, Exposed]:
    """What is exposed once all the names are there, or at the deadline."""
    end = time.monotonic() + DEADLINE
    shown = exposed(read())
    while not names <= set(shown) and time.monotonic() < end:
        assert run.ended() == ""
        time.sleep(0.5)
        shown = exposed(read())
    return shown


def differences(name: str, metric: Metric, shown: Exposed) -> Iterator[str]:
    """In what the program contradicts the contract."""
    kind = "counter" if name in UNTYPED and shown.type == "unknown" else shown.type
    if kind != metric.type:
        yield f"{name} is a {shown.type}, not a {metric.type}"
    for label, values in metric.labels.items():
        if label not in shown.labels:
            yield f"{name} has no label {label}, but {', '.join(sorted(shown.labels))}"
        elif label in CLOSED and not set(values) <= shown.labels[label]:
            yield f"{name} has no {label} {', '.join(sorted(set(values) - shown.labels[label]))}"
    if metric.type == "histogram":
        bounds = tuple(sorted(float(bound) for bound in shown.labels["le"] if bound != "+Inf"))
        if bounds != metric.buckets:
            yield f"{name} has buckets {bounds}"
