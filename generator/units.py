"""The components of the stack as containers: one unit each, from which the compose file is rendered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generator.artefact import Artefact
from generator.components import after, files, flags, instances, names, secrets_of, speaks_tls, stop_seconds, title
from generator.compose import PATH, compose_file
from generator.images import images
from generator.receivers import to_inbox
from generator.runtime import DOCKER, inner_port
from generator.unit import EGRESS, STACK, Health, Limits, Mount, Publish, Reload, Unit, Volume
from rules.log_alerts import log_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.components import Component
    from generator.images import Image
    from spec.instances import Instance
    from spec.service import Authorization
    from spec.stack import Stack

ANYWHERE = "0.0.0.0"  # noqa: S104 - inside a container, whose ports are published where the spec says
IMAGE_OF = {"node": "node-exporter", "redis_exporter": "redis-exporter"}
RULES = Mount("{build}/rules", "/etc/specola/rules")
SCRAPED_FROM_OUTSIDE = (STACK, EGRESS)
"""Prometheus and the blackbox exporter must reach the services, wherever they are."""


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`compose.yaml`."""
    return (Artefact(PATH, compose_file(units(stack), stack.spec.stack)),)


def units(stack: Stack) -> tuple[Unit, ...]:
    """Every instance of every component that is on, in the order of starting."""
    return tuple(_unit(stack, *each) for each in instances(stack))


