"""Reads the faults of a contract and checks that each effect has something to act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Absent, Effect, EndpointEffect, Fault, Level, LogEffect, Override, Stream
from .node import ContractError
from .reading_metrics import MOST_SERIES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .contract import Metric, Port
    from .node import Node


def read_fault(
    node: Node, name: str, ports: Sequence[Port], paths: Collection[str], categories: Collection[str]
) -> Fault:
    """A fault of a service with these ports, endpoint paths and log categories."""
    return Fault(
        name=name,
        series=tuple(_override(item, ports) for item in node.get("series").items()),
        endpoints=tuple(_endpoint(item, paths) for item in node.get("endpoints").items()),
        logs=tuple(_log(item, categories) for item in node.get("logs").items()),
        down=_down(node.get("down"), ports),
        restart=node.get("restart").flag(),
        crowd=node.get("crowd").whole(low=1, high=MOST_SERIES) if node.has("crowd") else 0,
    )


def _down(node: Node, ports: Sequence[Port]) -> tuple[str, ...]:
    """Names of ports; `true` stands for the service's own."""
    if not isinstance(node.value, list):
        return (ports[0].name,) if node.flag() else ()
    return tuple(_known(item, {port.name for port in ports}, "port") for item in node.items())


def _known(node: Node, known: Collection[str], what: str) -> str:
    name = node.text()
    if name not in known:
        raise ContractError(f"{node.place}: no such {what}: '{name}' (there is {', '.join(sorted(known)) or 'none'})")
    return name


def _endpoint(node: Node, paths: Collection[str]) -> EndpointEffect:
    return EndpointEffect(
        path=_known(node.get("path"), paths, "endpoint"),
        status=node.get("status").whole(low=200, high=599) if node.has("status") else None,
        latency=node.get("latency").number(low=0, high=120) if node.has("latency") else None,
    )


def _log(node: Node, categories: Collection[str]) -> LogEffect:
    return LogEffect(
        category=_known(node.get("category"), categories, "log category") if node.has("category") else None,
        lines_per_second=node.get("lines_per_second").number(low=0, high=10_000),
        level=node.get("level").text() if node.has("level") else None,
        message=node.get("message").text() if node.has("message") else None,
        numbers=tuple((field, value.number()) for field, value in node.get("numbers").entries().items()),
    )


def _override(node: Node, ports: Sequence[Port]) -> Override:
    known = {metric.name for port in ports for metric in port.metrics}
    name = _known(node.get("metric"), known, "metric")
    labels = {label: value.text() for label, value in node.get("labels").entries().items()}
    metrics = [metric for port in ports for metric in port.metrics if metric.name == name and _has(metric, labels)]
    if not metrics:
        wanted = ", ".join(f'{label}="{value}"' for label, value in labels.items())
        raise ContractError(f"{node.get('labels').place}: {name} has no series with {wanted}")
    return Override(name, labels, _effect(node, metrics[0]))


def _has(metric: Metric, labels: dict[str, str]) -> bool:
    return all(value in metric.labels.get(label, ()) for label, value in labels.items())


def _effect(node: Node, metric: Metric) -> Effect:
    if node.get("absent").flag():
        return Absent()
    if metric.type == "gauge":
        key = "age" if node.has("age") else "value"
        return Level(node.get(key).number(), node.get("slope").number(0.0), age=key == "age")
    if metric.type == "counter":
        return Stream(node.get("rate").number(low=0))
    if metric.type == "histogram":
        observe = tuple(_observation(item) for item in node.get("observe").items())
        if observe and sum(fraction for _, fraction in observe) <= 0:
            raise ContractError(f"{node.get('observe').place}: the fractions must sum to more than 0")
        return Stream(node.get("rate").number(low=0), observe)
    raise ContractError(f"{node.place}: {metric.name} is of type {metric.type} and can only be absent")


def _observation(node: Node) -> tuple[float, float]:
    match node.items():
        case (value, fraction):
            return value.number(low=0), fraction.number(low=0)
    raise node.wrong("a value and its fraction")
