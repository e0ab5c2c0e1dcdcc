"""The native process table: what runs without containers, with which arguments, and what a change of a file means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.components import after, files, flags, instances, names, secrets_of, speaks_tls, stop_seconds, title
from generator.grafana import native_environment
from generator.runtime import NATIVE, loopback, simulated_port
from generator.text import to_json
from spec.instances import GOSSIP
from spec.names import PARTS_WITHOUT_PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.components import Component
    from spec.instances import Instance
    from spec.stack import Stack

PATH = "native/processes.json"
Row = dict[str, Any]


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`processes.json`; components that are off are not in it."""
    return (Artefact(PATH, to_json({"version": 1, "project": stack.spec.stack, "processes": rows(stack)})),)


def rows(stack: Stack) -> list[Row]:
    """A row for every instance of every component that is on, in the order of starting."""
    return [_row(stack, *each) for each in instances(stack)]


def _row(stack: Stack, component: Component, one: Instance) -> Row:
    own = OWN[component.key](stack, one)
    kinds = ("reload_files", "restart_files", "live_files")
    row = {
        "name": one.name,
        "component": component.name if one.number > 1 else None,
        "title": title(component, one),
        "program": component.key,
        "ports": [_port(stack, one)],
        "health": _health(stack, component, one),
        "reload": _reload(stack, component, one),
        **{kind: list(files(getattr(component, kind), NATIVE, one)) for kind in kinds},
        "secrets": list(secrets_of(stack, component)),
        "after": list(after(stack, component, one)),
        "needs": list(names(stack, component.needs)),
        "optional": component.optional,
        "stop_seconds": stop_seconds(stack, component),
        **own,
    }
    return {key: value for key, value in row.items() if value not in ([], {}, None, False)}


def _port(stack: Stack, one: Instance, extra: int = 0, purpose: str = "http") -> Row:
    return {
        "address": _listen(stack, one.component),
        "port": stack.port(one.component, one.number) + extra,
        "protocol": "tcp",
        "purpose": purpose,
    }


def _listen(stack: Stack, component: str) -> str:
    return getattr(stack.spec.components, component).listen or stack.spec.network.listen


def _address(stack: Stack, one: Instance, extra: int = 0) -> str:
    listen = _listen(stack, one.component)
    host = f"[{listen}]" if ":" in listen else listen
    return f"{host}:{stack.port(one.component, one.number) + extra}"


def _url(stack: Stack, one: Instance, path: str = "") -> str:
    scheme = "https" if speaks_tls(stack, one.component) else "http"
    return f"{scheme}://{NATIVE.address(stack, one.component, one.number)}{path}"


def _health(stack: Stack, component: Component, one: Instance) -> Row:
    tls = stack.spec.access.tls
    if not component.health:
        return {"tcp": NATIVE.address(stack, component.key)}
    guarded = component.guarded and stack.spec.access.basic_auth
    return {
        "url": _url(stack, one, component.health),
        **({"secret": f"{component.key}-password"} if guarded else {}),
        **({"ca": f"{{root}}/{tls.certificate}"} if tls and speaks_tls(stack, component.key) else {}),
    }


def _reload(stack: Stack, component: Component, one: Instance) -> Row | None:
    if component.reload.startswith("/"):
        return {"post": _url(stack, one, component.reload)}
    return {"signal": component.reload} if component.reload else None


def _prometheus(stack: Stack, one: Instance) -> Row:
    return {
        "args": [
            f"--config.file={{build}}/native/{one.name}/prometheus.yml",
            f"--storage.tsdb.path={{data}}/{one.name}",
            f"--web.listen-address={_address(stack, one)}",
            "--web.config.file={secrets}/prometheus-web.yml",
            f"--web.external-url={_url(stack, one)}",
            *flags(stack, NATIVE, one),
        ]
    }


def _alertmanager(stack: Stack, one: Instance) -> Row:
    several = len(stack.instances("alertmanager")) > 1
    gossip = {"address": "127.0.0.1", "port": stack.port("alertmanager", one.number) + GOSSIP, "purpose": "gossip"}
    return {
        "ports": [_port(stack, one), *({**gossip, "protocol": protocol} for protocol in ("tcp", "udp") if several)],
        "args": [
            "--config.file={build}/native/alertmanager/alertmanager.yml",
            f"--storage.path={{data}}/{one.name}",
            f"--web.listen-address={_address(stack, one)}",
            "--web.config.file={secrets}/alertmanager-web.yml",
            f"--web.external-url={_url(stack, one)}",
            *flags(stack, NATIVE, one),
        ],
    }


def _blackbox(stack: Stack, one: Instance) -> Row:
    return {
        "program": "blackbox_exporter",
        "args": [
            "--config.file={build}/native/blackbox/blackbox.yml",
            f"--web.listen-address={_address(stack, one)}",
        ],
    }


def _node(stack: Stack, one: Instance) -> Row:
    return {"program": "node_exporter", "args": [f"--web.listen-address={_address(stack, one)}"]}


def _redis(stack: Stack, one: Instance) -> Row:
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
            *flags(stack, NATIVE, one),
            "--daemonize",
            "no",
        ],
        "ports": [_port(stack, one, purpose="redis")],
    }


def _redis_exporter(stack: Stack, one: Instance) -> Row:
    return {
        "args": [
            f"--redis.addr=redis://{NATIVE.address(stack, 'redis')}",
            "--redis.password-file={secrets}/redis-passwords.json",
            f"--web.listen-address={_address(stack, one)}",
        ]
    }


def _loki(stack: Stack, one: Instance) -> Row:
    return {
        "args": ["-config.file={build}/native/loki/loki.yml", "-config.expand-env=true"],
        "env": {
            "SPECOLA_DATA": "{data}/loki",
            "SPECOLA_BUILD": "{build}",
            "SPECOLA_SECRETS": "{secrets}",
        },
        "ports": [_port(stack, one), _port(stack, one, 1, "grpc")],
    }


def _alloy(stack: Stack, one: Instance) -> Row:
    return {
        "args": [
            "run",
            "{build}/native/alloy/config.alloy",
            "--storage.path={data}/alloy",
            f"--server.http.listen-addr={_address(stack, one)}",
            *flags(stack, NATIVE, one),
        ],
        "env": {
            "SPECOLA_LOGS": "{logs}",
            "SPECOLA_COMPONENT_LOGS": "{logs}/../log",
            "SPECOLA_MISSED_LOGS": "{data}/alloy/missed",
        },
        "resumes": "{data}/alloy",
    }


def _grafana(stack: Stack, _: Instance) -> Row:
    return {"args": ["--config={build}/native/grafana/grafana.ini"], "env": native_environment(stack)}


def _simulator(stack: Stack, one: Instance) -> Row:
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
            _address(stack, one),
        ],
        "ports": [_port(stack, one), *listening],
    }


def _inbox(stack: Stack, one: Instance) -> Row:
    return {
        "program": "python",
        "args": [
            "-m",
            "compose.inbox",
            "--listen",
            _address(stack, one),
            "--smtp",
            _address(stack, one, 1),
            "--store",
            "{data}/inbox/messages.jsonl",
            "--alarm",
            "{build}/native/inbox/alarm.json",
        ],
        "ports": [_port(stack, one), _port(stack, one, 1, "smtp")],
    }


OWN: dict[str, Callable[[Stack, Instance], Row]] = {
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