def _unit(stack: Stack, component: Component, one: Instance) -> Unit:
    configured = getattr(stack.spec.components, component.key)
    image = _image(stack, component.key)
    port = inner_port(component.key)
    unit = Unit(
        name=one.name,
        component=component.name,
        title=title(component, one),
        image=image,
        secrets=secrets_of(stack, component),
        ports=(Publish(stack.port(one.component, one.number), port, configured.listen or stack.spec.network.listen),),
        health=_health(stack, component, port),
        reload=_reload(component),
        reload_files=files(component.reload_files, DOCKER, one),
        restart_files=files(component.restart_files, DOCKER, one),
        live_files=files(component.live_files, DOCKER, one),
        after=after(stack, component, one),
        needs=names(stack, component.needs),
        limits=Limits(memory=configured.memory.bytes // 2**20, cpus=configured.cpus),
        stop_seconds=stop_seconds(stack, component),
    )
    return OWN[component.key](stack, unit, one)


def _health(stack: Stack, component: Component, port: int) -> Health:
    guarded = component.key == "redis" or (component.guarded and stack.spec.access.basic_auth)
    secret = f"{component.key}-password" if guarded else ""
    return Health(port, component.health, secret, speaks_tls(stack, component.key))


def _reload(component: Component) -> Reload | None:
    if component.reload.startswith("/"):
        return Reload(path=component.reload)
    return Reload(signal=component.reload) if component.reload else None


def _external(stack: Stack, one: Instance) -> str:
    scheme = "https" if speaks_tls(stack, one.component) else "http"
    return f"{scheme}://localhost:{stack.port(one.component, one.number)}"


def _image(stack: Stack, component: str) -> Image:
    image = images()[IMAGE_OF.get(component, component)]
    reference = getattr(stack.spec.components, component).image
    return image.with_reference(reference) if reference else image


def _project_files(stack: Stack) -> tuple[Mount, ...]:
    """The folders of the lists of targets that the spec names."""
    files = {file.rsplit("/", 1)[0] for service in stack.services for file in service.spec.scrape.files if "/" in file}
    return tuple(Mount(f"{{root}}/{folder}", f"/etc/specola/project/{folder}") for folder in sorted(files))


def _spec_secrets(stack: Stack) -> tuple[str, ...]:
    """Names of the secrets that scrapes and probes are made with."""
    asked: list[Authorization | None] = [write.auth for write in stack.spec.remote_write]
    for service in stack.services:
        asked.append(service.spec.scrape.auth)
        asked += [exporter.auth for exporter in service.spec.exporters]
        asked += [probe.auth for probe in service.spec.probes]
    return tuple(
        dict.fromkeys(auth.bearer or (auth.basic.password if auth.basic else "") for auth in asked if auth is not None)
    )


def _prometheus(stack: Stack, unit: Unit, one: Instance) -> Unit:
    image = unit.image
    return replace(
        unit,
        args=(
            f"--config.file={image.config}/prometheus.yml",
            f"--storage.tsdb.path={image.data}",
            "--web.config.file=/run/secrets/prometheus-web.yml",
            f"--web.external-url={_external(stack, one)}",
            *flags(stack, DOCKER, one),
        ),
        mounts=(Mount(f"{{build}}/docker/{one.name}", image.config), RULES, *_project_files(stack)),
        volumes=(Volume(one.name, image.data),),
        secrets=(*unit.secrets, "alertmanager-password", *_spec_secrets(stack)),
        networks=SCRAPED_FROM_OUTSIDE,
    )


def _alertmanager(stack: Stack, unit: Unit, one: Instance) -> Unit:
    image, used = unit.image, stack.spec.notification.deliver == "receivers"
    return replace(
        unit,
        args=(
            f"--config.file={image.config}/alertmanager.yml",
            f"--storage.path={image.data}",
            "--web.config.file=/run/secrets/alertmanager-web.yml",
            f"--web.external-url={_external(stack, one)}",
            *flags(stack, DOCKER, one),
        ),
        mounts=(
            Mount("{build}/docker/alertmanager", image.config),
            Mount("{build}/alertmanager/templates", "/etc/specola/alertmanager/templates"),
        ),
        volumes=(Volume(one.name, image.data),),
        secrets=(*unit.secrets, *(notification_secrets(stack) if used else ())),
        networks=(STACK, EGRESS),
    )


def notification_secrets(stack: Stack) -> tuple[str, ...]:
    """Names of the secrets that receivers and the mail server need."""
    from spec.references import secret_uses

    return tuple(dict.fromkeys(name for path, name in secret_uses(stack.spec) if path[0] == "notification"))


def _blackbox(stack: Stack, unit: Unit, _: Instance) -> Unit:
    image = unit.image
    return replace(
        unit,
        args=(f"--config.file={image.config}/blackbox.yml",),
        mounts=(Mount("{build}/docker/blackbox", image.config),),
        secrets=_spec_secrets(stack),
        networks=SCRAPED_FROM_OUTSIDE,
    )


def _node(stack: Stack, unit: Unit, _: Instance) -> Unit:
    return replace(unit, args=("--path.rootfs=/host",), mounts=(Mount("/", "/host"),), host_pids=True)


def _redis(stack: Stack, unit: Unit, one: Instance) -> Unit:
    return replace(
        unit,
        args=("redis-server", "/run/secrets/redis.conf", *flags(stack, DOCKER, one)),
        volumes=(Volume("redis", unit.image.data),),
    )


def _redis_exporter(stack: Stack, unit: Unit, _: Instance) -> Unit:
    address = DOCKER.address(stack, "redis")
    passwords = "--redis.password-file=/run/secrets/redis-passwords.json"
    return replace(unit, args=(f"--redis.addr=redis://{address}", passwords))


def _loki(stack: Stack, unit: Unit, _: Instance) -> Unit:
    image = unit.image
    rules = (Mount("{build}/loki/rules", "/etc/specola/loki/rules"),) if any(log_groups(stack)) else ()
    return replace(
        unit,
        args=(f"-config.file={image.config}/loki.yml", "-config.expand-env=true"),
        mounts=(Mount("{build}/docker/loki", image.config), *rules),
        volumes=(Volume("loki", image.data),),
    )


def _log_folders(stack: Stack) -> tuple[Mount, ...]:
    """The folders whose files Alloy reads: the simulator's or those of the services."""
    played = (Mount("{logs}", "/var/log/specola"),) if stack.spec.simulation.enabled else ()
    real = [service.spec.logs for service in stack.services if not stack.simulates(service.name)]
    paths = {path for logs in real if logs is not None for path in (logs.path, logs.errors_path) if path}
    folders = sorted({path.rsplit("/", 1)[0] for path in paths})
    return (*played, *(Mount(folder, folder) for folder in folders))


def _alloy(stack: Stack, unit: Unit, one: Instance) -> Unit:
    image = unit.image
    return replace(
        unit,
        entrypoint=("/bin/bash", f"{PROGRAM}/resume.sh", image.data, "alloy"),
        args=(
            "run",
            f"{image.config}/config.alloy",
            f"--storage.path={image.data}",
            f"--server.http.listen-addr={ANYWHERE}:{inner_port('alloy')}",
            *flags(stack, DOCKER, one),
        ),
        mounts=(Mount("{build}/docker/alloy", image.config), Mount("{programs}/alloy", PROGRAM), *_log_folders(stack)),
        volumes=(Volume("alloy", image.data),),
        engine=stack.spec.access.docker_socket,
    )


def _grafana(stack: Stack, unit: Unit, _: Instance) -> Unit:
    return replace(
        unit,
        mounts=(
            Mount("{build}/docker/grafana", unit.image.config),
            Mount("{build}/dashboards", "/etc/specola/dashboards"),
        ),
        volumes=(Volume("grafana", unit.image.data),),
    )


def _simulator(stack: Stack, unit: Unit, _: Instance) -> Unit:
    return replace(
        unit,
        args=(
            "python",
            "-m",
            "compose.simulator",
            "--contracts",
            "/etc/specola/contracts",
            "--logs",
            "/var/log/specola",
            "--control",
            f"{ANYWHERE}:{inner_port('simulator')}",
            "--listen",
            ANYWHERE,
        ),
        env=PYTHON,
        mounts=(
            Mount("{build}/contracts", "/etc/specola/contracts"),
            Mount("{programs}/simulator", PROGRAM),
            Mount("{logs}", "/var/log/specola", writable=True),
        ),
    )


def _inbox(stack: Stack, unit: Unit, _: Instance) -> Unit:
    """It takes messages from anyone on its network, which only components share; and reports, which come as mail too,
    from this machine."""
    port = inner_port("inbox")
    mail = Publish(stack.port("inbox") + 1, port + 1, unit.ports[0].address)
    return replace(
        unit,
        args=(
            "python",
            "-m",
            "compose.inbox",
            "--listen",
            f"{ANYWHERE}:{port}",
            "--smtp",
            f"{ANYWHERE}:{port + 1}",
            "--allow",
            f"{ANYWHERE}/0",
            "--store",
            "/var/tmp/messages.jsonl",  # noqa: S108 - a volume, which takes the mode of a folder that anyone may write to
            "--alarm",
            "/etc/specola/inbox/alarm.json",
        ),
        env=PYTHON,
        mounts=(Mount("{programs}/inbox", PROGRAM), Mount("{build}/docker/inbox", "/etc/specola/inbox")),
        volumes=(Volume("inbox", "/var/tmp"),),  # noqa: S108 - likewise
        ports=(*unit.ports, mail) if to_inbox(stack) else unit.ports,
        secrets=() if to_inbox(stack) else notification_secrets(stack),
        networks=(STACK,) if to_inbox(stack) else (STACK, EGRESS),
    )


PROGRAM = "/opt/specola"
PYTHON = (("PYTHONPATH", PROGRAM), ("PYTHONDONTWRITEBYTECODE", "1"))
OWN: dict[str, Callable[[Stack, Unit, Instance], Unit]] = {
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
"""What only a container has, or has otherwise."""
