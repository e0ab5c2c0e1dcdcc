"""The native process table: what runs without containers, with which arguments, and what a change of a file means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.components import COMPONENTS, flags, running, secrets_of, speaks_tls
from generator.grafana import native_environment
from generator.runtime import NATIVE, loopback, simulated_port
from generator.text import to_json
from spec.names import PARTS_WITHOUT_PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.components import Component
    from spec.stack import Stack

PATH = "native/processes.json"
Row = dict[str, Any]


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`processes.json`; components that are off are not in it."""
    return (Artefact(PATH, to_json({"version": 1, "project": stack.spec.stack, "processes": rows(stack)})),)


def rows(stack: Stack) -> list[Row]:
    """A row for every component that is on, in the order of starting."""
    return [_row(stack, component) for component in COMPONENTS if running(stack, component.key)]


def _row(stack: Stack, component: Component) -> Row:
    own = OWN[component.key](stack)
    row = {
        "name": component.name,
        "title": component.title,
        "program": component.key,
        "ports": [_port(stack, component.key)],
        "health": _health(stack, component),
        "reload": _reload(stack, component),
        **{kind: _files(getattr(component, kind)) for kind in ("reload_files", "restart_files", "live_files")},
        "secrets": list(secrets_of(stack, component)),
        "after": list(component.after),
        "needs": list(component.needs),
        "optional": component.optional,
        "stop_seconds": component.stop_seconds,
        **own,
    }
    return {key: value for key, value in row.items() if value not in ([], {}, None, False)}


def _files(names: tuple[str, ...]) -> list[str]:
    return [name.format(runtime=NATIVE.folder) for name in names]


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
    scheme = "https" if speaks_tls(stack, component) else "http"
    return f"{scheme}://{NATIVE.address(stack, component)}{path}"


def _health(stack: Stack, component: Component) -> Row:
    tls = stack.spec.access.tls
    if not component.health:
        return {"tcp": NATIVE.address(stack, component.key)}
    guarded = component.guarded and stack.spec.access.basic_auth
    return {
        "url": _url(stack, component.key, component.health),
        **({"secret": f"{component.key}-password"} if guarded else {}),
        **({"ca": f"{{root}}/{tls.certificate}"} if tls and speaks_tls(stack, component.key) else {}),
    }


def _reload(stack: Stack, component: Component) -> Row | None:
    if component.reload.startswith("/"):
        return {"post": _url(stack, component.key, component.reload)}
    return {"signal": component.reload} if component.reload else None


def _prometheus(stack: Stack) -> Row:
    return {
        "args": [
            "--config.file={build}/native/prometheus/prometheus.yml",
            "--storage.tsdb.path={data}/prometheus",
            f"--web.listen-address={_address(stack, 'prometheus')}",
            "--web.config.file={secrets}/prometheus-web.yml",
            f"--web.external-url={_url(stack, 'prometheus')}",
            *flags(stack, "prometheus"),
        ]
    }


def _alertmanager(stack: Stack) -> Row:
    return {
        "args": [
            "--config.file={build}/native/alertmanager/alertmanager.yml",
            "--storage.path={data}/alertmanager",
            f"--web.listen-address={_address(stack, 'alertmanager')}",
            "--web.config.file={secrets}/alertmanager-web.yml",
            f"--web.external-url={_url(stack, 'alertmanager')}",
            *flags(stack, "alertmanager"),
        ]
    }


def _blackbox(stack: Stack) -> Row:
    return {
        "program": "blackbox_exporter",
        "args": [
            "--config.file={build}/native/blackbox/blackbox.yml",
            f"--web.listen-address={_address(stack, 'blackbox')}",
        ],
    }


def _node(stack: Stack) -> Row:
    return {"program": "node_exporter", "args": [f"--web.listen-address={_address(stack, 'node')}"]}


def _redis(stack: Stack) -> Row:
    return {
        "program": "redis-server",
        "args": [
            "{secrets}/redis.conf",
            "--port",
            str(stack.port("redis")),
            "--bind",
            _listen(stack, "redis"),
            "--dir",
            "{data}/redis",
            *flags(stack, "redis"),
            "--daemonize",
            "no",
        ],
        "ports": [_port(stack, "redis", purpose="redis")],
    }


def _redis_exporter(stack: Stack) -> Row:
    return {
        "args": [
            f"--redis.addr=redis://{NATIVE.address(stack, 'redis')}",
            "--redis.password-file={secrets}/redis-passwords.json",
            f"--web.listen-address={_address(stack, 'redis_exporter')}",
        ]
    }


def _loki(stack: Stack) -> Row:
    return {
        "args": ["-config.file={build}/native/loki/loki.yml", "-config.expand-env=true"],
        "env": {
            "SPECOLA_DATA": "{data}/loki",
            "SPECOLA_BUILD": "{build}",
            "SPECOLA_SECRETS": "{secrets}",
        },
        "ports": [_port(stack, "loki"), _port(stack, "loki", 1, "grpc")],
    }


def _alloy(stack: Stack) -> Row:
    return {
        "args": [
            "run",
            "{build}/native/alloy/config.alloy",
            "--storage.path={data}/alloy",
            f"--server.http.listen-addr={_address(stack, 'alloy')}",
            *flags(stack, "alloy"),
        ],
        "env": {
            "SPECOLA_LOGS": "{logs}",
            "SPECOLA_COMPONENT_LOGS": "{logs}/../log",
            "SPECOLA_MISSED_LOGS": "{data}/alloy/missed",
        },
        "resumes": "{data}/alloy",
    }


def _grafana(stack: Stack) -> Row:
    return {"args": ["--config={build}/native/grafana/grafana.ini"], "env": native_environment(stack)}


def _simulator(stack: Stack) -> Row:
    services = [service for service in stack.services if stack.simulates(service.name)]
    listening = [
        {
            "address": loopback(stack, "simulator"),
            "port": simulated_port(stack, service.name, part.name),
            "protocol": "tcp",
            "purpose": f"{service.name} {part.name}".strip(),
        }
        for service in services
        for part in service.parts
        if part.name not in PARTS_WITHOUT_PROGRAM
    ]
    return {
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
    }


def _inbox(stack: Stack) -> Row:
    return {
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
            "--alarm",
            "{build}/native/inbox/alarm.json",
        ],
        "ports": [_port(stack, "inbox"), _port(stack, "inbox", 1, "smtp")],
    }


OWN: dict[str, Callable[[Stack], Row]] = {
    "simulator": _simulator,
    "inbox": _inbox,
    "redis": _redis,
    "redis_exporter": _redis_exporter,
    "node": _node,
    "blackbox": _blackbox,
    "alertmanager": _alertmanager,
    "loki": _loki,
    "prometheus": _prometheus,
    "alloy": _alloy,
    "grafana": _grafana,
}
"""What only a native process has, or has otherwise."""
