"""Drift of a real Grafana: somebody edits, adds and deletes; it is told, brought back into the spec, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.integration.observed import need, until
from tests.integration.working_copy import REPOSITORY, Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.grafana, pytest.mark.tools, pytest.mark.slow]


class Grafana:
    """The Grafana of a project, as its admin sees it."""

    def __init__(self, project: Copy) -> None:
        self.url = f"http://127.0.0.1:{project.port(3000)}"
        self.auth = ("admin", project.secrets()["grafana-admin"])

    def ask(self, method: str, path: str, body: object = None) -> requests.Response:
        return requests.request(method, self.url + path, json=body, auth=self.auth, timeout=10)

    def edit(self, uid: str, **changes: Any) -> None:
        """Save a dashboard with other titles and thresholds of its panels."""
        found = self.ask("GET", f"/api/dashboards/uid/{uid}").json()
        for panel in found["dashboard"]["panels"]:
            if panel["title"] in ("Errors", "Failed requests"):
                panel["title"] = changes["title"]
                for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]:
                    step["value"] = changes["threshold"] if step["value"] == 0.05 else step["value"]
        body = {"dashboard": found["dashboard"], "folderUid": found["meta"]["folderUid"]}
        assert self.ask("POST", "/api/dashboards/db", body).status_code == 200


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    need("grafana")
    root = tmp_path_factory.mktemp("team") / "monitoring"
    root.mkdir()
    (root / ".tools").symlink_to(REPOSITORY / ".tools")
    copy = Copy(root, ("access.edit_in_grafana=true", "components.loki.enabled=false"))
    try:
        assert copy.run("init").code == 0
        begun = copy.up("grafana")
        assert begun.code == 0, begun
        until(lambda: len(Grafana(copy).ask("GET", "/api/search?type=dash-db").json()) >= 8)
        yield copy
    finally:
        copy.end()


def test_drift_is_told_brought_back_and_taken_back(project: Copy) -> None:
    assert project.run("drift").out == "every dashboard is as rendered\n"
    grafana = Grafana(project)
    grafana.edit("example-overview", title="Failed requests", threshold=0.08)
    assert grafana.ask("DELETE", "/api/dashboards/uid/example-alerts").status_code == 400  # it is provisioned
    folder = grafana.ask("GET", "/api/dashboards/uid/example-overview").json()["meta"]["folderUid"]
    mine = {"dashboard": {"uid": "mine", "title": "Mine", "panels": []}, "folderUid": folder}
    assert grafana.ask("POST", "/api/dashboards/db", mine).status_code == 200

    told = project.run("drift", "--format", "json")
    found = {one["uid"]: one for one in told.data["drift"]}
    assert (told.code, {uid: one["kind"] for uid, one in found.items()}) == (
        1, {"example-overview": "edited", "mine": "extra"},
    )  # fmt: skip
    assert {change["text"] for change in found["example-overview"]["changes"]} == {
        "Errors: title: 'Errors' → 'Failed requests'",
        "Errors: fieldConfig.defaults.thresholds.steps[1].value: 0.05 → 0.08",
    }

    assert project.run("drift", "--bring-back", "--save", str(project.root / "saved")).code == 1
    text = (project.root / "services/example.yaml").read_text()
    assert ("title: Failed requests}" in text, "above: 8%" in text) == (True, True)
    assert sorted(path.name for path in (project.root / "saved").iterdir()) == ["example-overview.json", "mine.json"]

    assert project.up("grafana").code == 0
    until(lambda: "example-overview" not in project.run("drift").out, 60)
    grafana.edit("example-overview", title="Once more", threshold=0.05)
    taken = project.run("drift", "--take-back")
    assert "example-overview is as rendered again" in taken.out
    left = project.run("drift", "--format", "json")
    assert [one["uid"] for one in left.data["drift"]] == ["mine"]
