"""What the real Grafana refuses, at its start and while it runs, comes back to file, line and column of the spec."""

from __future__ import annotations

import secrets
import shutil
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from compose import tools
from compose.clients import Clients
from compose.smoke import grafana, panels
from compose.smoke.check import World
from compose.table import Folders
from generator import grafana as rendering
from generator.render import render
from spec.load import Loaded, load
from tests.integration.observed import REPOSITORY, need, running, until, write
from tests.mistakes.test_mistakes import BASE
from tests.offsets import free_offset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.grafana
SECRETS = ("grafana-admin", "grafana-secret-key", "prometheus-password", "alertmanager-password")
FREE = "sum by (service) (shop_queue{$scope})"
WRONG = 'label_replace(shop_queue{$scope}, "9", "", "job", "")'
"""A label's name that Prometheus refuses only when it evaluates the expression."""
DARK = "stack.yaml:10:13: components: data source {} answers 502 through Grafana: dial tcp 127.0.0.1:{}: connect: connection refused"


class Site:
    """A project that is rendered, and what Grafana has printed of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        settings = (f"network.offset={free_offset()}", "components.loki.enabled=false", "access.basic_auth=false")
        self.loaded: Loaded = load(root / "stack.yaml", settings=settings)
        write(render(self.loaded.stack), root / "build")
        for name in SECRETS:
            path = root / "secrets" / name
            path.parent.mkdir(exist_ok=True, mode=0o700)
            path.write_text(secrets.token_urlsafe(24))
            path.chmod(0o600)
        self.folders = Folders(root)
        self.output = self.folders.data / "grafana/output.log"

    @property
    def world(self) -> World:
        made = World(self.loaded.stack, self.root / "build", Clients(self.loaded.stack, self.root))
        return replace(made, log=self._lines, tree=self.loaded.tree, absent=frozenset({"loki"}))

    def _lines(self, _: str) -> list[str]:
        return self.output.read_text(errors="replace").splitlines()

    def port(self, component: str) -> int:
        return self.loaded.stack.port(component)

    @contextmanager
    def up(self) -> Iterator[None]:
        env = {
            name: self.folders.expand(value) for name, value in rendering.native_environment(self.loaded.stack).items()
        }
        command = [*need("grafana"), f"--config={self.root}/build/native/grafana/grafana.ini"]
        with running(command, env, self.output.parent, f"http://127.0.0.1:{self.port('grafana')}/api/health"):
            yield


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "services/shop.yaml"
    text = path.read_text()
    assert text.count(FREE) == 1
    path.write_text(text.replace(f"'{FREE}'", f"'{WRONG}'"))
    return tmp_path


@contextmanager
def prometheus(site: Site) -> Iterator[None]:
    """An empty one, where the data source expects it."""
    folder = site.root / "prometheus"
    folder.mkdir()
    (folder / "prometheus.yml").write_text("{}\n")
    url = f"127.0.0.1:{site.port('prometheus')}"
    words = [
        *need("prometheus"),
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address={url}",
    ]
    with running(words, {}, folder, f"http://{url}/-/ready"):
        yield


def test_a_dashboard_that_grafana_refuses_is_told_at_its_start_and_by_smoke(project: Path) -> None:
    site = Site(project)
    board = project / "build/dashboards/web/shop__own.json"
    board.write_text(board.read_text().replace('"title": "Own dashboard"', '"title": ""'))
    refused = (
        "services/shop.yaml:42:5: dashboards[0]: Grafana refuses dashboards/web/shop__own.json: "
        "Dashboard title cannot be empty",
    )
    began = datetime.now(UTC)
    with site.up():
        assert grafana.taken_up(replace(site.world, deadline=time.monotonic() + 30), began) == refused
        found = grafana.dashboards(site.world)
        assert found.problems == refused
        assert found.counts["served"] == found.counts["total"] - 1
        dark = grafana.datasources(site.world).problems
        assert dark[0] == DARK.format("prometheus", site.port("prometheus"))
        assert dark[1].startswith("stack.yaml:10:13: components: data source alertmanager answers ")


def test_settings_that_end_grafana_name_the_component(project: Path) -> None:
    site = Site(project)
    path = project / "build/native/grafana/provisioning/datasources/specola.yaml"
    path.write_text(path.read_text().replace("uid: alertmanager", "uid: prometheus"))
    began = datetime.now(UTC)
    with pytest.raises(AssertionError, match="ended with 1"), site.up():
        pass
    assert grafana.last_words(site.world, began) == (
        "stack.yaml:10:13: components: Grafana ends: Failed to provision data sources: "
        "Datasource provisioning error: data source with the same uid already exists",
    )


def test_a_query_that_fails_names_the_expression(project: Path) -> None:
    if tools.missing(("prometheus",), REPOSITORY):
        pytest.skip("prometheus is not installed (make setup)")
    site = Site(project)
    with ExitStack() as open_:
        open_.enter_context(prometheus(site))
        open_.enter_context(site.up())
        until(lambda: grafana.dashboards(site.world).ok)
        own = [problem for problem in panels.panels(site.world).problems if "shop__own: Free" in problem]
    assert own == [
        "services/shop.yaml:26:18: indicators.free.promql: shop__own: Free: Prometheus says: "
        "execution: invalid destination label name in label_replace(): 9"
    ]
