"""A small stack written by hand: what the tests run, without the spec and its renderers in between."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import shutil
from typing import TYPE_CHECKING

from compose import secrets
from generator.compose import PATH, compose_file
from generator.images import images
from generator.unit import EGRESS, STACK, Health, Mount, Publish, Reload, Unit, Volume
from spec.names import CONFIG_HASH_RECORD, USER

if TYPE_CHECKING:
    from pathlib import Path

    from compose.docker_backend import DockerBackend

PROMETHEUS = Unit(
    name="prometheus",
    title="Prometheus",
    image=images()["prometheus"],
    args=(
        "--config.file=/etc/prometheus/prometheus.yml",
        "--storage.tsdb.path=/prometheus",
        "--web.config.file=/run/secrets/prometheus-web.yml",
        "--web.enable-lifecycle",
    ),
    mounts=(Mount("{build}/docker/prometheus", "/etc/prometheus"), Mount("{build}/rules", "/etc/specola/rules")),
    volumes=(Volume("prometheus", "/prometheus"),),
    secrets=("prometheus-web.yml", "prometheus-password"),
    ports=(Publish(0, 9090),),
    health=Health(9090, "/-/ready", secret="prometheus-password", interval=1),
    reload=Reload(path="/-/reload"),
    reload_files=("docker/prometheus/prometheus.yml", "rules/"),
    after=("alertmanager",),
)
ALERTMANAGER = Unit(
    name="alertmanager",
    title="Alertmanager",
    image=images()["alertmanager"],
    args=(
        "--config.file=/etc/alertmanager/alertmanager.yml",
        "--storage.path=/alertmanager",
        "--cluster.listen-address=",
    ),
    mounts=(Mount("{build}/docker/alertmanager", "/etc/alertmanager"),),
    volumes=(Volume("alertmanager", "/alertmanager"),),
    networks=(STACK, EGRESS),
    ports=(Publish(0, 9093),),
    health=Health(9093, "/-/ready", interval=1),
    reload=Reload(path="/-/reload"),
    reload_files=("docker/alertmanager/alertmanager.yml",),
)
BLACKBOX = Unit(
    name="blackbox",
    title="Blackbox exporter",
    image=images()["blackbox"],
    args=("--config.file=/etc/blackbox_exporter/blackbox.yml",),
    mounts=(Mount("{build}/docker/blackbox", "/etc/blackbox_exporter"),),
    health=Health(9115, "/-/healthy", interval=1),
    reload=Reload(),
    reload_files=("docker/blackbox/blackbox.yml",),
)
NODE_EXPORTER = Unit(
    name="node-exporter",
    title="Node exporter",
    image=images()["node-exporter"],
    args=("--path.rootfs=/host", r"--collector.filesystem.mount-points-exclude=^/(dev|proc|run|sys)($|/)"),
    mounts=(Mount("/", "/host"),),
    health=Health(9100, interval=1),
    host_pids=True,
)
UNITS = (PROMETHEUS, ALERTMANAGER, BLACKBOX, NODE_EXPORTER)

SCRAPE = [
    {"job_name": "node", "static_configs": [{"targets": ["node-exporter:9100"]}]},
    {"job_name": "blackbox", "static_configs": [{"targets": ["blackbox:9115"]}]},
]
BLACKBOX_CONFIG = {"modules": {"http": {"prober": "http", "timeout": "2s"}}}


def render(backend: DockerBackend, units: tuple[Unit, ...] = UNITS, interval: str = "1s") -> None:
    """Write what a render would, with the secrets made."""
    build = backend.build
    _write(build, PATH, compose_file(units, backend.project))
    prometheus = {
        "global": {"scrape_interval": interval, "evaluation_interval": "1s"},
        "rule_files": ["/etc/specola/rules/*.yml"],
        "scrape_configs": SCRAPE,
    }
    write(build, "docker/prometheus/prometheus.yml", prometheus)
    write(build, "docker/alertmanager/alertmanager.yml", alertmanager())
    write(build, "docker/blackbox/blackbox.yml", BLACKBOX_CONFIG)
    digest = hashlib.sha256(json.dumps(prometheus).encode()).hexdigest()[:12]
    rule = {"record": CONFIG_HASH_RECORD, "expr": "vector(1)", "labels": {"hash": digest}}
    write(build, "rules/specola-config.yml", {"groups": [{"name": "specola-config", "rules": [rule]}]})
    secrets.ensure(backend.root, ["prometheus-password"])
    secrets.web_config(backend.root, "prometheus")


def alertmanager(wait: str = "1s") -> dict[str, object]:
    """Alertmanager's configuration."""
    return {"route": {"receiver": "none", "group_wait": wait}, "receivers": [{"name": "none"}]}


def changed(unit: Unit, **changes: object) -> Unit:
    """The unit with some fields otherwise."""
    return dataclasses.replace(unit, **changes)  # type: ignore[arg-type]


def credentials(root: Path) -> dict[str, str]:
    """The header of basic authentication."""
    password = secrets.read(root, "prometheus-password")
    return {"Authorization": f"Basic {base64.b64encode(f'{USER}:{password}'.encode()).decode()}"}


def write(build: Path, path: str, content: object) -> None:
    """Edit a rendered file as a render does: a new file takes the old one's place. JSON is YAML to all who read it."""
    _write(build, path, json.dumps(content).encode())


def remove(build: Path, name: str) -> None:
    """Take a rendered folder away."""
    shutil.rmtree(build / name)


def _write(build: Path, path: str, content: bytes) -> None:
    target = build / path
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_suffix(".new")
    scratch.write_bytes(content)
    scratch.replace(target)
