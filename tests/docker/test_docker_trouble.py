"""What can go wrong between the command and the engine, and that the next command recovers."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from compose.docker_backend import DockerBackend
from compose.docker_engine import Choice, choose, endpoint
from compose.docker_table import services
from compose.fault import Trouble
from compose.plan import plan
from generator.unit import Limits, Publish
from tests.docker import stack
from tests.docker.life import containers, up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

UNITS = (stack.ALERTMANAGER, stack.BLACKBOX)


def test_a_broken_edit_keeps_the_old_configuration(backend: DockerBackend) -> None:
    stack.render(backend, units=(stack.ALERTMANAGER,))
    up(backend)
    stack.write(backend.build, "docker/alertmanager/alertmanager.yml", {"route": {"receiver": "nobody"}})
    with pytest.raises(Trouble, match='undefined receiver "nobody" used in route') as caught:
        up(backend)
    assert "alertmanager refuses the new configuration and keeps the old one" in caught.value.message
    stack.render(backend, units=(stack.ALERTMANAGER,))
    assert up(backend) == {"alertmanager": "keep"}, "the old file is back, and it never took up another"


def test_a_container_that_keeps_ending_is_given_up_early_with_its_log(backend: DockerBackend) -> None:
    stack.render(backend, units=(stack.BLACKBOX,))
    stack.write(backend.build, "docker/blackbox/blackbox.yml", {"nonsense": 1})
    begin = time.monotonic()
    with pytest.raises(Trouble, match="field nonsense not found") as caught:
        up(backend)
    assert "blackbox is not healthy after" in caught.value.message
    assert time.monotonic() - begin < 30
    stack.render(backend, units=(stack.BLACKBOX,))
    assert up(backend)["blackbox"] in ("restart", "reload"), "the engine may have tried again before us"


def test_an_interrupted_up_is_repaired_by_the_next(engine: DockerClient, backend: DockerBackend) -> None:
    stack.render(backend, units=UNITS)
    script = (
        "from pathlib import Path; from compose.docker_backend import DockerBackend; from tests.docker.life import up;"
        f"up(DockerBackend(Path({str(backend.root)!r}), {backend.project!r}))"
    )
    child = subprocess.Popen([sys.executable, "-c", script], start_new_session=True, stderr=subprocess.DEVNULL)
    while not containers(engine, backend) and child.poll() is None:
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGINT)
    assert child.wait(20) != 0
    up(backend)
    assert {name: one.status for name, one in containers(engine, backend).items()} == {
        "alertmanager": "running",
        "blackbox": "running",
    }
    assert set(up(backend).values()) == {"keep"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # docker leaves a refused socket open
def test_an_engine_that_goes_half_way(backend: DockerBackend, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.render(backend, units=UNITS)
    monkeypatch.setenv("DOCKER_HOST", relay.address)
    through = DockerBackend(backend.root, backend.project)
    steps = plan(through.desired(), through.observe())
    through.prepare(steps)
    through.apply(steps[0])
    relay.close()
    with pytest.raises(Trouble, match="no container engine answers") as caught:
        through.apply(steps[1])
    assert "start it (systemctl start docker)" in caught.value.hint
    with pytest.raises(Trouble, match="no container engine answers"):
        through.observe()
    through.client.close()
    gc.collect()
    monkeypatch.setenv("DOCKER_HOST", relay.target)
    assert up(backend) == {"alertmanager": "keep", "blackbox": "start"}


def test_a_taken_port_is_named_with_its_holder(backend: DockerBackend) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        stack.render(backend, units=(stack.changed(stack.ALERTMANAGER, ports=(Publish(port, 9093),)),))
        message = rf"port {port} on 127.0.0.1, wanted by alertmanager, is held by pid {os.getpid()}"
        with pytest.raises(Trouble, match=message):
            up(backend)


def test_an_image_from_nowhere(backend: DockerBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECOLA_IMAGE_BLACKBOX", "localhost:1/nobody/blackbox:v0")
    stack.render(backend, units=UNITS)
    images = tuple(service.image for service in services(backend.build))
    reason = "image localhost:1/nobody/blackbox:v0 of blackbox is not here and cannot be pulled"
    choice = choose("auto", images)
    assert (choice.name, choice.why.startswith(f"docker cannot be used: {reason}")) == ("native", True)
    with pytest.raises(Trouble, match=reason):
        choose("docker", images)
    with pytest.raises(Trouble, match=reason):
        up(backend)
    assert [one.state for one in backend.observe()] == ["absent", "absent"], "nothing was touched"


def test_docker_is_chosen_where_everything_is_there(backend: DockerBackend) -> None:
    stack.render(backend, units=UNITS)
    choice = choose("auto", tuple(service.image for service in services(backend.build)))
    assert choice.name == "docker"
    assert choice.why.endswith("all 2 images here")
    assert choose("native", ()) == Choice("native", "asked for")


def test_missing_files_and_secrets_are_told_together(backend: DockerBackend) -> None:
    stack.render(backend, units=(stack.PROMETHEUS, stack.ALERTMANAGER))
    (backend.secrets / "prometheus-password").unlink()
    stack.remove(backend.build, "docker/alertmanager")
    with pytest.raises(Trouble) as caught:
        up(backend)
    assert caught.value.message.splitlines() == [
        f"prometheus needs {backend.secrets}/prometheus-password, which is not there",
        f"alertmanager needs {backend.build}/docker/alertmanager, which is not there",
    ]


def test_a_stack_of_another_working_copy_is_left_alone(backend: DockerBackend, tmp_path: Path) -> None:
    stack.render(backend, units=(stack.BLACKBOX,))
    up(backend)
    other = DockerBackend(tmp_path / "other", backend.project)
    stack.render(other, units=(stack.BLACKBOX,))
    for method in (other.observe, lambda: other.down(volumes=True)):
        with pytest.raises(Trouble, match=f"a stack called {backend.project} already runs from {backend.build}/docker"):
            method()
    assert up(backend) == {"blackbox": "keep"}


def test_down_without_the_rendered_file(engine: DockerClient, backend: DockerBackend) -> None:
    stack.render(backend, units=UNITS)
    up(backend)
    stack.remove(backend.root, "build")
    backend.down(volumes=True)
    assert containers(engine, backend) == {}
    backend.down(volumes=True)


def test_more_processors_than_the_machine_has(backend: DockerBackend) -> None:
    stack.render(backend, units=(stack.changed(stack.BLACKBOX, limits=Limits(cpus=4096)),))
    with pytest.raises(Trouble, match="a limit asks for more processors than this machine has"):
        up(backend)


class Relay:
    """A socket that passes everything on to the engine until it is closed, as an engine that stops does."""

    def __init__(self, path: Path, target: str) -> None:
        self.address, self.target = f"unix://{path}", target
        self._path, self._open = path, list[socket.socket]()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        for one in (self._server, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(self.target.removeprefix("unix://"))
                self._open += [client, engine]
                for source, sink in ((client, engine), (engine, client)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay(engine: DockerClient, tmp_path: Path) -> Iterator[Relay]:
    target = endpoint()
    if not target.startswith("unix://"):
        pytest.skip(f"the relay passes on a unix socket, and the engine is at {target}")
    made = Relay(tmp_path / "relay.sock", target)
    yield made
    made.close()
