"""The components of the stack: what holds of each whichever way it runs, in the order of starting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator import alloy
from generator.loki import CREDENTIALS, PROMETHEUS_PASSWORD
from generator.runtime import CERTIFICATE, KEY
from rules.log_records import recorded_lines
from spec.instances import instances as every
from spec.scalars import Duration

if TYPE_CHECKING:
    from generator.runtime import Runtime
    from spec.instances import Instance
    from spec.stack import Stack

WITH_TLS = ("prometheus", "alertmanager", "grafana")
"""What speaks TLS when the spec has a certificate."""
TRUSTING = ("prometheus", "alertmanager", "grafana", "loki")
"""What speaks TLS, or to one that does."""
GUARDED = ("prometheus", "alertmanager")
"""What asks for the password of user `specola` before it answers."""
SHORTEST_RESEND = Duration(2000)
"""Alertmanager takes an alert for over which it is not told of for four times as long. Prometheus that has taken up its
configuration finds the Alertmanagers within five seconds (`sync` of its discovery), which must not look like an end."""
GOODBYE = 10
"""Seconds an Alertmanager may take to tell the others that it goes; only then it writes down what it knows."""


@dataclass(frozen=True)
class Component:
    """One component. `key` is its name in the spec.

    `health` is the path that answers 200 when it is well; without one it is asked for a connection. `reload` is the
    path to POST to, or a signal's name. Files are relative to `build/`, where `{runtime}` stands for `native` or
    `docker`, `{instance}` for the name of the instance, and a trailing slash means all below: a change of
    `reload_files` reloads, of `restart_files` restarts, `live_files` are looked at all the time. `secrets` are files of
    `secrets/`. `after` orders the start; `needs` are started with it.
    """

    key: str
    title: str
    health: str = ""
    reload: str = ""
    reload_files: tuple[str, ...] = ()
    restart_files: tuple[str, ...] = ()
    live_files: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    optional: bool = False
    stop_seconds: int = 10

    @property
    def name(self) -> str:
        """As processes, containers and people call it."""
        return self.key.replace("_", "-")

    @property
    def guarded(self) -> bool:
        """Whether a password stands before it when the spec wants one."""
        return self.key in GUARDED


COMPONENTS = (
    Component("simulator", "Simulator of the services", health="/health", reload="HUP", reload_files=("contracts/",)),
    Component("inbox", "Inbox of notifications", health="/health", restart_files=("{runtime}/inbox/",)),
    Component("redis", "Redis", secrets=("redis-password", "redis.conf")),
    Component(
        "redis_exporter",
        "Redis exporter",
        health="/",
        secrets=("redis-passwords.json",),
        after=("redis",),
        needs=("redis",),
    ),
    Component("node", "Node exporter", health="/"),
    Component(
        "blackbox",
        "Blackbox exporter",
        health="/-/healthy",
        reload="/-/reload",
        reload_files=("{runtime}/blackbox/",),
    ),
    Component(
        "alertmanager",
        "Alertmanager",
        health="/-/ready",
        reload="/-/reload",
        reload_files=("{runtime}/alertmanager/", "alertmanager/templates/"),
        secrets=("alertmanager-password", "alertmanager-web.yml"),
        after=("inbox",),
    ),
    Component(
        "loki",
        "Loki",
        health="/ready",
        restart_files=("{runtime}/loki/",),
        live_files=("loki/rules/",),
        secrets=(CREDENTIALS,),
        after=("alertmanager",),
        optional=True,
        stop_seconds=30,
    ),
    Component(
        "prometheus",
        "Prometheus",
        health="/-/ready",
        reload="/-/reload",
        reload_files=("{runtime}/{instance}/", "rules/"),
        secrets=("prometheus-password", "prometheus-web.yml"),
        after=("alertmanager",),
        stop_seconds=30,
    ),
    Component(
        "alloy",
        "Grafana Alloy",
        health="/-/ready",
        reload="/-/reload",
        reload_files=("{runtime}/alloy/",),
        after=("loki",),
        needs=("loki",),
        optional=True,
    ),
    Component(
        "grafana",
        "Grafana",
        health="/api/health",
        restart_files=("{runtime}/grafana/",),
        live_files=("dashboards/",),
        secrets=("grafana-admin", "grafana-secret-key", "prometheus-password", "alertmanager-password"),
        after=("prometheus",),
        needs=("prometheus",),
        optional=True,
    ),
)


def running(stack: Stack, component: str) -> bool:
    """Whether a component is on and has something to do: the simulator plays only when simulation is on."""
    if component == "simulator" and not stack.spec.simulation.enabled:
        return False
    return stack.enabled(component)


def instances(stack: Stack) -> tuple[tuple[Component, Instance], ...]:
    """Every instance of every component that is on, in the order of starting."""
    on = (component for component in COMPONENTS if running(stack, component.key))
    return tuple((component, one) for component in on for one in stack.instances(component.key))


def title(component: Component, one: Instance) -> str:
    """What people read: `Alertmanager`, `Alertmanager 2`."""
    return component.title if one.number == 1 else f"{component.title} {one.number}"


def names(stack: Stack, components: tuple[str, ...]) -> tuple[str, ...]:
    """The names of all their instances."""
    return tuple(one.name for key in components for one in every(stack.spec.components, key))


def after(stack: Stack, component: Component, one: Instance) -> tuple[str, ...]:
    """Whom it is started after, and ended before: a further instance joins the ones before it, and takes its leave."""
    before = tuple(other.name for other in stack.instances(component.key) if other.number < one.number)
    return (*names(stack, component.after), *before)


def stop_seconds(stack: Stack, component: Component) -> int:
    """How long it may take to end."""
    several = component.key == "alertmanager" and len(stack.instances(component.key)) > 1
    return component.stop_seconds + (GOODBYE if several else 0)


def files(names: tuple[str, ...], runtime: Runtime, one: Instance) -> tuple[str, ...]:
    """The names of a component's files, for an instance of it."""
    return tuple(name.format(runtime=runtime.folder, instance=one.name) for name in names)


