"""One monitored service: what it exposes, how it is probed, what is expected of it, and who owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from spec.alert import Alert, AlertChange, Objective
from spec.base import Model
from spec.indicator import Indicator
from spec.logs import Logs
from spec.metric import Metric
from spec.scalars import (
    Address,
    AlertName,
    Duration,
    LabelName,
    LabelValue,
    Line,
    MetricName,
    Name,
    PathInside,
    Port,
    Text,
    Url,
    UrlPath,
)
from spec.topic import Topic

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


class BasicAuth(Model):
    """HTTP basic authentication; the password is a reference to `secrets`."""

    user: Line
    password: Name = Field(description="a name in `secrets`")


class Authorization(Model):
    """How a target or probe is asked: basic authentication, or a bearer token."""

    basic: BasicAuth | None = None
    bearer: Name | None = Field(None, description="a name in `secrets`")

    @model_validator(mode="after")
    def _one(self) -> Authorization:
        if (self.basic is None) == (self.bearer is None):
            raise ValueError("give either basic or bearer")
        return self


class Scrape(Model):
    """Where the service's metrics are, and how they are fetched."""

    targets: tuple[Address, ...] = Field((), description="host:port of every instance")
    files: tuple[PathInside, ...] = Field(
        (), description="file service discovery: files in the project that list targets which come and go"
    )
    path: UrlPath = "/metrics"
    scheme: Literal["http", "https"] = "http"
    interval: Duration | None = Field(None, description="the default is defaults.interval")
    timeout: Duration | None = None
    auth: Authorization | None = None
    labels: dict[LabelName, LabelValue] = Field(default_factory=dict, description="labels put on every series")
    limit: Annotated[int, Field(gt=0)] | None = Field(
        None, description="most series a target may expose; by default made from the contract"
    )


class Exporter(Model):
    """Another program that measures the service or its host, with a pack that knows its metrics."""

    pack: Name = Field(description="node, redis, …: a file in rules/packs")
    name: Name | None = Field(None, description="the default is the pack's name")
    targets: tuple[Address, ...] = Field(min_length=1)
    path: UrlPath = "/metrics"
    interval: Duration | None = None
    auth: Authorization | None = None
    alerts: dict[AlertName, AlertChange] = Field(default_factory=dict, description="changes of the pack's alerts")


class Probe(Model):
    """A question asked from outside, by the blackbox exporter."""

    name: Name
    url: Url | None = None
    tcp: Address | None = None
    method: Literal["GET", "HEAD", "POST"] = "GET"
    expect: tuple[int, ...] = Field((200,), description="HTTP status codes that count as success")
    body: Line | None = Field(None, description="a regular expression (RE2) the body must match")
    auth: Authorization | None = None
    max_latency: Duration | None = Field(None, description="slower answers raise ProbeSlow")
    interval: Duration | None = None
    timeout: Duration | None = None
    kind: Literal["health", "live", "ready", "closed", "page"] = Field(
        "health", description="closed: the door must be shut without credentials"
    )
    critical: bool = Field(True, description="whether ProbeFailed pages as critical, else medium")

    @model_validator(mode="after")
    def _one_target(self) -> Probe:
        if (self.url is None) == (self.tcp is None):
            raise ValueError("give either url or tcp")
        return self


class Dependency(Model):
    """What the service cannot (or can hardly) do without."""

    name: Name
    title: Line | None = None
    kind: Literal["database", "cache", "queue", "service", "network"] = "service"
    critical: bool = True
    health: str | None = Field(None, description="an indicator that is 1 while the dependency answers and 0 when not")
    service: Name | None = Field(None, description="the service of this spec it is, when it is one")


PANEL_SUBJECTS = ("indicator", "metric", "objective", "logs", "logql", "alerts")
"""Keys of which a panel has exactly one: what it shows."""


class Panel(Model):
    """A panel of a dashboard: an indicator, a metric, an objective, the logs, a query of them, or the alerts."""

    indicator: str | None = None
    metric: MetricName | None = None
    objective: Name | None = None
    logs: Literal["all", "errors", "security"] | None = None
    logql: Line | None = Field(
        None, description="a query of log lines, or of numbers made of them; $scope is the service's own lines"
    )
    alerts: Literal["firing", "history"] | None = None
    title: Line | None = None
    description: Line | None = None
    as_: Literal["timeseries", "stat", "gauge", "bars", "table", "heatmap", "state"] | None = Field(None, alias="as")
    split: tuple[LabelName, ...] = Field((), description="one line for each value of these labels")
    width: Annotated[int, Field(ge=2, le=24)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"indicator": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_subject(self) -> Panel:
        if sum(getattr(self, subject) is not None for subject in PANEL_SUBJECTS) != 1:
            raise ValueError(f"a panel shows exactly one of {', '.join(PANEL_SUBJECTS)}")
        if self.logql is not None and not (self.title and self.as_ in (None, "timeseries", "stat", "bars")):
            raise ValueError("a panel of logql has a title, and is a timeseries, a stat or bars")
        return self


class _OrText:
    """In JSON Schemas: a text stands for the type, too."""

    @staticmethod
    def __get_pydantic_json_schema__(schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "string"}]}


class Section(Model):
    """A row of panels with a heading. The name of an indicator stands for a panel of it."""

    title: Line
    panels: tuple[Annotated[Panel, _OrText], ...] = Field(min_length=1)


class DashboardSpec(Model):
    """A dashboard of the service's own, beside the overview that every service has."""

    name: Name
    title: Line
    question: Line = Field(description="what it answers")
    topic: Topic | None = Field(None, description="takes the place of the page that the service would have on this")
    sections: tuple[Section, ...] = Field(min_length=1)


class Excuse(Model):
    """Something every service should have and this one has not, with a reason and an end."""

    check: Line = Field(pattern=r"^coverage/[a-z-]+$", description="a check of coverage, such as coverage/objective")
    reason: Line
    until: Line = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="the last day, such as 2027-01-31; then it counts")


class Service(Model):
    """A service file."""

    service: Name
    title: Line
    description: Text | None = None
    owner: Name = Field(description="a name in `owners`; label `team` and routes follow from it")
    scrape: Scrape = Scrape()
    exporters: tuple[Exporter, ...] = ()
    probes: tuple[Probe, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    metrics: dict[MetricName, Metric] = Field(default_factory=dict)
    indicators: dict[Name, Indicator] = Field(default_factory=dict)
    slos: tuple[Objective, ...] = ()
    alerts: tuple[Alert, ...] = ()
    logs: Logs | None = None
    dashboards: tuple[DashboardSpec, ...] = ()
    golden: dict[Literal["traffic", "errors", "latency", "saturation"], str] = Field(
        default_factory=dict, description="the indicators that show the four golden signals"
    )
    business: tuple[str, ...] = Field((), description="indicators that the business asks for")
    keep_metrics: Duration | None = Field(None, description="how long its metrics must be kept; storage must allow it")
    exceptions: tuple[Excuse, ...] = ()
    simulate: bool = Field(
        True, description="whether the simulator plays it where simulation is on; false for one that really runs"
    )
    simulate_port: Port | None = Field(
        None, description="the port the simulator plays it on; by default given in order"
    )


class Pack(Model):
    """What is known of a public exporter: its metrics, and what to alert on."""

    pack: Name
    title: Line
    description: Text | None = None
    metrics: dict[MetricName, Metric]
    indicators: dict[Name, Indicator] = Field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    sections: tuple[Section, ...] = Field((), description="how a dashboard shows it")
