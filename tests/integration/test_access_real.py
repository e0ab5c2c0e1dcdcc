"""Who may do what in a real Grafana: people, programs and teams come from the spec, and may no more than it says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from compose import secrets, stage
from compose.access.converge import converge
from compose.clients import Client
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
OWNERS = {"sales": {"title": "Sales", "contact": "sales@example.org"}, "audit": {"title": "Audit"}}
ACCESS = {
    "users": {
        "anna": {"title": "Anna", "email": "anna@example.org", "role": "viewer", "teams": ["sales"]},
        "boris": {"title": "Boris", "role": "editor"},
        "clara": {"title": "Clara", "role": "admin"},
        "dora": {"title": "Dora", "role": "viewer"},
    },
    "service_accounts": {"reports": {"title": "Weekly report", "role": "viewer"}},
    "private_folders": True,
}


def stack_with(offset: int, **changes: Any) -> Stack:
    off = {"loki": {"enabled": False}}
    return small_stack(network={"offset": offset}, components=off, owners=OWNERS, access={**ACCESS, **changes})


class Site:
    """A running Grafana of a working copy, and what `up` last changed in it."""

    def __init__(self, root: Path, offset: int) -> None:
        self.root, self.offset = root, offset
        self.url = f"http://127.0.0.1:{3000 + offset}"
        self.client = Client("grafana", self.url, "admin", secrets.read(root, "grafana-admin"))

    def bring(self, **changes: Any) -> list[str]:
        told: list[str] = []
        stack = stack_with(self.offset, **changes)
        converge(
            self.client, self.root, stack, lambda change: told.append(f"{change.kind} {change.what}: {change.reason}")
        )
        return told

    def login(self, name: str) -> str:
        return f"{name}:{secrets.read(self.root, f'grafana-user-{name}')}"

    def status(self, who: str, path: str, **body: Any) -> int:
        return ask(f"{self.url}{path}", self.login(who), body or None).status


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root, offset = tmp_path_factory.mktemp("access"), free_offset()
    stack = stack_with(offset)
    write(grafana.render(stack), root / "build")
    stage.lay_secrets(root, stack, "native")
    for folder, uid in (("home", "home"), ("sales", "shop-overview")):
        (root / "build/dashboards" / folder).mkdir(parents=True)
        text = json.dumps({"uid": uid, "title": uid, "schemaVersion": 37, "panels": []})
        (root / f"build/dashboards/{folder}/{uid}.json").write_text(text)
    folders = Folders(root)
    env = {name: folders.expand(value) for name, value in grafana.native_environment(stack).items()}
    command = [*need("grafana"), f"--config={root}/build/native/grafana/grafana.ini"]
    url = f"http://127.0.0.1:{stack.port('grafana')}"
    with running(command, env, folders.data / "grafana", f"{url}/api/health"):
        found = Site(root, offset)
        until(lambda: len(found.client.get("/api/search", type="dash-db")) == 2)
        yield found


def test_the_first_time_makes_all_and_the_second_nothing(site: Site) -> None:
    told = site.bring()
    assert told[:6] == [
        "add user anna: Anna, viewer", "add user boris: Boris, editor", "add user clara: Clara, admin",
        "add user dora: Dora, viewer", "add service account reports: Weekly report, viewer", "add team Sales: owns services",
    ]  # fmt: skip
    assert "change team Sales: with anna" in told
    assert "change folder Sales: who may do what" in told
    assert site.bring() == []


def test_each_role_may_what_it_may_and_no_more(site: Site) -> None:
    site.bring()
    everyone = ("anna", "boris", "clara", "dora")
    assert [site.status(who, "/api/dashboards/uid/home") for who in everyone] == [200] * 4
    assert [site.status(who, "/api/dashboards/uid/shop-overview") for who in everyone] == [200, 403, 200, 403]
    source = {"name": "another", "type": "prometheus", "access": "proxy", "url": "http://127.0.0.1:9"}
    assert [site.status(who, "/api/datasources", **source) for who in everyone] == [403, 403, 200, 403]
    assert [site.status(who, "/api/org/users") for who in everyone] == [403, 403, 200, 403]
    assert [site.status(who, "/api/admin/settings") for who in everyone] == [403] * 4
    made = {who: {"dashboard": {"title": who, "panels": []}, "folderUid": folder_uid("sales")} for who in everyone}
    answers = {who: site.status(who, "/api/dashboards/db", **made[who]) for who in everyone}
    assert {who for who, status in answers.items() if status == 200} == {"anna", "clara"}
    # To an editor who cannot see the folder, Grafana 9.4 says that it failed to check it.
    assert {answers["boris"], answers["dora"]} <= {403, 500}
    assert {found["title"] for found in site.client.get("/api/search", type="dash-db")} >= {"anna", "clara"}
    assert not {"boris", "dora"} & {found["title"] for found in site.client.get("/api/search", type="dash-db")}
    provisioned = {"dashboard": {"uid": "shop-overview", "title": "shop-overview", "panels": []}, "overwrite": True}
    assert site.status("clara", "/api/dashboards/db", **provisioned) in (400, 412)


def test_the_door_is_shut(site: Site) -> None:
    site.bring()
    for who in (None, "anna:", "anna:anna", "admin:admin", "reports:"):
        assert ask(f"{site.url}/api/search", *([who] if who else [])).status == 401, who


def test_a_program_comes_in_with_its_token(site: Site) -> None:
    site.bring()
    token = secrets.read(site.root, "grafana-token-reports")
    program = replace(site.client, user="api_key", password=token)
    assert program.ask("GET", "/api/dashboards/uid/home").status_code == 200
    assert program.ask("GET", "/api/org/users").status_code == 403
    secrets.remove(site.root, "grafana-token-reports")
    assert site.bring() == ["change service account reports: its token is not here: a new one"]
    assert secrets.read(site.root, "grafana-token-reports") != token


def test_what_the_spec_changes_is_changed_and_what_it_drops_is_gone(site: Site) -> None:
    site.bring()
    hand_made = {"login": "eve", "name": "Eve", "password": "by hand, not by us"}
    assert site.client.ask("POST", "/api/admin/users", json=hand_made).ok
    users = {name: user for name, user in ACCESS["users"].items() if name != "dora"}  # type: ignore[attr-defined]
    users["boris"] = {"title": "Boris B.", "role": "viewer", "teams": ["audit"]}
    told = site.bring(users=users, service_accounts={}, private_folders=False)
    assert told == [
        "change user boris: editor → viewer", "change user boris: name or address",
        "remove user dora: no longer in the spec", "remove service account reports: no longer in the spec",
        "change team Audit: with boris", "change folder Sales: who may do what",
    ]  # fmt: skip
    assert secrets.named(site.root, "grafana-user-") == {"anna", "boris", "clara"}
    until(lambda: site.status("boris", "/api/dashboards/uid/shop-overview") == 200)
    assert "eve" in {user["login"] for user in site.client.get("/api/org/users")}


def test_no_secret_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    told = " ".join(site.bring(users={**ACCESS["users"], "fred": {"title": "Fred"}}))  # type: ignore[dict-item]
    assert "add user fred: Fred, viewer" in told
    assert secrets.read(site.root, "grafana-user-fred") not in told + capsys.readouterr().out
    assert {path.stat().st_mode & 0o777 for path in (site.root / "secrets").iterdir()} == {0o600}