def speaks_tls(stack: Stack, component: str) -> bool:
    """Whether it is asked with https."""
    return stack.spec.access.tls is not None and component in WITH_TLS


def secrets_of(stack: Stack, component: Component) -> tuple[str, ...]:
    """The files of `secrets/` that a component reads, those of TLS included."""
    writes = component.key == "loki" and recorded_lines(stack)
    secrets = (*component.secrets, *((PROMETHEUS_PASSWORD,) if writes else ()))
    if stack.spec.access.tls is None or component.key not in TRUSTING:
        return secrets
    return (*secrets, CERTIFICATE, *((KEY,) if component.key in WITH_TLS else ()))


def flags(stack: Stack, runtime: Runtime, one: Instance) -> tuple[str, ...]:
    """The arguments that are the same in a container and out of it, but for addresses."""
    match one.component:
        case "prometheus":
            storage = stack.spec.storage.metrics
            return (
                f"--storage.tsdb.retention.time={storage.retention}",
                *((f"--storage.tsdb.retention.size={storage.size}",) if storage.size else ()),
                "--web.enable-lifecycle",
                *(("--web.enable-remote-write-receiver",) if recorded_lines(stack) else ()),
                *(("--web.enable-admin-api",) if stack.spec.simulation.enabled else ()),  # a drill is forgotten
                "--enable-feature=extra-scrape-metrics",
                f"--rules.alert.resend-delay={max(stack.spec.defaults.evaluation, SHORTEST_RESEND)}",
            )
        case "alertmanager":
            hours = stack.spec.storage.alerts.retention.ms // 3_600_000
            return (f"--data.retention={hours}h", *_cluster(stack, runtime, one))
        case "redis":
            megabytes = stack.spec.components.redis.memory.bytes // 2**20 // 2
            return ("--maxmemory", f"{megabytes}mb", "--save", "")
        case "alloy":
            return alloy.FLAGS
        case _:
            return ()


def _cluster(stack: Stack, runtime: Runtime, one: Instance) -> tuple[str, ...]:
    """How Alertmanagers find each other, to tell which notifications went out and what is silenced.

    Nothing listens where there is only one. https://prometheus.io/docs/alerting/latest/high_availability/
    """
    others = [other for other in stack.instances(one.component) if other != one]
    if not others:
        return ("--cluster.listen-address=",)
    here = runtime.gossip(stack, one.number)
    inside = f"0.0.0.0:{here.rpartition(':')[2]}"
    return (
        f"--cluster.listen-address={inside if runtime.name == 'docker' else here}",
        *(f"--cluster.peer={runtime.gossip(stack, other.number)}" for other in others),
    )
