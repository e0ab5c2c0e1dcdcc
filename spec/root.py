"""The root of the spec: one stack, its components, storage, access, owners and services."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from spec.base import Model
from spec.instances import MOST, STEP
from spec.notify import Email, Notification
from spec.reports import ScheduledReport
from spec.scalars import (
    Duration,
    LabelName,
    LabelValue,
    Line,
    Name,
    PathInside,
    Port,
    Quantity,
    Size,
    Url,
    seconds,
)
from spec.service import Authorization, Service

Host = Annotated[str, Field(pattern=r"^[0-9a-fA-F:.]+$|^localhost$")]
HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")]


class Secret(Model):
    """Where a secret is; never what it is."""

    file: PathInside | None = Field(None, description="a file of the project, git-ignored, readable by its owner only")
    env: Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")] | None = Field(
        None, description="an environment variable, read by `up`"
    )
    generate: bool = Field(False, description="made at random by the first `up`")

    @model_validator(mode="after")
    def _one(self) -> Secret:
        if (self.file is not None) + (self.env is not None) + self.generate != 1:
            raise ValueError("give exactly one of file, env, generate")
        return self


class Owner(Model):
    """A team that owns services and is told of their alerts."""

    title: Line
    contact: Email | None = None
    github: Annotated[str, Field(pattern=r"^@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?$")] | None = Field(
        None, description="for CODEOWNERS"
    )


def _usual(schema: dict[str, Any]) -> None:
    """What a component does not say is its own usual port and memory (`Components`), no default of all."""
    schema.pop("required")
    schema["properties"]["memory"].pop("default")


class Component(Model):
    """One program of the stack."""

    model_config = ConfigDict(json_schema_extra=_usual)

    enabled: bool = True
    port: Port = Field(description="the default is its usual one")
    listen: Host | None = Field(None, description="the address it is published on; the default is network.listen")
    program: Line | None = Field(None, description="native: path of the binary, when it is not on PATH")
    image: Line | None = Field(None, description="docker: another image than compose/versions.yaml names")
    memory: Size = Field(Size(512 * 2**20), description="the default is its usual amount")
    cpus: Annotated[float, Field(gt=0, le=64)] = 1.0


class Replicated(Component):
    """A program of which several may run side by side, so that one may die."""

    replicas: Annotated[int, Field(ge=1, le=MOST)] = Field(
        1,
        description=f"how many run side by side; each listens {STEP} ports above the one before, "
        "and of several Alertmanagers each talks to the others on the port after its own",
    )


def _component(port: int, memory: int = 256) -> Component:
    return Component(port=port, memory=Size(memory * 2**20))


def _replicated(port: int, memory: int = 256) -> Replicated:
    return Replicated(port=port, memory=Size(memory * 2**20))


class Components(Model):
    """The programs of the stack; each can be switched off or moved to another port."""

    prometheus: Replicated = _replicated(9090, 2048)
    alertmanager: Replicated = _replicated(9093)
    blackbox: Component = _component(9115, 128)
    node: Component = _component(9100, 128)
    redis: Component = _component(6379, 256)
    redis_exporter: Component = _component(9121, 128)
    loki: Component = _component(3100, 1024)
    alloy: Component = _component(12345, 512)
    grafana: Component = _component(3000, 512)
    simulator: Component = _component(9180, 256)
    inbox: Component = _component(9181, 128)

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, value: object) -> object:
        """A component that only says what differs keeps its default port and memory."""
        if not isinstance(value, dict):
            return value
        fields = cls.model_fields
        return {
            name: {"port": fields[name].default.port, "memory": fields[name].default.memory, **given}
            if name in fields and isinstance(given, dict)
            else given
            for name, given in value.items()
        }


class Network(Model):
    """Where components listen."""

    listen: Host = Field(
        "127.0.0.1", description="address that ports are published on; loopback unless you say otherwise"
    )
    offset: Annotated[int, Field(ge=0, le=50_000)] = Field(
        0, description="added to every port, to run beside another stack"
    )


class MetricStorage(Model):
    retention: Duration = Field(seconds("30d"), description="at least the longest window of an objective")
    size: Size | None = Field(None, description="the oldest blocks are dropped beyond this size")


class LogStorage(Model):
    retention: Duration = seconds("7d")
    rate: Size = Field(Size(4_000_000), description="most bytes a second taken in, all services together")
    rate_per_stream: Size = Field(
        Size(1_000_000),
        description="most bytes a second taken in of one service whose logs have no limit: the rest waits in its files",
    )


class AlertStorage(Model):
    retention: Duration = Field(seconds("5d"), description="how long Alertmanager keeps resolved alerts and silences")


class Storage(Model):
    metrics: MetricStorage = MetricStorage()
    logs: LogStorage = LogStorage()
    alerts: AlertStorage = AlertStorage()


class Tls(Model):
    """Certificate of Prometheus, Alertmanager and Grafana."""

    certificate: PathInside = Field(description="file with the certificate, and those between it and its authority")
    key: PathInside
    name: HostName | None = Field(
        None, description="a name the certificate is made out to; otherwise the host of root_url, or localhost"
    )


Role = Literal["viewer", "editor", "admin"]


class User(Model):
    """Somebody who looks at Grafana. The password is generated, into `secrets/grafana-user-NAME`."""

    title: Line = Field(description="the person's name, or what the account is for")
    email: Email | None = None
    role: Role = Field("viewer", description="viewer looks, editor makes dashboards besides, admin rules all of it")
    teams: tuple[Name, ...] = Field(
        (), description="owners whose team this user is in: teams may edit their own folder"
    )


class ServiceAccount(Model):
    """A program that asks Grafana. Its token is generated, into `secrets/grafana-token-NAME`."""

    title: Line
    role: Role = "viewer"


class Access(Model):
    """Who may come in."""

    users: dict[Name, User] = Field(default_factory=dict, description="people, by the name they log in with")
    service_accounts: dict[Name, ServiceAccount] = Field(default_factory=dict, description="programs that ask Grafana")
    edit_in_grafana: bool = Field(
        False, description="dashboards may be saved in Grafana; `specola drift` shows it, and brings the edits back"
    )
    private_folders: bool = Field(
        False, description="dashboards of an owner are for the team and admins only; otherwise everyone may look"
    )
    basic_auth: bool = Field(
        True, description="passwords, generated by the first `up`, in front of Prometheus and Alertmanager"
    )
    tls: Tls | None = None
    docker_socket: bool = Field(
        False, description="docker: lets Alloy read what containers print, through a socket that is root on its host"
    )
    root_url: Url | None = Field(None, description="the address people open Grafana at; links in messages use it")


class RemoteWrite(Model):
    name: Name
    url: Url
    auth: Authorization | None = None


class Defaults(Model):
    """What services get when they say nothing."""

    interval: Duration = seconds("15s")
    timeout: Duration = seconds("10s")
    evaluation: Duration = seconds("15s")
    window: Duration = seconds("5m")
    series_headroom: Annotated[float, Field(ge=1)] = Field(
        2.0, description="sample_limit as a multiple of the contract's series"
    )
    max_latency: Quantity = Quantity(1.0, "seconds", "1s")


class Simulation(Model):
    """Plays the services when nobody has deployed them yet: every address of the spec is answered by the simulator."""

    enabled: bool = False
    first_port: Port = 18100


class Budget(Model):
    """Limits that `check` holds the spec to."""

    series: Annotated[int, Field(gt=0)] = 200_000
    series_per_metric: Annotated[int, Field(gt=0)] = 5_000
    series_per_panel: Annotated[int, Field(gt=0)] = 1_000


class StackSpec(Model):
    """The whole spec, after its files were joined and the overlay applied."""

    specola: Literal[1] = Field(1, description="version of this format")
    stack: Name = Field(
        description="the stack's name: label `stack` on everything it sends, and name of the compose project"
    )
    title: Line = "Monitoring"
    environment: Name = "development"
    include: tuple[Line, ...] = ()
    overlays: dict[Name, PathInside] = Field(default_factory=dict, description="environment → overlay file")
    owner: Name = Field(description="the owner of the stack itself: told when monitoring is broken")
    owners: dict[Name, Owner] = Field(min_length=1)
    labels: dict[LabelName, LabelValue] = Field(default_factory=dict, description="more external labels")
    components: Components = Components()
    network: Network = Network()
    storage: Storage = Storage()
    access: Access = Access()
    defaults: Defaults = Defaults()
    notification: Notification
    secrets: dict[Name, Secret] = Field(default_factory=dict)
    remote_write: tuple[RemoteWrite, ...] = ()
    reports: tuple[ScheduledReport, ...] = Field((), description="summaries that `specola report --send` delivers")
    simulation: Simulation = Simulation()
    pace: Annotated[float, Field(ge=1, le=1000)] = Field(
        1.0, description="divides every interval, window and wait: for drills"
    )
    budget: Budget = Budget()
    services: dict[Name, Service] = Field(default_factory=dict)
