"""The components of the stack as containers: one unit each, from which the compose file is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artefact import Artefact
from generator.compose import PATH, compose_file
from generator.images import images
from generator.loki import CREDENTIALS
from generator.processes import running
from generator.unit import EGRESS, STACK, Health, Limits, Mount, Publish, Reload, Unit, Volume

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.images import Image
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
    """Every component that is on, in the order of starting."""
    return tuple(make(stack) for component, make in UNITS if running(stack, component))


def _image(stack: Stack, component: str) -> Image:
    image = images()[IMAGE_OF.get(component, component)]
    reference = getattr(stack.spec.components, component).image
    return image.with_reference(reference) if reference else image


def _publish(stack: Stack, component: str, internal: int) -> Publish:
    listen = getattr(stack.spec.components, component).listen or stack.spec.network.listen
    return Publish(stack.port(component), internal, listen)


def _limits(stack: Stack, component: str) -> Limits:
    configured = getattr(stack.spec.components, component)
    return Limits(memory=configured.memory.bytes // 2**20, cpus=configured.cpus)


def _guard(stack: Stack, component: str) -> tuple[str, ...]:
    return (f"{component}-password", f"{component}-web.yml")


def _secret(stack: Stack, component: str) -> str:
    return f"{component}-password" if stack.spec.access.basic_auth else ""


def _tls(stack: Stack) -> bool:
    return stack.spec.access.tls is not None


def _project_files(stack: Stack) -> tuple[Mount, ...]:
    """The certificate and the lists of targets that files of the spec name."""
    files = {file.rsplit("/", 1)[0] for service in stack.services for file in service.spec.scrape.files if "/" in file}
    tls = stack.spec.access.tls
    if tls is not None:
        files |= {path.rsplit("/", 1)[0] for path in (tls.certificate, tls.key) if "/" in path}
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


def _prometheus(stack: Stack) -> Unit:
    image, storage = _image(stack, "prometheus"), stack.spec.storage.metrics
    size = (f"--storage.tsdb.retention.size={storage.size}",) if storage.size else ()
    return Unit(
        name="prometheus",
        title="Prometheus",
        image=image,
        args=(
            f"--config.file={image.config}/prometheus.yml",
            f"--storage.tsdb.path={image.data}",
            f"--storage.tsdb.retention.time={storage.retention}",
            *size,
            "--web.config.file=/run/secrets/prometheus-web.yml",
            "--web.enable-lifecycle",
            f"--web.external-url={'https' if _tls(stack) else 'http'}://localhost:{stack.port('prometheus')}",
            "--enable-feature=extra-scrape-metrics",
            f"--rules.alert.resend-delay={stack.spec.defaults.evaluation}",
        ),
        mounts=(Mount("{build}/docker/prometheus", image.config), RULES, *_project_files(stack)),
        volumes=(Volume("prometheus", image.data),),
        secrets=(*_guard(stack, "prometheus"), "alertmanager-password", *_spec_secrets(stack)),
        networks=SCRAPED_FROM_OUTSIDE,
        ports=(_publish(stack, "prometheus", image.port),),
        health=Health(image.port, "/-/ready", _secret(stack, "prometheus"), _tls(stack)),
        reload=Reload(path="/-/reload"),
        reload_files=("docker/prometheus/", "rules/"),
        after=("alertmanager",),
        limits=_limits(stack, "prometheus"),
        stop_seconds=30,
    )


def _alertmanager(stack: Stack) -> Unit:
    image, notification = _image(stack, "alertmanager"), stack.spec.notification
    used = tuple(notification_secrets(stack)) if notification.deliver == "receivers" else ()
    return Unit(
        name="alertmanager",
        title="Alertmanager",
        image=image,
        args=(
            f"--config.file={image.config}/alertmanager.yml",
            f"--storage.path={image.data}",
            f"--data.retention={stack.spec.storage.alerts.retention.ms // 3_600_000}h",
            "--web.config.file=/run/secrets/alertmanager-web.yml",
            "--cluster.listen-address=",
            f"--web.external-url={'https' if _tls(stack) else 'http'}://localhost:{stack.port('alertmanager')}",
        ),
        mounts=(
            Mount("{build}/docker/alertmanager", image.config),
            Mount("{build}/alertmanager/templates", "/etc/specola/alertmanager/templates"),
            *_project_files(stack),
        ),
        volumes=(Volume("alertmanager", image.data),),
        secrets=(*_guard(stack, "alertmanager"), *used),
        networks=(STACK, EGRESS),
        ports=(_publish(stack, "alertmanager", image.port),),
        health=Health(image.port, "/-/ready", _secret(stack, "alertmanager"), _tls(stack)),
        reload=Reload(path="/-/reload"),
        reload_files=("docker/alertmanager/", "alertmanager/templates/"),
        after=("inbox",),
        limits=_limits(stack, "alertmanager"),
    )


def notification_secrets(stack: Stack) -> tuple[str, ...]:
    """Names of the secrets that receivers and the mail server need."""
    from spec.references import secret_uses

    return tuple(dict.fromkeys(name for path, name in secret_uses(stack.spec) if path[0] == "notification"))


def _blackbox(stack: Stack) -> Unit:
    image = _image(stack, "blackbox")
    return Unit(
        name="blackbox",
        title="Blackbox exporter",
        image=image,
        args=(f"--config.file={image.config}/blackbox.yml",),
        mounts=(Mount("{build}/docker/blackbox", image.config),),
        secrets=_spec_secrets(stack),
        networks=SCRAPED_FROM_OUTSIDE,
        ports=(_publish(stack, "blackbox", image.port),),
        health=Health(image.port, "/-/healthy"),
        reload=Reload(path="/-/reload"),
        reload_files=("docker/blackbox/",),
        limits=_limits(stack, "blackbox"),
    )


def _node(stack: Stack) -> Unit:
    image = _image(stack, "node")
    return Unit(
        name="node",
        title="Node exporter",
        image=image,
        args=("--path.rootfs=/host",),
        mounts=(Mount("/", "/host"),),
        networks=(STACK,),
        ports=(_publish(stack, "node", image.port),),
        health=Health(image.port, "/"),
        host_pids=True,
        limits=_limits(stack, "node"),
    )


def _redis(stack: Stack) -> Unit:
    image = _image(stack, "redis")
    megabytes = stack.spec.components.redis.memory.bytes // 2**20 // 2
    return Unit(
        name="redis",
        title="Redis",
        image=image,
        networks=(STACK,),
        args=("redis-server", "--maxmemory", f"{megabytes}mb", "--save", "", "--protected-mode", "no"),
        volumes=(Volume("redis", image.data),),
        ports=(_publish(stack, "redis", image.port),),
        health=Health(image.port),
        limits=_limits(stack, "redis"),
    )


def _redis_exporter(stack: Stack) -> Unit:
    image = _image(stack, "redis_exporter")
    return Unit(
        name="redis-exporter",
        title="Redis exporter",
        image=image,
        args=("--redis.addr=redis://redis:6379",),
        ports=(_publish(stack, "redis_exporter", image.port),),
        health=Health(image.port, "/"),
        after=("redis",),
        needs=("redis",),
        limits=_limits(stack, "redis_exporter"),
    )


def _loki(stack: Stack) -> Unit:
    image = _image(stack, "loki")
    return Unit(
        name="loki",
        title="Loki",
        image=image,
        args=(f"-config.file={image.config}/loki.yml", "-config.expand-env=true"),
        mounts=(Mount("{build}/docker/loki", image.config), Mount("{build}/loki/rules", "/etc/specola/loki/rules")),
        volumes=(Volume("loki", image.data),),
        secrets=(CREDENTIALS,),
        ports=(_publish(stack, "loki", image.port),),
        health=Health(image.port, "/ready"),
        restart_files=("docker/loki/",),
        live_files=("loki/rules/",),
        after=("alertmanager",),
        limits=_limits(stack, "loki"),
        stop_seconds=30,
    )


def _log_folders(stack: Stack) -> tuple[Mount, ...]:
    """The folders whose files Alloy reads: the simulator's or those of the services; the engine's socket if allowed."""
    socket = (Mount("/var/run/docker.sock", "/var/run/docker.sock"),) if stack.spec.access.docker_socket else ()
    if stack.spec.simulation.enabled:
        return (Mount("{logs}", "/var/log/specola"), *socket)
    logs = [service.spec.logs for service in stack.services if service.spec.logs is not None]
    paths = {path for one in logs for path in (one.path, one.errors_path) if path}
    folders = sorted({path.rsplit("/", 1)[0] for path in paths})
    return (*(Mount(folder, folder) for folder in folders), *socket)


def _alloy(stack: Stack) -> Unit:
    image = _image(stack, "alloy")
    return Unit(
        name="alloy",
        title="Grafana Alloy",
        image=image,
        args=(
            "run",
            f"{image.config}/config.alloy",
            f"--storage.path={image.data}",
            "--server.http.listen-addr=0.0.0.0:12345",
            "--disable-reporting",
        ),
        mounts=(Mount("{build}/docker/alloy", image.config), *_log_folders(stack)),
        volumes=(Volume("alloy", image.data),),
        ports=(_publish(stack, "alloy", image.port),),
        health=Health(image.port, "/-/ready"),
        reload=Reload(path="/-/reload"),
        reload_files=("docker/alloy/",),
        after=("loki",),
        needs=("loki",),
        limits=_limits(stack, "alloy"),
    )


def _grafana(stack: Stack) -> Unit:
    image = _image(stack, "grafana")
    return Unit(
        name="grafana",
        title="Grafana",
        image=image,
        mounts=(
            Mount("{build}/docker/grafana", image.config),
            Mount("{build}/dashboards", "/etc/specola/dashboards"),
            *_project_files(stack),
        ),
        volumes=(Volume("grafana", image.data),),
        secrets=("grafana-admin", "grafana-secret-key", "prometheus-password", "alertmanager-password"),
        ports=(_publish(stack, "grafana", image.port),),
        health=Health(image.port, "/api/health", "", _tls(stack)),
        restart_files=("docker/grafana/",),
        live_files=("dashboards/",),
        after=("prometheus",),
        needs=("prometheus",),
        limits=_limits(stack, "grafana"),
    )


def _simulator(stack: Stack) -> Unit:
    image = _image(stack, "simulator")
    return Unit(
        name="simulator",
        title="Simulator of the services",
        image=image,
        args=(
            "python",
            "-m",
            "compose.simulator",
            "--contracts",
            "/etc/specola/contracts",
            "--logs",
            "/var/log/specola",
            "--control",
            f"{ANYWHERE}:9180",
            "--listen",
            ANYWHERE,
        ),
        env=(("PYTHONPATH", "/opt/specola"), ("PYTHONDONTWRITEBYTECODE", "1")),
        mounts=(
            Mount("{build}/contracts", "/etc/specola/contracts"),
            Mount("{programs}", "/opt/specola"),
            Mount("{logs}", "/var/log/specola", writable=True),
        ),
        ports=(_publish(stack, "simulator", 9180),),
        health=Health(9180, "/health"),
        reload=Reload(signal="HUP"),
        reload_files=("contracts/",),
        limits=_limits(stack, "simulator"),
    )


def _inbox(stack: Stack) -> Unit:
    """It takes messages from anyone on its network, which only components share."""
    image = _image(stack, "inbox")
    return Unit(
        name="inbox",
        title="Inbox of notifications",
        image=image,
        args=(
            "python",
            "-m",
            "compose.inbox",
            "--listen",
            "0.0.0.0:9181",
            "--smtp",
            "0.0.0.0:9182",
            "--allow",
            "0.0.0.0/0",
            "--store",
            "/tmp/messages.jsonl",  # noqa: S108 - in the container
        ),
        env=(("PYTHONPATH", "/opt/specola"), ("PYTHONDONTWRITEBYTECODE", "1")),
        mounts=(Mount("{programs}", "/opt/specola"),),
        ports=(_publish(stack, "inbox", 9181),),
        health=Health(9181, "/health"),
        limits=_limits(stack, "inbox"),
    )


UNITS: tuple[tuple[str, Callable[[Stack], Unit]], ...] = (
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
