"""The native process table: what runs without containers, with which arguments, and what a change of a file means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.grafana import native_environment
from generator.loki import CREDENTIALS
from generator.runtime import loopback, simulated_port
from generator.text import to_json
from spec.names import OWN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from spec.stack import Stack

PATH = "native/processes.json"
Row = dict[str, Any]


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`processes.json`; components that are off are not in it."""
    rows = [row(stack) for component, row in ROWS if running(stack, component)]
    return (Artefact(PATH, to_json({"version": 1, "project": stack.spec.stack, "processes": rows})),)


def running(stack: Stack, component: str) -> bool:
    """Whether a component is on and has something to do: the simulator plays only when simulation is on."""
    if component == "simulator" and not stack.spec.simulation.enabled:
        return False
    return stack.enabled(component)


def web_secrets(component: str) -> list[str]:
    """The files in `secrets/` that guard a component's web interface: its password and its web configuration."""
    return [f"{component}-password", f"{component}-web"]


def _port(stack: Stack, component: str, extra: int = 0, purpose: str = "http") -> Row:
    return {
        "address": _listen(stack, component),
        "port": stack.port(component) + extra,
        "protocol": "tcp",
        "purpose": purpose,
    }


def _listen(stack: Stack, component: str) -> str:
    return getattr(stack.spec.components, component).listen or stack.spec.network.listen


def _address(stack: Stack, component: str, extra: int = 0) -> str:
    listen = _listen(stack, component)
    host = f"[{listen}]" if ":" in listen else listen
    return f"{host}:{stack.port(component) + extra}"


def _url(stack: Stack, component: str, path: str = "") -> str:
    scheme = "https" if stack.spec.access.tls and component in ("prometheus", "alertmanager", "grafana") else "http"
    return f"{scheme}://{loopback(stack, component)}:{stack.port(component)}{path}"


def _health(stack: Stack, component: str, path: str) -> Row:
    tls, guarded = stack.spec.access.tls, component in ("prometheus", "alertmanager")
    secret = {"secret": f"{component}-password"} if guarded and stack.spec.access.basic_auth else {}
    ca = {"ca": f"{{root}}/{tls.certificate}"} if tls and component in ("prometheus", "alertmanager", "grafana") else {}
    return {"health": {"url": _url(stack, component, path), **secret, **ca}}


def _prometheus(stack: Stack) -> Row:
    storage = stack.spec.storage.metrics
    size = [f"--storage.tsdb.retention.size={storage.size}"] if storage.size else []
    return {
        "name": "prometheus",
        "title": "Prometheus",
        "program": "prometheus",
        "args": [
            "--config.file={build}/native/prometheus/prometheus.yml",
            "--storage.tsdb.path={data}/prometheus",
            f"--storage.tsdb.retention.time={storage.retention}",
            *size,
            f"--web.listen-address={_address(stack, 'prometheus')}",
            "--web.config.file={secrets}/prometheus-web.yml",
            f"--web.external-url={_url(stack, 'prometheus')}",
            "--web.enable-lifecycle",
            "--enable-feature=extra-scrape-metrics",
            f"--rules.alert.resend-delay={stack.spec.defaults.evaluation}",
        ],
        "ports": [_port(stack, "prometheus")],
        **_health(stack, "prometheus", "/-/ready"),
        "reload": {"post": _url(stack, "prometheus", "/-/reload")},
        "reload_files": ["native/prometheus/prometheus.yml", "rules/"],
        "secrets": web_secrets("prometheus"),
        "after": ["alertmanager"],
    }


def _alertmanager(stack: Stack) -> Row:
    return {
        "name": "alertmanager",
        "title": "Alertmanager",
        "program": "alertmanager",
        "args": [
            "--config.file={build}/native/alertmanager/alertmanager.yml",
            "--storage.path={data}/alertmanager",
            f"--data.retention={stack.spec.storage.alerts.retention.ms // 3_600_000}h",
            f"--web.listen-address={_address(stack, 'alertmanager')}",
            "--web.config.file={secrets}/alertmanager-web.yml",
            f"--web.external-url={_url(stack, 'alertmanager')}",
            "--cluster.listen-address=",
        ],
        "ports": [_port(stack, "alertmanager")],
        **_health(stack, "alertmanager", "/-/ready"),
        "reload": {"post": _url(stack, "alertmanager", "/-/reload")},
        "reload_files": ["native/alertmanager/alertmanager.yml", "alertmanager/templates/"],
        "secrets": web_secrets("alertmanager"),
        "after": ["inbox"],
    }


def _blackbox(stack: Stack) -> Row:
    return {
        "name": "blackbox",
        "title": "Blackbox exporter",
        "program": "blackbox_exporter",
        "args": [
            "--config.file={build}/native/blackbox/blackbox.yml",
            f"--web.listen-address={_address(stack, 'blackbox')}",
        ],
        "ports": [_port(stack, "blackbox")],
        **_health(stack, "blackbox", "/-/healthy"),
        "reload": {"post": _url(stack, "blackbox", "/-/reload")},
        "reload_files": ["native/blackbox/blackbox.yml"],
    }


def _node(stack: Stack) -> Row:
    return {
        "name": "node",
        "title": "Node exporter",
        "program": "node_exporter",
        "args": [f"--web.listen-address={_address(stack, 'node')}"],
        "ports": [_port(stack, "node")],
        **_health(stack, "node", "/"),
    }


