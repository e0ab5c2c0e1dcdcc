"""The docker compose file: units as hardened services on internal networks, published on loopback.

What compose itself does not read stands beside it under `x-specola`: what to reload, what to start first. Three things
are left to the environment in which compose runs, since a rendered file knows none: which image stands in for the
pinned one (`SPECOLA_IMAGE_<NAME>`), the hashes of the files and secrets a container was started with
(`SPECOLA_HASH_<NAME>`, `SPECOLA_FILES_<NAME>`), and where the engine's socket is, with the group that may use it
(`SPECOLA_ENGINE_SOCKET`, `SPECOLA_ENGINE_GROUP`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.probe import SECRETS, probe
from generator.text import to_yaml
from generator.unit import EGRESS, STACK, Health, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

Yaml = dict[str, object]

PATH = "docker/compose.yaml"
EDGE = "edge"
"""The network of what publishes a port: an internal one publishes nothing. Without masquerading it is no way out."""
CONFIG_LABEL = "specola.config-hash"
RELOAD_LABEL = "specola.reload-hash"
ENGINE_SOCKET = "/var/run/docker.sock"
"""Where a container that may talk to the engine finds its socket, wherever the host has it."""

_PLACES = {
    "{build}": "..",
    "{root}": "../..",
    "{secrets}": "../../secrets",
    "{logs}": "../../var/docker/logs",
    "{programs}": "../../var/docker/programs",
}
_NETWORKS: dict[str, Yaml] = {
    STACK: {"internal": True},
    EDGE: {"driver_opts": {"com.docker.network.bridge.enable_ip_masquerade": "false"}},
    EGRESS: {},
}
_OWN_NAMES = ["timeout:1", "attempts:1"]
"""How names are looked up where only the stack's own can be reached. The engine knows those at once; of one that has
ended it asks the host's servers, and where none answers, a scrape would be over before the exporter had its word."""
_LOGGING = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


def compose_file(units: Iterable[Unit], project: str) -> bytes:
    """The compose file (`PATH` below `build/`) that runs the units as the project `project`."""
    chosen = tuple(units)
    volumes = sorted({volume.name for unit in chosen for volume in unit.volumes})
    used = {network for unit in chosen for network in networks(unit)}
    document = {
        "name": project,
        "services": {unit.name: _service(unit, chosen) for unit in chosen},
        "networks": {name: options for name, options in _NETWORKS.items() if name in used},
        "volumes": {name: {} for name in volumes},
    }
    return to_yaml(document, header="")


def variable(kind: str, name: str) -> str:
    """The environment variable for a service: `variable("HASH", "node-exporter")` is `SPECOLA_HASH_NODE_EXPORTER`."""
    return f"SPECOLA_{kind}_{name}".upper().replace("-", "_")


class _Variable(str):
    """A string for the environment to fill in: its `$` stays one."""

    __slots__ = ()


def networks(unit: Unit) -> tuple[str, ...]:
    """The networks of a unit. One that publishes a port joins the edge, unless it has a way out, which publishes too.

    A container takes its default route from one network only, so the edge beside the way out would bar it.
    """
    publishes = bool(unit.ports) and EGRESS not in unit.networks
    return (*unit.networks, EDGE) if publishes else unit.networks


