"""Grafana with the rendered settings: who comes in, what it shows, and that no secret stands in its files."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING

import pytest

from compose.table import Folders
from generator import grafana
from generator.grafana_sources import folder_uid
from tests.integration.observed import ask, need, running, until, write
from tests.offsets import free_offset
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spec.stack import Stack

pytestmark = pytest.mark.grafana
NAMES = ("grafana-admin", "grafana-secret-key", "prometheus-password", "alertmanager-password")


def dashboard(uid: str, title: str) -> str:
    return json.dumps({"uid": uid, "title": title, "schemaVersion": 37, "panels": [], "tags": ["specola"]})


class Site:
    """A running Grafana and the folder of its working copy."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.url = root, url
        self.password = (root / "secrets/grafana-admin").read_text()

    @property
    def admin(self) -> str:
        return f"admin:{self.password}"


@pytest.fixture(scope="module")
def stack() -> Stack:
    return small_stack(network={"offset": free_offset()}, components={"loki": {"enabled": False}})


@pytest.fixture(scope="module")
def site(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("grafana")
    write(grafana.render(stack), root / "build")
    for name in NAMES:
        path = root / "secrets" / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.write_text(secrets.token_urlsafe(24))
        path.chmod(0o600)
    for folder, uid in (("home", "home"), ("sales", "shop-overview")):
        (root / "build/dashboards" / folder).mkdir(parents=True)
        (root / f"build/dashboards/{folder}/{uid}.json").write_text(dashboard(uid, uid.title()))
    folders = Folders(root)
    env = {name: folders.expand(value) for name, value in grafana.native_environment(stack).items()}
    command = [*need("grafana"), f"--config={root}/build/native/grafana/grafana.ini"]
    url = f"http://127.0.0.1:{stack.port('grafana')}"
    with running(command, env, folders.data / "grafana", f"{url}/api/health") as output:
        yield Site(root, url)
    said = output.read_text(errors="replace")
    assert [line for line in said.splitlines() if "level=error" in line and "logger=context" not in line] == []
    assert not any((root / "secrets" / name).read_text() in said for name in NAMES)


def test_only_the_generated_password_opens(site: Site) -> None:
    assert ask(f"{site.url}/api/org", site.admin).status == 200
    assert ask(f"{site.url}/api/org", "admin:admin").status == 401
    assert ask(f"{site.url}/api/org").status == 401
    assert ask(f"{site.url}/api/search").status == 401
    assert ask(f"{site.url}/api/user/signup", body={"email": "joe@example.org"}).status in (401, 404)


def test_no_file_of_ours_holds_a_secret(site: Site) -> None:
    contents = [path.read_text() for path in (site.root / "build").rglob("*") if path.is_file()]
    assert not any((site.root / "secrets" / name).read_text() in content for name in NAMES for content in contents)


def test_data_sources_have_their_uids_and_the_password_of_the_stack_s_own_user(site: Site) -> None:
    sources = {source["uid"]: source for source in ask(f"{site.url}/api/datasources", site.admin).data}
    assert set(sources) == {"prometheus", "alertmanager"}
    assert sources["prometheus"]["isDefault"]
    for uid in sources:
        one = ask(f"{site.url}/api/datasources/uid/{uid}", site.admin).data
        assert (one["basicAuthUser"], one["secureJsonFields"], one["readOnly"]) == (
            "specola", {"basicAuthPassword": True}, True,
        )  # fmt: skip


def test_dashboards_are_in_their_folders(site: Site) -> None:
    until(lambda: len(ask(f"{site.url}/api/search", site.admin, type="dash-db").data) == 2)
    found = {entry["uid"]: entry for entry in ask(f"{site.url}/api/search", site.admin, type="dash-db").data}
    assert {uid: (entry["folderUid"], entry["folderTitle"]) for uid, entry in found.items()} == {
        "home": (folder_uid("home"), "All services"),
        "shop-overview": (folder_uid("sales"), "Sales"),
    }


def test_home_is_the_catalogue(site: Site) -> None:
    assert ask(f"{site.url}/api/dashboards/home", site.admin).data["dashboard"]["title"] == "Home"


def test_a_changed_dashboard_is_taken_up_and_a_deleted_one_goes(site: Site) -> None:
    folder = site.root / "build/dashboards/sales"
    for uid in ("shop-alerts", "shop-extra"):
        draft = folder / f".{uid}"
        draft.write_text(dashboard(uid, uid.title()))
        os.replace(draft, folder / f"{uid}.json")  # noqa: PTH105 - as `render` writes it
    until(lambda: ask(f"{site.url}/api/dashboards/uid/shop-extra", site.admin).status == 200)
    (folder / "shop-extra.json").unlink()
    until(lambda: ask(f"{site.url}/api/dashboards/uid/shop-extra", site.admin).status == 404)
    assert ask(f"{site.url}/api/dashboards/uid/shop-alerts", site.admin).status == 200


def test_nothing_is_told_to_anybody_and_rules_are_not_evaluated_twice(site: Site) -> None:
    settings = ask(f"{site.url}/api/frontend/settings", site.admin).data
    assert settings["unifiedAlertingEnabled"]
    assert settings["disableUserSignUp"]
    told = ask(f"{site.url}/api/admin/settings", site.admin).data
    assert told["unified_alerting"]["execute_alerts"] == "false"
    assert {told["analytics"][key] for key in ("reporting_enabled", "check_for_updates")} == {"false"}
