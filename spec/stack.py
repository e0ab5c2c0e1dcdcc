"""The resolved stack: every service with all that follows from it. Renderers read this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from spec.instances import Instance, instances
from spec.lately import lately
from spec.names import OWN_SERVICE
from spec.selector import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spec.alert import Alert, Objective
    from spec.indicator import Measure
    from spec.logs import LogAlert
    from spec.metric import Metric
    from spec.root import Owner, StackSpec
    from spec.scalars import Duration
    from spec.service import Authorization, Probe, Section, Service

T = TypeVar("T")
SpecPath = tuple[str | int, ...]
"""A place in the spec, such as ("services", "tug", "alerts", 1)."""


@dataclass(frozen=True)
class Target:
    """What a job asks. `component` is the program of the stack that it is, when it is one."""

    address: str
    component: Instance | None = None


@dataclass(frozen=True)
class Job:
    """A scrape job: one program of one service, or its probes."""

    name: str
    service: str
    part: str
    targets: tuple[Target, ...]
    interval: Duration
    timeout: Duration
    path: str = "/metrics"
    scheme: str = "http"
    files: tuple[str, ...] = ()
    limit: int = 0
    auth: Authorization | None = None
    labels: tuple[tuple[str, str], ...] = ()
    probe: Probe | None = None
    origin: SpecPath = ()


@dataclass(frozen=True)
class Part:
    """Something of a service that has metrics: its own program (""), an exporter, its probes or its targets."""

    name: str
    service: str
    matchers: tuple[Matcher, ...]
    metrics: Mapping[str, Metric]
    indicators: Mapping[str, Measure]
    origin: SpecPath
    sections: tuple[Section, ...] = ()
    pack: str = ""
    real: bool = True
    """Whether it really runs, which no simulator has to play; a busy day cannot be taken for granted then."""


@dataclass(frozen=True)
class Bound:
    """An indicator in its place: the part whose series it reads, and the window it is read over."""

    name: str
    spec: Measure
    part: Part
    window: Duration
    origin: SpecPath

    @property
    def key(self) -> str:
        """How the spec refers to it within its service: `errors`, `node.cpu`, `probe.live-up`."""
        return f"{self.part.name}.{self.name}" if self.part.name else self.name

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels its expression keeps."""
        return ("service", *self.spec.by)

    @property
    def title(self) -> str:
        return self.spec.title or self.name.replace("-", " ").replace("_", " ").capitalize()


@dataclass(frozen=True)
class BoundAlert:
    """An alert with the indicator it watches."""

    alert: Alert
    indicator: Bound
    service: str
    origin: SpecPath


@dataclass(frozen=True)
class BoundObjective:
    """An objective with the indicator it is about."""

    objective: Objective
    indicator: Bound
    service: str
    origin: SpecPath


@dataclass(frozen=True)
class BoundLogAlert:
    """A log alert of a service."""

    alert: LogAlert
    service: str
    origin: SpecPath


@dataclass(frozen=True)
class Watched:
    """A service and all that follows from it: jobs, parts, alerts, objectives."""

    spec: Service
    jobs: tuple[Job, ...]
    parts: tuple[Part, ...]
    indicators: Mapping[str, Bound]
    alerts: tuple[BoundAlert, ...]
    objectives: tuple[BoundObjective, ...]
    log_alerts: tuple[BoundLogAlert, ...]
    origin: SpecPath
    position: int = 0
    """Which of the stack's services it is."""

    @property
    def name(self) -> str:
        return self.spec.service

    @property
    def own(self) -> Part:
        """The service's own program."""
        return self.parts[0]

    def alerts_of(self, indicator: str) -> tuple[BoundAlert, ...]:
        """The enabled alerts that watch the indicator with this key."""
        return _watching(self).get(indicator, ())


@lately
def _watching(service: Watched) -> dict[str, tuple[BoundAlert, ...]]:
    """The enabled alerts of a service by the keys of their indicators."""
    found: dict[str, tuple[BoundAlert, ...]] = {}
    for bound in service.alerts:
        if bound.alert.enabled:
            key = bound.indicator.key
            found[key] = (*found.get(key, ()), bound)
    return found


@dataclass(frozen=True)
class Stack:
    """The whole stack, resolved."""

    spec: StackSpec
    services: tuple[Watched, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Watched]:
        return {service.name: service for service in self.services}

    @cached_property
    def derived(self) -> dict[object, Any]:
        """What follows from the stack and was asked for before; see `once`."""
        return {}

    def alone(self, service: Watched) -> Stack:
        """The stack as if this were its only service: all that a service's own files may depend on."""
        return Stack(self._without_services, (service,))

    @cached_property
    def _without_services(self) -> StackSpec:
        return self.spec.model_copy(update={"services": {}})

    def owner(self, service: str) -> Owner:
        return self.spec.owners[self.by_name[service].spec.owner]

    def port(self, component: str, number: int = 1) -> int:
        """The port that an instance of a component listens on, on the machine that runs the stack."""
        configured: int = getattr(self.spec.components, component).port
        return configured + Instance(component, number).shift + self.spec.network.offset

    def instances(self, component: str) -> tuple[Instance, ...]:
        """Every instance of a component that is on, the first first."""
        return instances(self.spec.components, component) if self.enabled(component) else ()

    def simulates(self, service: str) -> bool:
        """Whether the simulator plays this service. The stack itself is always real."""
        return self.spec.simulation.enabled and service != OWN_SERVICE and self.by_name[service].spec.simulate

    def enabled(self, component: str) -> bool:
        """Whether a component is part of the stack. Alloy has nowhere to bring lines to without Loki."""
        switched_on: bool = getattr(self.spec.components, component).enabled
        return switched_on and (component != "alloy" or self.spec.components.loki.enabled)


def once(make: Callable[[Stack], T]) -> Callable[[Stack], T]:
    """Remember, on the stack itself, what follows from it: several families of files ask for the same."""

    @wraps(make)
    def made(stack: Stack) -> T:
        if make not in stack.derived:
            stack.derived[make] = make(stack)
        found: T = stack.derived[make]
        return found

    return made


@lru_cache(maxsize=100)
def equal(label: str, value: str) -> Matcher:
    """`label="value"`"""
    return Matcher(label, "=", value)
