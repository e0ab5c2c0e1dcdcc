"""Several Prometheus and several Alertmanagers: what each is called, where it listens, and who is told of whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from compose import reload
from compose.backend import Desired
from compose.health import Question
from compose.plan import plan
from compose.smoke import delivery, metrics
from generator import alertmanager, grafana_sources, loki, processes, prometheus, units
from generator.render import render
from generator.runtime import DOCKER, NATIVE, RUNTIMES, Runtime
from rules.groups import groups
from spec.instances import MOST, REPLICATED
from tests.unit.small_stack import small_stack
from tests.unit.smoked import impatient, world
from tests.unit.test_smoke_checks import rules_of

if TYPE_CHECKING:
    from spec.stack import Stack


def stack(alertmanagers: int = 2, prometheuses: int = 2, **changes: Any) -> Stack:
    components = {"alertmanager": {"replicas": alertmanagers}, "prometheus": {"replicas": prometheuses}}
    return small_stack(components=components, **changes)


def rows(of: Stack) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in processes.rows(of)}


def services(of: Stack) -> dict[str, dict[str, Any]]:
    (artefact,) = units.render(of)
    found: dict[str, dict[str, Any]] = yaml.safe_load(artefact.content)["services"]
    return found


def cluster(words: list[str]) -> list[str]:
    return [word for word in words if word.startswith("--cluster")]


# What runs


def test_one_of_each_is_rendered_as_if_there_were_no_replicas() -> None:
    of_one = stack(1, 1)
    assert [artefact.path for artefact in render(of_one) if "-2" in artefact.path] == []
    assert [row["name"] for row in rows(of_one).values() if "component" in row] == []
    assert "alert_relabel_configs" not in prometheus.config(of_one, NATIVE)["alerting"]
    assert cluster(rows(of_one)["alertmanager"]["args"]) == ["--cluster.listen-address="]


def test_each_has_a_name_a_port_and_data_of_its_own() -> None:
    found = rows(stack())
    one, other = found["prometheus"], found["prometheus-2"]
    assert (other["title"], other["component"], other["program"]) == ("Prometheus 2", "prometheus", "prometheus")
    assert [port["port"] for port in other["ports"]] == [9190]
    assert other["health"]["url"] == "http://127.0.0.1:9190/-/ready"
    assert other["reload"] == {"post": "http://127.0.0.1:9190/-/reload"}
    assert other["reload_files"] == ["native/prometheus-2/", "rules/"]
    assert {"--storage.tsdb.path={data}/prometheus-2", "--web.external-url=http://127.0.0.1:9190"} <= set(other["args"])
    assert one["secrets"] == other["secrets"]
    assert one["after"] == ["alertmanager", "alertmanager-2"]
    assert other["after"] == ["alertmanager", "alertmanager-2", "prometheus"]
    assert found["grafana"]["needs"] == ["prometheus", "prometheus-2"]


def test_alertmanagers_find_each_other_on_loopback() -> None:
    found = rows(stack(3, network={"offset": 1000, "listen": "::1"}))
    assert cluster(found["alertmanager-2"]["args"]) == [
        "--cluster.listen-address=127.0.0.1:10194", "--cluster.peer=127.0.0.1:10094", "--cluster.peer=127.0.0.1:10294",
    ]  # fmt: skip
    assert [tuple(port.values()) for port in found["alertmanager-2"]["ports"]] == [
        ("::1", 10193, "tcp", "http"), ("127.0.0.1", 10194, "gossip", "tcp"), ("127.0.0.1", 10194, "gossip", "udp"),
    ]  # fmt: skip
    configs = {row["args"][0] for name, row in found.items() if name.startswith("alertmanager")}
    assert configs == {"--config.file={build}/native/alertmanager/alertmanager.yml"}


def test_containers_find_each_other_by_name_and_publish_no_gossip() -> None:
    found = services(stack())
    assert cluster(found["alertmanager-2"]["command"]) == [
        "--cluster.listen-address=0.0.0.0:9094", "--cluster.peer=alertmanager:9094",
    ]  # fmt: skip
    published = {name: [port["published"] for port in found[name]["ports"]] for name in found}
    assert (published["alertmanager"], published["alertmanager-2"]) == (["9093"], ["9193"])
    volumes = [one["source"] for one in found["prometheus-2"]["volumes"] if one["type"] == "volume"]
    assert volumes == ["prometheus-2"]
    assert found["prometheus-2"]["x-specola"]["component"] == "prometheus"
    assert set(found["prometheus"]["depends_on"]) == {"alertmanager", "alertmanager-2"}


def test_both_runtimes_run_the_same() -> None:
    assert list(rows(stack(MOST, MOST))) == list(services(stack(MOST, MOST)))


def test_as_many_as_there_can_be_share_no_port() -> None:
    of = stack(MOST, MOST, simulation={"enabled": True})
    ports = [(port["port"], port["protocol"]) for row in rows(of).values() for port in row["ports"]]
    assert len(set(ports)) == len(ports) > 2 * MOST * len(REPLICATED)


# Who is told of whom


@pytest.mark.parametrize(("runtime", "alertmanagers", "prometheuses"), [
    (NATIVE, ["127.0.0.1:9093", "127.0.0.1:9193"], ["127.0.0.1:9090", "127.0.0.1:9190"]),
    (DOCKER, ["alertmanager:9093", "alertmanager-2:9093"], ["prometheus:9090", "prometheus-2:9090"]),
])  # fmt: skip
def test_every_prometheus_and_loki_tell_every_alertmanager(
    runtime: Runtime, alertmanagers: list[str], prometheuses: list[str]
) -> None:
    of = stack()
    for one in of.instances("prometheus"):
        data = prometheus.config(of, runtime, one)
        assert data["alerting"]["alertmanagers"][0]["static_configs"] == [{"targets": alertmanagers}]
        jobs = {job["job_name"]: job["static_configs"] for job in data["scrape_configs"] if "static_configs" in job}
        assert [each["targets"] for each in jobs["monitoring-alertmanager"]] == [[one] for one in alertmanagers]
        assert [each["targets"] for each in jobs["monitoring-prometheus"]] == [[one] for one in prometheuses]
    assert loki.config(of, runtime)["ruler"]["alertmanager_url"] == ",".join(f"http://{one}" for one in alertmanagers)


def test_one_that_leaves_the_others_is_given_the_time_for_it() -> None:
    assert [rows(stack(count))["alertmanager"]["stop_seconds"] for count in (1, 2)] == [10, 20]
    assert [services(stack(count))["alertmanager"]["stop_grace_period"] for count in (1, 2)] == ["10s", "20s"]


def test_what_is_scraped_is_called_by_name_and_port_in_both_runtimes() -> None:
    for runtime in RUNTIMES:
        jobs = prometheus.config(stack(), runtime)["scrape_configs"]
        found = next(job["static_configs"] for job in jobs if job["job_name"] == "monitoring-alertmanager")
        names = [one["labels"].get("instance", one["targets"][0]) for one in found]
        assert names == ["alertmanager:9093", "alertmanager-2:9193"]


def test_what_is_written_elsewhere_says_which_wrote_it_and_alerts_do_not() -> None:
    of = stack(1, 2)
    both = [prometheus.config(of, NATIVE, one) for one in of.instances("prometheus")]
    assert [one["global"]["external_labels"]["replica"] for one in both] == ["prometheus", "prometheus-2"]
    assert {repr(one["alerting"]["alert_relabel_configs"]) for one in both} == {
        "[{'regex': 'replica', 'action': 'labeldrop'}]"
    }
    assert "replica" not in prometheus.config(stack(2, 1), NATIVE)["global"]["external_labels"]


def test_figures_from_lines_go_to_every_prometheus() -> None:
    of = small_stack({"indicators": {"lines": {"rate": {}}}}, components={"prometheus": {"replicas": 2}})
    clients = loki.config(of, DOCKER)["ruler"]["remote_write"]["clients"]
    assert {name: client["url"] for name, client in clients.items()} == {
        "prometheus": "http://prometheus:9090/api/v1/write", "prometheus-2": "http://prometheus-2:9090/api/v1/write",
    }  # fmt: skip


def test_the_others_can_be_looked_at_in_grafana() -> None:
    sources = grafana_sources.data_sources(stack(2, 3), DOCKER)["datasources"]
    assert [(one["name"], one["uid"], one["url"]) for one in sources if one["type"] == "prometheus"] == [
        ("Prometheus", "prometheus", "http://prometheus:9090"),
        ("Prometheus 2", "prometheus2", "http://prometheus-2:9090"),
        ("Prometheus 3", "prometheus3", "http://prometheus-3:9090"),
    ]
    assert [one["name"] for one in sources if one.get("isDefault")] == ["Prometheus"]


def test_all_alertmanagers_read_the_same_file() -> None:
    assert [one.path for one in alertmanager.render(stack(3))] == [one.path for one in alertmanager.render(stack(1))]


# Running


def test_a_component_is_started_with_all_its_instances_and_an_instance_alone() -> None:
    wanted = [Desired(name, "", "", component="alertmanager") for name in ("alertmanager", "alertmanager-2")]
    steps = {
        only: [step.component for step in plan(wanted, (), (only,))] for only in ("alertmanager", "alertmanager-2")
    }
    assert steps == {"alertmanager": ["alertmanager", "alertmanager-2"], "alertmanager-2": ["alertmanager-2"]}


def test_a_copy_that_is_reloaded_proves_it_as_the_first_does(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setitem(reload.VERIFIED, "alertmanager", lambda target: asked.append(target.name))
    question = Question("alertmanager-2", "http://127.0.0.1:1/-/ready")
    reload.reload(reload.Target(question, Path("a.yml"), Path("rules"), lambda: None, "alertmanager"))
    assert asked == ["alertmanager-2"]


# Smoke


def alertmanager_in(state: str, name: str, *peers: str, heard: bool = True, **more: Any) -> dict[str, Any]:
    found = {"status": state, "name": name, "peers": [{"name": peer} for peer in peers]}
    alerts: list[dict[str, Any]] = [{"labels": {}}] if heard else []
    return {"/api/v2/alerts": alerts, "/api/v2/status": {"cluster": found}, **more}


@pytest.mark.parametrize(("second", "problems"), [
    (alertmanager_in("ready", "b", "a", "b"), ()),
    (alertmanager_in("settling", "b", "a", "b"), ("Alertmanager-2 is settling, and sees 2 of 2 Alertmanagers",)),
    (alertmanager_in("ready", "b", "b"), ("Alertmanager-2 is ready, and sees 1 of 2 Alertmanagers",)),
    (alertmanager_in("ready", "b", "a", "b", heard=False),
     ("Alertmanager-2 has not received the watchdog from Prometheus",)),
])  # fmt: skip
def test_every_alertmanager_hears_of_alerts_and_of_the_others(
    tmp_path: Path, second: dict[str, Any], problems: tuple[str, ...]
) -> None:
    answers = {"alertmanager": alertmanager_in("ready", "a", "a", "b"), "alertmanager-2": second}
    assert delivery.watchdog(world(tmp_path, stack(2, 1), (), **answers)).problems == problems


@pytest.mark.parametrize(("first", "second", "sender"), [
    ("a", "b", "alertmanager"),
    ("b", "a", "alertmanager-2"),
    ("", "b", "alertmanager-2"),
])  # fmt: skip
def test_the_test_alert_is_given_to_the_one_that_need_not_wait(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: str, second: str, sender: str
) -> None:
    impatient(monkeypatch)
    sent: list[str] = []

    def taking(which: str, name: str) -> dict[str, Any]:
        alerts: dict[str, Any] = {"/api/v2/alerts": lambda body: sent.append(which)}
        return alertmanager_in("ready", name, "a", "b") | alerts if name else {"down": True}

    answers = {"alertmanager": taking("alertmanager", first), "alertmanager-2": taking("alertmanager-2", second)}
    delivery.delivery(world(tmp_path, stack(2, 1), (), inbox={"/messages": lambda **_: []}, **answers))
    assert sent == [sender, sender]


def test_every_prometheus_has_to_have_the_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    impatient(monkeypatch)
    of = stack(1, 2)
    found = metrics.rules(
        world(tmp_path, of, (), prometheus=rules_of(of), **{"prometheus-2": rules_of(of, without="shop")})
    )
    assert found.problems == ("prometheus-2: rule group shop is not loaded",)
    assert found.counts["groups"] == len(groups(of))
