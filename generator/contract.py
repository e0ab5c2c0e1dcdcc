"""Contract files: all that the simulator needs to play a service: metrics, exporters, endpoints, logs and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.runtime import loopback, simulated_port
from generator.text import to_json
from rules.faults import faults, probe_path
from spec.names import OWN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.faults import Fault
    from spec.logs import Category, Logs
    from spec.metric import Metric, Typical
    from spec.samples import Sample
    from spec.service import Probe
    from spec.stack import Stack, Watched

FOLDER = "contracts"
_DEFAULT_RATE = 1.0


def render(stack: Stack) -> tuple[Artefact, ...]:
    """A contract file for each service that the simulator plays where simulation is on."""
    return tuple(
        Artefact(f"{FOLDER}/{service.name}.json", to_json(contract(stack, service)))
        for service in stack.services
        if service.name != OWN_SERVICE and service.spec.simulate
    )


def contract(stack: Stack, service: Watched) -> dict[str, Any]:
    """One service's contract as data."""
    metrics = {name: metric for part in service.parts for name, metric in part.metrics.items()}
    return {
        "version": 1,
        "service": service.name,
        "title": service.spec.title,
        "environment": stack.spec.environment,
        "listen": loopback(stack, "simulator"),
        "port": simulated_port(stack, service.name, ""),
        "metrics_path": service.spec.scrape.path,
        "metrics": [metric_data(name, metric) for name, metric in service.own.metrics.items()],
        "endpoints": _endpoints(service),
        "logs": _logs(service.name, service.spec.logs) if service.spec.logs else None,
        "exporters": [
            {
                "name": part.name,
                "port": simulated_port(stack, service.name, part.name),
                "metrics_path": service.spec.exporters[index].path,
                "metrics": [metric_data(name, metric) for name, metric in part.metrics.items()],
            }
            for index, part in enumerate(service.parts[1 : 1 + len(service.spec.exporters)])
        ],
        "faults": {fault.alert: fault_data(fault, metrics, service.name) for fault in faults(service)},
    }


def metric_data(name: str, metric: Metric) -> dict[str, Any]:
    """A metric as the simulator reads it."""
    data: dict[str, Any] = {"name": name, "type": metric.type, "help": metric.help, "unit": metric.unit}
    if metric.labels:
        data["labels"] = {label: list(values) for label, values in metric.labels.items()}
    if metric.type == "histogram":
        data["buckets"] = list(metric.buckets)
    if metric.type != "info":
        data["typical"] = _typical(metric, metric.typical)
    if metric.shares:
        data["shares"] = metric.shares
    return data


def _typical(metric: Metric, typical: Typical) -> dict[str, Any]:
    if metric.type == "counter":
        return {"rate": typical.rate if typical.rate is not None else _DEFAULT_RATE}
    if metric.type == "histogram":
        middle = metric.buckets[len(metric.buckets) // 3]
        return {"rate": typical.rate if typical.rate is not None else _DEFAULT_RATE, "median": typical.median or middle}
    if typical.by is not None:
        return {"by": typical.by, "values": {value: list(band) for value, band in typical.bands.items()}}
    low, high = typical.between or (0.0, 1.0)
    if metric.unit == "timestamp":
        return {"age": [low, high]} if typical.between else {"started": True}
    return {"low": low, "high": high}


def _endpoints(service: Watched) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for probe in service.spec.probes:
        path = probe_path(probe)
        if path and path not in found:
            found[path] = _endpoint(service, probe, path)
    return list(found.values())


def _endpoint(service: Watched, probe: Probe, path: str) -> dict[str, Any]:
    checks = {dependency.name: "ok" for dependency in service.spec.dependencies}
    return {
        "path": path,
        "kind": probe.kind,
        "status": 200 if probe.kind == "closed" else probe.expect[0],
        "latency": 0.005,
        "body": {"status": "ok", "service": service.name, "checks": checks},
        "auth": probe.kind == "closed" or probe.auth is not None,
    }


def _logs(service: str, logs: Logs) -> dict[str, Any]:
    fields = logs.fields
    return {
        "path": log_file(service, logs.path),
        "error_path": log_file(service, logs.errors_path) if logs.errors_path else None,
        "rotate_bytes": logs.rotate.bytes,
        "lines_per_second": logs.lines,
        "fields": _common_fields(logs),
        "categories": [_category(category) for category in logs.categories] or [_uncategorised(service)],
        "timestamp": fields.time,
        "level": fields.level,
        "category": fields.category or "category",
        "message": fields.message,
    }


def _common_fields(logs: Logs) -> list[str]:
    """Metadata that no category declares: such a field is on every line."""
    declared = {field for category in logs.categories for field in category.fields}
    return [field for field in logs.metadata if field not in declared]


def log_file(service: str, path: str) -> str:
    """Where the simulator writes what the spec says a service writes at `path`: below the folder of simulated logs."""
    return f"{{logs}}/{service}/{path.rsplit('/', 1)[-1].replace('*', service)}"


def _category(category: Category) -> dict[str, Any]:
    fields = {
        name: {"median": values.median} if not isinstance(values, tuple) else list(values)
        for name, values in category.fields.items()
    }
    return {
        "name": category.name,
        "share": category.share,
        "levels": dict(category.levels),
        "message": category.message or category.help or category.name.replace("_", " "),
        "fields": fields,
    }


def _uncategorised(service: str) -> dict[str, Any]:
    """All lines of a service that tells no categories apart: they have none."""
    return {"name": "", "share": 1.0, "levels": {"INFO": 1.0}, "message": f"{service} at work", "fields": {}}


def fault_data(fault: Fault, metrics: Mapping[str, Metric], service: str) -> dict[str, Any]:
    """A fault as the simulator reads it; what it does not touch is left out."""
    data: dict[str, Any] = {}
    if fault.series:
        data["series"] = [_sample(sample, metrics) for sample in fault.series]
    if fault.endpoints:
        data["endpoints"] = [
            {
                "path": e.path,
                **({"status": e.status} if e.status else {}),
                **({"latency": e.latency} if e.latency else {}),
            }
            for e in fault.endpoints
        ]
    if fault.logs:
        data["logs"] = [
            {
                **({"category": log.category} if log.category else {}),
                "lines_per_second": log.lines_per_second,
                **({"level": log.level} if log.level else {}),
                **({"message": log.message} if log.message else {}),
                **({"numbers": dict(log.numbers)} if log.numbers else {}),
            }
            for log in fault.logs
        ]
    if fault.crowd:
        data["crowd"] = fault.crowd
    if fault.down:
        data["down"] = [part or service for part in fault.down]
    return data


def _sample(sample: Sample, metrics: Mapping[str, Metric]) -> dict[str, Any]:
    metric, labels = metrics[sample.metric], dict(sample.labels)
    data: dict[str, Any] = {"metric": sample.metric, "labels": labels}
    if sample.absent:
        return data | {"absent": True}
    if sample.rate is not None:
        series = metric.having(labels) or 1
        observe = {"observe": [list(pair) for pair in sample.observe]} if sample.observe else {}
        return data | {"rate": sample.rate / series, **observe}
    if sample.age is not None:
        return data | {"age": sample.age}
    return data | {"value": sample.value, **({"slope": sample.slope} if sample.slope else {})}
