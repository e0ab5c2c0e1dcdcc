"""A container engine with stand-in images, and working copies that are taken down whatever happens."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compose.docker_backend import DockerBackend
from compose.docker_engine import compose_version, connect
from compose.fault import Trouble
from tests.docker import images

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from docker import DockerClient

REQUIRE = "SPECOLA_REQUIRE_DOCKER"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs an engine."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    """The engine with every stand-in. Where there is none: a skip that says why, or a failure when one is required."""
    try:
        client = connect()
        compose_version()
        images.ensure(client)
    except Trouble as trouble:
        reason = f"no usable container engine: {trouble}"
        if os.environ.get(REQUIRE) == "1":
            pytest.fail(f"{REQUIRE}=1, but {reason}")
        pytest.skip(reason)
    yield client
    client.close()


@pytest.fixture
def standins(engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins instead of the pinned images, unless the environment already names others."""
    for name, reference in images.environment().items():
        monkeypatch.setenv(name, os.environ.get(name, reference))


@pytest.fixture
def backend(tmp_path: Path, standins: None, request: pytest.FixtureRequest) -> Iterator[DockerBackend]:
    """A backend on an empty working copy with a project of its own; its logs are shown when the test fails."""
    made = DockerBackend(tmp_path, f"specola-test-{uuid.uuid4().hex[:8]}")
    yield made
    try:
        if getattr(request.node, "failed", False):
            for seen in made.observe():
                with suppress(Trouble):
                    print(seen, *made.logs(seen.name, follow=False, lines=20), sep="\n    ")
    finally:
        made.down(volumes=True)
        made.client.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the fixtures whether the test has failed."""
    report = yield
    if report.when == "call" and report.failed:
        item.failed = True  # type: ignore[attr-defined]
    return report
