"""One simulated service: its series, its faults, and what it answers at a moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import RLock
from typing import TYPE_CHECKING

from . import load
from .contract import Absent, Level, Stream
from .faults import Active, effect_on, pieces
from .memory import Memory
from .series import Flow, forced_value, series_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .contract import Contract, Effect, Endpoint, LogEffect, Metric, Port
    from .series import Gauge, Series


@dataclass(frozen=True, slots=True)
class Sample:
    """An exposed series: its label values, and one number or those of a histogram."""

    labels: tuple[str, ...]
    numbers: tuple[float, ...]


class Service:
    """The state of one service. It changes only when somebody asks, and then catches up with the time since."""

    def __init__(self, contract: Contract, clock: Callable[[], float], memory: Memory | None = None) -> None:
        """Go on from a memory, or as if the program had run since midnight."""
        self.contract = contract
        self._clock = clock
        self._lock = RLock()
        self._now = clock()
        self._active: tuple[Active, ...] = ()
        self._effects: dict[str, dict[int, Effect]] = {}
        self._series: dict[str, tuple[tuple[Metric, tuple[Series, ...]], ...]] = {
            port.name: tuple((metric, series_of(contract.service, port.name, metric)) for metric in port.metrics)
            for port in contract.ports
        }
        self._started = memory.started if memory else load.midnight(self._now)
        for flow in self._flows():
            numbers = memory.numbers.get(flow.identity) if memory else None
            if memory and numbers and len(numbers) == len(flow.base):
                flow.settle(min(memory.at, self._now), numbers)
                flow.mark = memory.marks.get(flow.identity)
            else:
                flow.settle(load.midnight(self._now), flow.base)

    def samples(self, port: str) -> list[tuple[Metric, list[Sample]]]:
        """What a port exposes now: each metric with its series, without those that a fault hides."""
        with self._lock:
            now = self._settle()
            effects = self._effective(self._active)
            return [
                (metric, [sample for one in series if (sample := self._sample(one, now, effects.get(id(one))))])
                for metric, series in self._series[port]
            ]

    def active(self) -> tuple[Active, ...]:
        """The faults that are on, in the order in which they were started."""
        with self._lock:
            self._settle()
            return self._active

    def start(self, name: str, seconds: float) -> Active:
        """Turn a fault on for some seconds from now, or let it last that long if it is on already."""
        with self._lock:
            now = self._settle()
            fault = self.contract.faults[name]
            since = next((item.since for item in self._active if item.fault.name == name), now)
            started = Active(fault, since, now + seconds)
            if fault.restart:
                self._restart(now)
            self._active = (*(item for item in self._active if item.fault.name != name), started)
            return started

    def end(self, name: str | None = None) -> int:
        """Turn one fault or all of them off now; how many were on."""
        with self._lock:
            self._settle()
            kept = tuple(item for item in self._active if name not in {None, item.fault.name})
            ended = len(self._active) - len(kept)
            self._active = kept
            return ended

    def adopt(self, active: Sequence[Active]) -> None:
        """Take over faults that were on before the contract was read again, if they still exist."""
        with self._lock:
            faults = self.contract.faults
            self._active = tuple(
                replace(item, fault=faults[item.fault.name]) for item in active if item.fault.name in faults
            )

    def endpoint(self, path: str) -> Endpoint | None:
        """The endpoint at a path as it is now, or None when there is none."""
        found = next((endpoint for endpoint in self.contract.endpoints if endpoint.path == path), None)
        if found is None:
            return None
        for item in self.active():
            for effect in item.fault.endpoints:
                if effect.path == path:
                    status = found.status if effect.status is None else effect.status
                    latency = found.latency if effect.latency is None else effect.latency
                    auth = found.auth and effect.status is None  # a given status is what anyone gets: the door is open
                    found = replace(found, status=status, latency=latency, auth=auth)
        return found

    def is_down(self, port: Port) -> bool:
        """Whether a port refuses connections now."""
        return any(port.name in item.fault.down for item in self.active())

    def crowd(self, port: str) -> int:
        """How many series a port has to expose: 0 for as many as its contract says. Only the own port gets crowded."""
        own = port == self.contract.ports[0].name
        return max((item.fault.crowd for item in self.active()), default=0) if own else 0

    def log_effects(self) -> tuple[LogEffect, ...]:
        """What the active faults do to the logs; later ones override earlier ones."""
        return tuple(effect for item in self.active() for effect in item.fault.logs)

    def memory(self) -> Memory:
        """What to remember over a restart."""
        with self._lock:
            now = self._settle()
            marks = {flow.identity: flow.mark for flow in self._flows() if flow.mark}
            return Memory(now, self._started, {flow.identity: flow.numbers(now) for flow in self._flows()}, marks)

    def checkpoint(self) -> None:
        """Faults from now on can be undone."""
        with self._lock:
            self._settle()
            for flow in self._flows():
                flow.mark = None

    def rewind(self) -> None:
        """Make counters what they would be without any fault since the checkpoint."""
        with self._lock:
            self._settle()
            for flow in self._flows():
                flow.rewind()

    def _flows(self) -> list[Flow]:
        families = (family for port in self._series.values() for family in port)
        return [one for _, series in families for one in series if isinstance(one, Flow)]

    def _restart(self, now: float) -> None:
        self._started = now
        for flow in self._flows():
            flow.settle(now, [0.0] * len(flow.base))
            flow.mark = None

    def _settle(self) -> float:
        """Catch up to the present: let faults do what they did since the last time, and drop those that have ended.

        A clock that was set back stands still here until it has caught up, because counters must not fall.
        """
        now = max(self._clock(), self._now)
        for start, end, active in pieces(self._active, self._now, now):
            effects = self._effective(active)
            for flow in self._flows() if effects else ():
                effect = effects.get(id(flow), (None, 0.0))[0]
                if isinstance(effect, Stream):
                    flow.force(start, end, effect)
        self._active = tuple(item for item in self._active if item.until > now)
        self._now = now
        return now

    def _effective(self, active: Sequence[Active]) -> dict[int, tuple[Effect, float]]:
        """The effect on each touched series and since when, by the identity of the series' object."""
        return {key: (effect, item.since) for item in active for key, effect in self._effects_of(item).items()}

    def _effects_of(self, item: Active) -> dict[int, Effect]:
        name = item.fault.name
        if name not in self._effects:
            self._effects[name] = {
                id(one): effect
                for port in self._series.values()
                for metric, series in port
                for one in series
                if (effect := effect_on(item.fault, metric, dict(zip(metric.labels, one.labels, strict=True))))
            }
        return self._effects[name]

    def _sample(self, one: Flow | Gauge, now: float, effect: tuple[Effect, float] | None) -> Sample | None:
        match effect:
            case (Absent(), _):
                return None
            case (Level() as level, since):
                return Sample(one.labels, (forced_value(level, now, since),))
        if isinstance(one, Flow):
            return Sample(one.labels, tuple(one.shown(now)))
        return Sample(one.labels, (one.value(now, self._started),))
