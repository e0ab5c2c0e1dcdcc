"""Prometheus: its configuration file, for each runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.runtime import CERTIFICATE, RUNTIMES, Runtime, certified_name
from generator.text import to_yaml
from spec import names
from spec.instances import Instance, instances

if TYPE_CHECKING:
    from spec.service import Authorization
    from spec.stack import Job, Stack, Target

FIRST = Instance("prometheus")
LABELS_PER_SERIES = 60
TARGETS_PER_DISCOVERY = 1000


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`prometheus.yml` for each instance in each runtime."""
    every = instances(stack.spec.components, "prometheus")
    return tuple(
        Artefact(f"{runtime.folder}/{one.name}/prometheus.yml", to_yaml(config(stack, runtime, one)))
        for runtime in RUNTIMES
        for one in every
    )


def config(stack: Stack, runtime: Runtime, one: Instance = FIRST) -> dict[str, Any]:
    """The configuration as data, with keys that 2.42 and 3.x both know."""
    spec = stack.spec
    data: dict[str, Any] = {
        "global": {
            "scrape_interval": str(spec.defaults.interval),
            "scrape_timeout": str(min(spec.defaults.timeout, spec.defaults.interval)),
            "evaluation_interval": str(spec.defaults.evaluation),
            "external_labels": _external_labels(stack, one),
        },
        "rule_files": [f"{runtime.shared('rules')}/*.yml"],
    }
    if stack.enabled("alertmanager"):
        data["alerting"] = _alerting(stack, runtime)
    data["scrape_configs"] = [
        _probe(stack, runtime, job) if job.probe else _scrape(stack, runtime, job)
        for service in stack.services
        for job in service.jobs
        if not job.probe or stack.enabled("blackbox")
    ]
    if spec.remote_write:
        data["remote_write"] = [
            {"name": write.name, "url": write.url, **_auth(write.auth, runtime)} for write in spec.remote_write
        ]
    return data


def own_auth(stack: Stack, runtime: Runtime, component: str) -> dict[str, Any]:
    """How a component of the stack is asked: with TLS when it is on, as the stack's own user where one is needed."""
    if component not in ("prometheus", "alertmanager", "grafana"):
        return {}
    auth: dict[str, Any] = {}
    if stack.spec.access.tls is not None:
        trust = {"ca_file": runtime.secret(CERTIFICATE), "server_name": certified_name(stack)}
        auth |= {"scheme": "https", "tls_config": trust}
    if stack.spec.access.basic_auth and component != "grafana":
        auth["basic_auth"] = {"username": names.USER, "password_file": runtime.secret(f"{component}-password")}
    return auth


def _several(stack: Stack) -> bool:
    return len(instances(stack.spec.components, "prometheus")) > 1


def _external_labels(stack: Stack, one: Instance) -> dict[str, str]:
    """What is written elsewhere says where it comes from, and of several Prometheus from which."""
    spec = stack.spec
    replica = {names.REPLICA: one.name} if _several(stack) else {}
    return {names.STACK: spec.stack, names.ENVIRONMENT: spec.environment, **spec.labels, **replica}


def _alerting(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """Every Alertmanager is told of every alert; which of them tells people, they agree on.

    The alerts of several Prometheus look the same, so that they count as one.
    https://prometheus.io/docs/alerting/latest/high_availability/
    """
    same = {"alert_relabel_configs": [{"regex": names.REPLICA, "action": "labeldrop"}]} if _several(stack) else {}
    targets = {"static_configs": [{"targets": list(runtime.addresses(stack, "alertmanager"))}]}
    return {**same, "alertmanagers": [{"api_version": "v2", **own_auth(stack, runtime, "alertmanager"), **targets}]}


def _auth(auth: Authorization | None, runtime: Runtime) -> dict[str, Any]:
    if auth is None:
        return {}
    if auth.basic is not None:
        return {"basic_auth": {"username": auth.basic.user, "password_file": runtime.secret(auth.basic.password)}}
    return {"authorization": {"credentials_file": runtime.secret(auth.bearer or "")}}


def _head(job: Job) -> dict[str, Any]:
    return {
        "job_name": job.name,
        "scrape_interval": str(job.interval),
        "scrape_timeout": str(job.timeout),
        "metrics_path": job.path,
        "sample_limit": job.limit,
        "label_limit": LABELS_PER_SERIES,
    }


def _scrape(stack: Stack, runtime: Runtime, job: Job) -> dict[str, Any]:
    simulated = stack.simulates(job.service)
    component = next((target.component.component for target in job.targets if target.component), "")
    scheme = {"scheme": job.scheme} if job.scheme != "http" and not simulated else {}
    data = {**_head(job), **scheme, **own_auth(stack, runtime, component), **_auth(job.auth, runtime)}
    if job.targets:
        data["static_configs"] = [_static(stack, runtime, job, target) for target in job.targets]
    if job.files and not simulated:
        data["file_sd_configs"] = [{"files": [runtime.project_file(file) for file in job.files]}]
        data["target_limit"] = TARGETS_PER_DISCOVERY
        labels = {names.SERVICE: job.service, **dict(job.labels)}
        data["relabel_configs"] = [
            {"target_label": label, "replacement": value.replace("$", "$$")} for label, value in labels.items()
        ]
    return data


def _static(stack: Stack, runtime: Runtime, job: Job, target: Target) -> dict[str, Any]:
    address = runtime.target(stack, job, target)
    instance = {"instance": target.address} if address != target.address else {}
    return {"targets": [address], "labels": {names.SERVICE: job.service, **instance, **dict(job.labels)}}


def _probe(stack: Stack, runtime: Runtime, job: Job) -> dict[str, Any]:
    """A probe's job asks the blackbox exporter, and keeps the address from the spec as `instance`."""
    target = job.targets[0]
    labels = {names.SERVICE: job.service, **dict(job.labels), "instance": target.address}
    actual = runtime.target(stack, job, target)
    return {
        **_head(job),
        "params": {"module": [job.name]},
        "static_configs": [{"targets": [actual], "labels": labels}],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"target_label": "__address__", "replacement": runtime.address(stack, "blackbox")},
        ],
    }
