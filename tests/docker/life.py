"""What the tests do to a stack and ask of it."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from compose.plan import plan
from tests.docker import stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import DockerClient
    from docker.models.containers import Container

    from compose.backend import Observed
    from compose.docker_backend import DockerBackend

SECONDS = 60.0


def up(backend: DockerBackend, *only: str) -> dict[str, str]:
    """What `up` does; gives the kind of each step by component."""
    steps = plan(backend.desired(), backend.observe(), only)
    backend.prepare(steps)
    for step in steps:
        backend.apply(step)
    for _ in backend.wait(tuple(step.component for step in steps if step.kind not in ("stop", "skip")), SECONDS):
        pass
    return {step.component: step.kind for step in steps}


def containers(engine: DockerClient, backend: DockerBackend) -> dict[str, Container]:
    found = engine.containers.list(all=True, filters={"label": f"com.docker.compose.project={backend.project}"})
    return {one.labels["com.docker.compose.service"]: one for one in found}


def seen(backend: DockerBackend, name: str) -> Observed:
    return next(one for one in backend.observe() if one.name == name)


def ask(backend: DockerBackend, query: str) -> list[dict[str, object]]:
    """The result of a PromQL query, asked at the published port with the generated password."""
    result: list[dict[str, object]] = _get(backend, f"query?query={query}")["result"]
    return result


def in_time(question: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether the question turns true before the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.2)
    return False


def reported(backend: DockerBackend) -> str:
    """The configuration that Prometheus says it runs on."""
    return str(_get(backend, "status/config")["yaml"])


def inside(one: Container, *command: str) -> tuple[int, str]:
    """Exit code and output of a program in a container."""
    code, output = one.exec_run(list(command))
    assert isinstance(output, bytes)
    return int(code or 0), output.decode().strip()


def _get(backend: DockerBackend, path: str) -> dict[str, Any]:
    """What Prometheus' interface answers at the published port to the generated password."""
    url = f"{seen(backend, 'prometheus').address}/api/v1/{path}"
    request = urllib.request.Request(url, headers=stack.credentials(backend.root))
    with urllib.request.urlopen(request, timeout=5) as answer:
        data: dict[str, Any] = json.load(answer)["data"]
        return data


def networks(engine: DockerClient, backend: DockerBackend) -> list[str | None]:
    return [
        one.name for one in engine.networks.list(filters={"label": f"com.docker.compose.project={backend.project}"})
    ]


def volumes(engine: DockerClient, backend: DockerBackend) -> list[str]:
    found = engine.volumes.list(filters={"label": f"com.docker.compose.project={backend.project}"})
    return sorted(str(one.name) for one in found)
