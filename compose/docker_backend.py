"""The stack in containers: compose v2 through its command starts them, the engine's interface tells how they are."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from compose.backend import Desired, Observed, Progress, Step
from compose.docker_engine import advice, advised, connect, door, endpoint, follow_log
from compose.docker_files import check_files, lay_down, program_digest, remove_copies
from compose.docker_observe import (
    FOLDER_LABEL,
    PROJECT_LABEL,
    SERVICE_LABEL,
    hopeless,
    observed,
    published,
    reachable,
    readiness,
)
from compose.docker_reload import place, reloaded, remember, take_up
from compose.docker_table import Service, reload_hash, restart_hash, services
from compose.fault import Trouble
from compose.images import absent, pull, unreachable
from compose.ports import Wanted, check
from generator.compose import PATH, variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docker import DockerClient
    from docker.models.containers import Container

POLL_SECONDS = 0.25


def _silent(_: str) -> None:
    """What long work tells when nobody listens."""


@dataclass(frozen=True)
class DockerBackend:
    """The project `project` of the working copy `root`, run by the engine that the `docker` command uses.

    `tell` is given a line whenever something long begins, such as a pull.
    """

    root: Path
    project: str
    tell: Callable[[str], None] = field(default=_silent)

    @property
    def name(self) -> str:
        return "docker"

    @cached_property
    def client(self) -> DockerClient:
        """The engine, connected when first needed."""
        return connect()

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    def desired(self) -> tuple[Desired, ...]:
        return tuple(
            Desired(
                name=service.name,
                title=service.title,
                config_hash=self._restart_hash(service),
                reload_hash=reload_hash(service, self.build),
                needs=service.needs,
                after=service.after,
                reloadable=service.reloadable,
                component=service.component,
            )
            for service in services(self.build)
        )

    def observe(self) -> tuple[Observed, ...]:
        containers = self._containers()
        rendered = services(self.build) if (self.build / PATH).exists() else ()
        schemes = {service.name: service.scheme for service in rendered}
        known = reloaded(self.root)
        return tuple(
            observed(name, [one.attrs for one in containers.get(name, ())], known, schemes.get(name, ""))
            for name in dict.fromkeys((*schemes, *containers))
        )

    def prepare(self, steps: tuple[Step, ...]) -> None:
        starting = {step.component for step in steps if step.kind in ("start", "restart")}
        chosen = tuple(service for service in services(self.build) if service.name in starting)
        check_files(self.root, chosen)
        if any(service.engine for service in chosen):
            door(self.client)
        held = {port for seen in self._containers().values() for one in seen for port in published(one.attrs).values()}
        wanted = tuple((service.name, *place) for service in chosen for place in service.published)
        check(
            Wanted(name, address, port)
            for name, address, port in wanted
            if port and (reachable(address), port) not in held
        )
        with advised():
            missing = absent(self.client, (service.image for service in chosen))
            complaint = unreachable(self.client, missing)
            if complaint:
                raise Trouble(complaint, "load it into the engine, or set SPECOLA_IMAGE_<NAME> to one that is here")
            pull(self.client, missing, self.tell)

    def apply(self, step: Step) -> None:
        if step.kind in ("start", "restart"):
            self._start(self._service(step.component), anew=step.kind == "restart")
        elif step.kind == "reload":
            self._reload(self._service(step.component))
        elif step.kind == "stop":
            self._stop(step.component)

    def wait(self, components: tuple[str, ...], seconds: float) -> Iterator[Progress]:
        begin = time.monotonic()
        told: dict[str, Progress] = {}
        while True:
            passed = time.monotonic() - begin
            seen = tuple(one for one in self.observe() if one.name in components)
            for one in seen:
                ready, detail = readiness(one)
                before = told.get(one.name)
                if before is None or (before.ready, before.detail) != (ready, detail):
                    told[one.name] = Progress(one.name, ready, passed, detail)
                    yield told[one.name]
            late = tuple(name for name in components if name not in told or not told[name].ready)
            if not late:
                return
            if passed > seconds or all(hopeless(one) for one in seen if one.name in late):
                raise self._not_healthy(late, told, passed)
            time.sleep(POLL_SECONDS)

    def logs(self, component: str, follow: bool, lines: int) -> Iterator[str]:
        containers = self._containers().get(component)
        if not containers:
            raise Trouble(f"{component} has no container, so no log", f"start it: specola up {component}")
        return follow_log(str(containers[0].id), follow, lines)

    def down(self, volumes: bool) -> None:
        self._containers()
        if (self.build / PATH).exists():
            self._compose("down", "--remove-orphans", *(("--volumes",) if volumes else ()))
        self._sweep(volumes)
        remove_copies(self.root)

    def _start(self, service: Service, anew: bool) -> None:
        lay_down(self.root, service)
        variables = {
            variable("HASH", service.name): self._restart_hash(service),
            variable("FILES", service.name): reload_hash(service, self.build),
        }
        if service.engine:
            socket, group = door(self.client)
            variables |= {variable("ENGINE", "socket"): socket, variable("ENGINE", "group"): str(group)}
        once_more = ("--force-recreate",) if anew else ()
        self._compose("up", "--detach", "--no-deps", "--pull", "never", *once_more, service.name, **variables)

    def _reload(self, service: Service) -> None:
        """Have the files read again, or, where nothing can be asked whether it did, make the container anew.

        The hash is taken before, so that an edit meanwhile shows up in the next plan.
        """
        containers = self._containers()
        container = containers[service.name][0]
        if not place(service, container):
            self._start(service, anew=True)
            return
        digest = reload_hash(service, self.build)
        take_up(service, container, self.root)
        alive = (str(one.id) for found in containers.values() for one in found)
        remember(self.root, str(container.id), digest, alive)

    def _stop(self, name: str) -> None:
        with advised():
            for container in self._containers().get(name, ()):
                container.stop(timeout=container.attrs["Config"].get("StopTimeout") or 10)
                container.remove(v=True, force=True)

    def _sweep(self, volumes: bool) -> None:
        """Remove what the rendered file no longer names: containers, networks, and volumes when asked."""
        mine: dict[str, str | list[str] | bool] = {"label": f"{PROJECT_LABEL}={self.project}"}
        with advised():
            for container in self.client.containers.list(all=True, filters=mine):
                container.remove(v=True, force=True)
            for network in self.client.networks.list(filters=mine):
                network.remove()
            for volume in self.client.volumes.list(filters=mine) if volumes else ():
                volume.remove()

    def _service(self, name: str) -> Service:
        return next(service for service in services(self.build) if service.name == name)

    def _restart_hash(self, service: Service) -> str:
        return restart_hash(service, self.build, self.secrets, program_digest(self.root, service))

    def _containers(self) -> dict[str, list[Container]]:
        """The project's containers by service. Raises Trouble when they are those of another working copy."""
        found: dict[str, list[Container]] = {}
        with advised():
            for one in self.client.containers.list(all=True, filters={"label": f"{PROJECT_LABEL}={self.project}"}):
                folder = one.labels.get(FOLDER_LABEL, "")
                if folder not in ("", str((self.build / PATH).parent)) and Path(folder).is_dir():
                    hint = "bring it down there, or give this stack another name in the spec"
                    raise Trouble(f"a stack called {self.project} already runs from {folder}", hint)
                found.setdefault(one.labels.get(SERVICE_LABEL) or str(one.name), []).append(one)
        return found

    def _compose(self, *arguments: str, **variables: str) -> None:
        """Run compose on the rendered file. What the user's environment says about compose projects does not count."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")}
        command = ("docker", "compose", "--ansi", "never", "-p", self.project, "-f", str(self.build / PATH), *arguments)
        done = subprocess.run(
            command,
            env={**environ, "DOCKER_HOST": endpoint(), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise advice(done.stderr or done.stdout)

    def _not_healthy(self, late: tuple[str, ...], told: dict[str, Progress], seconds: float) -> Trouble:
        lines = []
        for name in late:
            detail = told[name].detail if name in told else "absent"
            lines.append(f"{name} is not healthy after {seconds:.0f} s: {detail}")
            with suppress(Trouble):
                lines.extend(f"    {line}" for line in self.logs(name, follow=False, lines=5))
        return Trouble("\n".join(lines), f"see all of it: specola logs {late[0]}")
