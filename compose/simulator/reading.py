"""Reads contract files into values, or says which place of which file is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .contract import Category, Choice, Contract, Endpoint, Field, Logs, Named, Spread
from .node import ContractError, Node
from .reading_faults import read_fault
from .reading_metrics import read_port

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VERSION = 1
LONGEST_LATENCY = 120.0
_LOGS = "{logs}/"


def read_folder(folder: Path, services: Sequence[str] = ()) -> tuple[Contract, ...]:
    """Every contract of a folder, or those of the named services, in the order of their names."""
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix == ".json")
    except OSError as error:
        raise ContractError(f"{folder}: cannot be read: {error.strerror}") from error
    contracts = tuple(read_file(file) for file in files)
    known = [contract.service for contract in contracts]
    missing = sorted(set(services) - set(known))
    if missing:
        raise ContractError(f"{folder}: no contract of {', '.join(missing)}; there are {', '.join(known) or 'none'}")
    if not contracts:
        raise ContractError(f"{folder}: holds no contract files (*.json); render the stack first")
    chosen = tuple(contract for contract in contracts if not services or contract.service in services)
    _check_ports(chosen)
    return chosen


def read_file(file: Path) -> Contract:
    """The contract in a file."""
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise ContractError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{file}: is not JSON: {error}") from error
    return read_contract(Node(content, f"{file.name}: "))


def read_contract(node: Node) -> Contract:
    """The contract in a parsed file."""
    if node.get("version").value != VERSION:
        raise ContractError(f"{node.get('version').place}: must be {VERSION}; render the stack again")
    service = node.get("service").text()
    exporters = (read_port(item, item.get("name").text()) for item in node.get("exporters").items())
    ports = (read_port(node, service), *exporters)
    endpoints = tuple(_endpoint(item) for item in node.get("endpoints").items())
    logs = _logs(node.get("logs")) if node.has("logs") else None
    paths = {endpoint.path for endpoint in endpoints} | {ports[0].metrics_path}
    categories = {category.name for category in logs.categories} if logs else set()
    faults = node.get("faults").entries().items()
    return Contract(
        service=service,
        title=node.get("title").text(service),
        environment=node.get("environment").text(""),
        listen=node.get("listen").text("127.0.0.1"),
        ports=ports,
        endpoints=endpoints,
        logs=logs,
        faults={name: read_fault(entry, name, ports, paths, categories) for name, entry in faults},
    )


def _check_ports(contracts: Sequence[Contract]) -> None:
    taken: dict[tuple[str, int], str] = {}
    for contract in contracts:
        names = [port.name for port in contract.ports]
        for port in contract.ports:
            if names.count(port.name) > 1:
                raise ContractError(f"{contract.service}: two ports are named {port.name}")
            other = taken.setdefault((contract.listen, port.port), f"{contract.service}/{port.name}")
            if port.port and other != f"{contract.service}/{port.name}":
                raise ContractError(f"port {port.port} is given to {other} and to {contract.service}/{port.name}")


def _endpoint(node: Node) -> Endpoint:
    path = node.get("path").text()
    if not path.startswith("/"):
        raise ContractError(f"{node.get('path').place}: must start with /")
    body = {key: entry.value for key, entry in node.get("body").entries().items()}
    return Endpoint(
        path=path,
        kind=node.get("kind").text(""),
        status=node.get("status").whole(200, low=200, high=599),
        latency=node.get("latency").number(0.0, low=0, high=LONGEST_LATENCY),
        body=body or None,
        auth=node.get("auth").flag(),
    )


def _logs(node: Node) -> Logs:
    categories = tuple(_category(item) for item in node.get("categories").items())
    if not categories or sum(category.share for category in categories) <= 0:
        raise ContractError(f"{node.get('categories').place}: must list categories with shares above 0")
    return Logs(
        path=_log_path(node.get("path")),
        error_path=_log_path(node.get("error_path")) if node.has("error_path") else None,
        rotate_bytes=node.get("rotate_bytes").whole(100 * 2**20, low=1024, high=2**40),
        lines_per_second=node.get("lines_per_second").number(low=0, high=10_000),
        fields=_fields(node.get("fields")),
        categories=categories,
        timestamp=node.get("timestamp").text("timestamp"),
        level=node.get("level").text("level"),
        category=node.get("category").text("category"),
        message=node.get("message").text("message"),
    )


def _log_path(node: Node) -> str:
    path = node.text()
    parts = path.removeprefix(_LOGS).split("/")
    if not path.startswith(_LOGS) or "\0" in path or {"", ".", ".."} & set(parts):
        raise ContractError(f"{node.place}: must be a file below {_LOGS}, and is '{path}'")
    return "/".join(parts)


def _category(node: Node) -> Category:
    levels = {level: weight.number(low=0) for level, weight in node.get("levels").entries().items()} or {"INFO": 1.0}
    if sum(levels.values()) <= 0:
        raise ContractError(f"{node.get('levels').place}: the weights must sum to more than 0")
    name = node.get("name").text()
    return Category(
        name=name,
        share=node.get("share").number(low=0),
        levels=levels,
        message=node.get("message").text(name),
        fields=_fields(node.get("fields")),
    )


def _fields(node: Node) -> dict[str, Field]:
    """Fields by name: either a list of names alone or an object that says what each holds."""
    if isinstance(node.value, list):
        return dict.fromkeys(node.texts(), Named())
    return {name: _field(entry) for name, entry in node.entries().items()}


def _field(node: Node) -> Field:
    if node.value is None:
        return Named()
    if isinstance(node.value, dict):
        return Spread(node.get("median").number(low=1e-9))
    values = tuple(item.value for item in node.items())
    if not values:
        raise node.wrong("a list of values, an object with a median, or null")
    return Choice(values)
