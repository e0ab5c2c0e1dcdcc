"""The blackbox exporter: a module for each probe, since what counts as success differs from probe to probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.runtime import RUNTIMES, Runtime
from generator.text import to_yaml

if TYPE_CHECKING:
    from spec.service import Probe
    from spec.stack import Job, Stack


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`blackbox.yml` for each runtime."""
    if not stack.enabled("blackbox"):
        return ()
    return tuple(
        Artefact(f"{runtime.folder}/blackbox/blackbox.yml", to_yaml({"modules": modules(stack, runtime)}))
        for runtime in RUNTIMES
    )


def modules(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """A module named like the probe's job."""
    jobs = [job for service in stack.services for job in service.jobs if job.probe is not None]
    return {job.name: _module(stack, job, job.probe, runtime) for job in jobs if job.probe is not None} or {
        "none": {"prober": "tcp"}
    }


def _module(stack: Stack, job: Job, probe: Probe, runtime: Runtime) -> dict[str, Any]:
    timeout = {"timeout": f"{job.timeout.seconds:g}s"}
    if probe.tcp is not None:
        return {"prober": "tcp", **timeout, "tcp": {"preferred_ip_protocol": "ip4"}}
    http: dict[str, Any] = {
        "method": probe.method,
        "valid_status_codes": list(probe.expect),
        "follow_redirects": False,
        "preferred_ip_protocol": "ip4",
    }
    if probe.body is not None:
        http["fail_if_body_not_matches_regexp"] = [probe.body]
    if (probe.url or "").startswith("https:") and not stack.simulates(job.service):
        http["fail_if_not_ssl"] = True
    if probe.auth is not None and probe.auth.basic is not None:
        http["basic_auth"] = {
            "username": probe.auth.basic.user,
            "password_file": runtime.secret(probe.auth.basic.password),
        }
    if probe.auth is not None and probe.auth.bearer is not None:
        http["authorization"] = {"credentials_file": runtime.secret(probe.auth.bearer)}
    return {"prober": "http", **timeout, "http": http}