def _service(unit: Unit, units: tuple[Unit, ...]) -> Yaml:
    """One service; every `$` in it is doubled but those that are meant for the environment."""
    limits = unit.limits
    service = {
        "entrypoint": list(unit.entrypoint),
        "command": list(unit.args),
        "user": unit.user or unit.image.user,
        "group_add": [_Variable(f"${{{variable('ENGINE', 'group')}:-0}}")] if unit.engine else [],
        "environment": dict(unit.env),
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "pid": "host" if unit.host_pids else None,
        "tmpfs": [f"{path}:size=64m,mode=1777,nosuid,nodev" for path in dict.fromkeys(unit.image.tmpfs + unit.tmpfs)],
        "mem_limit": f"{limits.memory}m",
        "cpus": limits.cpus,
        "pids_limit": limits.pids,
        "volumes": _mounts(unit),
        "ports": [
            {"target": port.internal, "published": str(port.port), "host_ip": port.address, "protocol": "tcp"}
            for port in unit.ports
        ],
        "networks": list(networks(unit)),
        "dns_opt": [] if EGRESS in unit.networks else _OWN_NAMES,
        "healthcheck": _healthcheck(unit, unit.health) if unit.health else None,
        "depends_on": _dependencies(unit, units),
        "restart": "unless-stopped",
        "stop_grace_period": f"{unit.stop_seconds}s",
        "logging": _LOGGING,
        "x-specola": _facts(unit),
    }
    return {
        "image": f"${{{unit.image.variable}:-{unit.image.reference}}}",
        **{key: _escaped(value) for key, value in service.items() if value not in (None, [], {})},
        "labels": {
            CONFIG_LABEL: f"${{{variable('HASH', unit.name)}:-}}",
            RELOAD_LABEL: f"${{{variable('FILES', unit.name)}:-}}",
        },
    }


def _mounts(unit: Unit) -> list[Yaml]:
    engine = [(_Variable(f"${{{variable('ENGINE', 'socket')}:-{ENGINE_SOCKET}}}"), ENGINE_SOCKET, False)] * unit.engine
    secrets = [(f"../../secrets/.docker/{unit.name}/{name}", f"{SECRETS}/{name}", False) for name in unit.secrets]
    paths = [(_source(mount.source), mount.target, mount.writable) for mount in unit.mounts]
    existing = {"create_host_path": False}
    binds: list[Yaml] = [
        {"type": "bind", "source": source, "target": target, "read_only": not writable, "bind": existing}
        for source, target, writable in paths + engine + secrets
    ]
    volumes: list[Yaml] = [
        {"type": "volume", "source": volume.name, "target": volume.target}
        | ({} if volume.writable else {"read_only": True, "volume": {"nocopy": True}})
        for volume in unit.volumes
    ]
    return binds + volumes


def _source(path: str) -> str:
    """A path of the host as the compose file means it, relative to its own folder."""
    head, _, tail = path.partition("/")
    return "/".join(part for part in (_PLACES[head], tail) if part) if head else path


def _healthcheck(unit: Unit, health: Health) -> Yaml | None:
    test = probe(unit.image, health)
    times = {name: f"{getattr(health, name)}s" for name in ("interval", "timeout", "start_period")}
    return {"test": list(test), **times, "retries": health.retries} if test else None


def _dependencies(unit: Unit, units: tuple[Unit, ...]) -> Yaml:
    checked = {other.name for other in units if other.health and probe(other.image, other.health)}
    return {name: {"condition": "service_healthy" if name in checked else "service_started"} for name in unit.after}


def _facts(unit: Unit) -> Yaml:
    """What compose does not read: for `compose/docker_table.py`."""
    health = unit.health
    facts = {
        "component": unit.component if unit.component not in ("", unit.name) else None,
        "title": unit.title,
        "port": health.port if health else unit.image.port,
        "health": {"path": health.path, "secret": health.secret, "tls": health.tls} if health else None,
        "reload": {"signal": unit.reload.signal, "path": unit.reload.path} if unit.reload else None,
        "reload_files": list(unit.reload_files),
        "restart_files": list(unit.restart_files),
        "secrets": list(unit.secrets),
        "after": list(unit.after),
        "needs": list(unit.needs),
        "stop_seconds": unit.stop_seconds,
    }
    return {key: value for key, value in facts.items() if value not in (None, [])}


def _escaped(value: object) -> object:
    """The value with every `$` doubled, so that compose takes it as it stands."""
    match value:
        case _Variable():
            return str(value)
        case str():
            return value.replace("$", "$$")
        case list():
            return [_escaped(item) for item in value]
        case dict():
            return {_escaped(key): _escaped(item) for key, item in value.items()}
        case _:
            return value