def _redis(stack: Stack) -> Row:
    megabytes = stack.spec.components.redis.memory.bytes // 2**20 // 2
    return {
        "name": "redis",
        "title": "Redis",
        "program": "redis-server",
        "args": [
            "--port",
            str(stack.port("redis")),
            "--bind",
            _listen(stack, "redis"),
            "--dir",
            "{data}/redis",
            "--maxmemory",
            f"{megabytes}mb",
            "--save",
            "",
            "--daemonize",
            "no",
            "--protected-mode",
            "yes",
        ],
        "ports": [_port(stack, "redis", purpose="redis")],
        "health": {"tcp": f"{loopback(stack, 'redis')}:{stack.port('redis')}"},
    }


def _redis_exporter(stack: Stack) -> Row:
    return {
        "name": "redis-exporter",
        "title": "Redis exporter",
        "program": "redis_exporter",
        "args": [
            f"--redis.addr=redis://{loopback(stack, 'redis')}:{stack.port('redis')}",
            f"--web.listen-address={_address(stack, 'redis_exporter')}",
        ],
        "ports": [_port(stack, "redis_exporter")],
        **_health(stack, "redis_exporter", "/"),
        "after": ["redis"],
        "needs": ["redis"],
    }


def _loki(stack: Stack) -> Row:
    return {
        "name": "loki",
        "title": "Loki",
        "program": "loki",
        "args": ["-config.file={build}/native/loki/loki.yml", "-config.expand-env=true"],
        "env": {
            "SPECOLA_DATA": "{data}/loki",
            "SPECOLA_BUILD": "{build}",
            "SPECOLA_SECRETS": "{secrets}",
            "SPECOLA_ROOT": "{root}",
        },
        "secrets": [CREDENTIALS],
        "ports": [_port(stack, "loki"), _port(stack, "loki", 1, "grpc")],
        **_health(stack, "loki", "/ready"),
        "restart_files": ["native/loki/"],
        "live_files": ["loki/rules/"],
        "after": ["alertmanager"],
        "optional": True,
        "stop_seconds": 30,
    }


def _alloy(stack: Stack) -> Row:
    return {
        "name": "alloy",
        "title": "Grafana Alloy",
        "program": "alloy",
        "args": [
            "run",
            "{build}/native/alloy/config.alloy",
            "--storage.path={data}/alloy",
            f"--server.http.listen-addr={_address(stack, 'alloy')}",
            "--disable-reporting",
        ],
        "env": {"SPECOLA_LOGS": "{logs}", "SPECOLA_COMPONENT_LOGS": "{logs}/../log"},
        "ports": [_port(stack, "alloy")],
        **_health(stack, "alloy", "/-/ready"),
        "reload": {"post": _url(stack, "alloy", "/-/reload")},
        "reload_files": ["native/alloy/config.alloy"],
        "after": ["loki"],
        "needs": ["loki"],
        "optional": True,
    }


def _grafana(stack: Stack) -> Row:
    return {
        "name": "grafana",
        "title": "Grafana",
        "program": "grafana",
        "args": ["--config={build}/native/grafana/grafana.ini"],
        "env": native_environment(stack),
        "ports": [_port(stack, "grafana")],
        **_health(stack, "grafana", "/api/health"),
        "restart_files": ["native/grafana/"],
        "live_files": ["dashboards/"],
        "secrets": ["grafana-admin", "grafana-secret-key", "prometheus-password", "alertmanager-password"],
        "after": ["prometheus"],
        "needs": ["prometheus"],
        "optional": True,
    }


def _simulator(stack: Stack) -> Row:
    services = [service for service in stack.services if service.name != OWN_SERVICE]
    listening = [
        {
            "address": loopback(stack, "simulator"),
            "port": simulated_port(stack, service.name, part.name),
            "protocol": "tcp",
            "purpose": f"{service.name} {part.name}".strip(),
        }
        for service in services
        for part in service.parts
        if part.name not in ("probe", "target")
    ]
    return {
        "name": "simulator",
        "title": "Simulator of the services",
        "program": "python",
        "args": [
            "-m",
            "compose.simulator",
            "--contracts",
            "{build}/contracts",
            "--logs",
            "{logs}",
            "--control",
            _address(stack, "simulator"),
        ],
        "ports": [_port(stack, "simulator"), *listening],
        **_health(stack, "simulator", "/health"),
        "reload": {"signal": "HUP"},
        "reload_files": ["contracts/"],
    }


def _inbox(stack: Stack) -> Row:
    return {
        "name": "inbox",
        "title": "Inbox of notifications",
        "program": "python",
        "args": [
            "-m",
            "compose.inbox",
            "--listen",
            _address(stack, "inbox"),
            "--smtp",
            _address(stack, "inbox", 1),
            "--store",
            "{data}/inbox/messages.jsonl",
        ],
        "ports": [_port(stack, "inbox"), _port(stack, "inbox", 1, "smtp")],
        **_health(stack, "inbox", "/health"),
    }


ROWS: tuple[tuple[str, Callable[[Stack], Row]], ...] = (
    ("simulator", _simulator),
    ("inbox", _inbox),
    ("redis", _redis),
    ("redis_exporter", _redis_exporter),
    ("node", _node),
    ("blackbox", _blackbox),
    ("alertmanager", _alertmanager),
    ("loki", _loki),
    ("prometheus", _prometheus),
    ("alloy", _alloy),
    ("grafana", _grafana),
)
