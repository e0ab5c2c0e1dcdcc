"""What a simulated service is: its metrics, endpoints, logs, exporters and faults, as values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Rate:
    """Typical of a counter or histogram: events a second over all its series; `median` is a histogram's usual value."""

    per_second: float
    median: float = 0.0


@dataclass(frozen=True, slots=True)
class Between:
    """Typical of a gauge: every series moves between two values."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ByLabel:
    """Typical of a gauge whose range depends on the value of one label, such as a state."""

    label: str
    ranges: Mapping[str, Between]


@dataclass(frozen=True, slots=True)
class Age:
    """Typical of a timestamp (Unix seconds): the present moment less an age between two numbers of seconds."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Started:
    """Typical of a start time (Unix seconds): when the simulated program began to count."""


Typical = Rate | Between | ByLabel | Age | Started


@dataclass(frozen=True, slots=True)
class Metric:
    """One declared metric family; its series are all combinations of its labels' values."""

    name: str
    type: str
    help: str
    labels: Mapping[str, tuple[str, ...]]
    buckets: tuple[float, ...]
    typical: Typical | None
    shares: Mapping[str, Mapping[str, float]]
    counts: bool = False
    """Whether a gauge counts things: it has no unit, and whole limits."""

    def combinations(self) -> tuple[tuple[str, ...], ...]:
        """The label values of every series, in the order of the labels."""
        return tuple(product(*self.labels.values()))


@dataclass(frozen=True, slots=True)
class Port:
    """A port that exposes metrics: the service's own, named like the service, or an exporter's."""

    name: str
    port: int
    metrics_path: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of the service that answers with a status, after `latency` seconds, with a JSON body."""

    path: str
    kind: str
    status: int = 200
    latency: float = 0.0
    body: Mapping[str, object] | None = None
    auth: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A log field that takes one of some values."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A log field that holds a number around a median (log-normal)."""

    median: float


@dataclass(frozen=True, slots=True)
class Named:
    """A log field known by its name only: an id, an address of a documentation range, a module, a stack trace."""


Field = Choice | Spread | Named


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of log line: its share of all lines, its levels by weight, a message that may quote `{field}`s."""

    name: str
    share: float
    levels: Mapping[str, float]
    message: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Logs:
    """The log of a service: paths below the folder of logs, its rate, and what its lines hold."""

    path: str
    error_path: str | None
    rotate_bytes: int
    lines_per_second: float
    fields: Mapping[str, Field]
    categories: tuple[Category, ...]
    timestamp: str
    level: str
    category: str
    message: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The series is not exposed."""


@dataclass(frozen=True, slots=True)
class Level:
    """A gauge is `value` when the fault starts and moves by `slope` a second; `age`: it is that many seconds ago."""

    value: float
    slope: float = 0.0
    age: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """A counter or histogram grows by `rate` a second; `observe` lists a histogram's values and their fractions."""

    rate: float
    observe: tuple[tuple[float, float], ...] = ()


Effect = Absent | Level | Stream


@dataclass(frozen=True, slots=True)
class Override:
    """An effect on every series of a metric that has these label values."""

    metric: str
    labels: Mapping[str, str]
    effect: Effect


@dataclass(frozen=True, slots=True)
class EndpointEffect:
    """A path answers with another status or latency; None leaves it as it is."""

    path: str
    status: int | None
    latency: float | None


@dataclass(frozen=True, slots=True)
class LogEffect:
    """A category (None: all together) is logged at this rate, and at this level, with this message, with these numbers
    in fields if they are given."""

    category: str | None
    lines_per_second: float
    level: str | None
    message: str | None = None
    numbers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Everything that changes while a fault is on. `down` names ports that refuse connections; `crowd` is how many
    series the service's own port has to expose."""

    name: str
    series: tuple[Override, ...] = ()
    endpoints: tuple[EndpointEffect, ...] = ()
    logs: tuple[LogEffect, ...] = ()
    down: tuple[str, ...] = ()
    restart: bool = False
    crowd: int = 0


@dataclass(frozen=True, slots=True)
class Contract:
    """One service to play. The first port is the service's own."""

    service: str
    title: str
    environment: str
    listen: str
    ports: tuple[Port, ...]
    endpoints: tuple[Endpoint, ...]
    logs: Logs | None
    faults: Mapping[str, Fault]
