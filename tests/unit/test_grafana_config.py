"""Grafana's settings and provisioning, and Loki's limits and retention, as data."""

from __future__ import annotations

import configparser
import re
from typing import Any

import pytest
import yaml

from generator import grafana, grafana_sources, loki
from generator.runtime import DOCKER, NATIVE, RUNTIMES, Runtime
from tests.unit.small_stack import small_stack

TLS = {"tls": {"certificate": "secrets/tls.crt", "key": "secrets/tls.key"}}


def ini(runtime: Runtime, **changes: Any) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    files = {artefact.path: artefact.content for artefact in grafana.render(small_stack(**changes))}
    parser.read_string(files[f"{runtime.folder}/grafana/grafana.ini"].decode())
    return parser


def source(uid: str, runtime: Runtime, **changes: Any) -> dict[str, Any]:
    sources = grafana_sources.data_sources(small_stack(**changes), runtime)["datasources"]
    return next(source for source in sources if source["uid"] == uid)


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_nobody_comes_in_unasked_and_nothing_is_told_outside(runtime: Runtime) -> None:
    settings = ini(runtime)
    off = (
        ("auth.anonymous", "enabled"), ("users", "allow_sign_up"), ("analytics", "reporting_enabled"),
        ("analytics", "check_for_updates"), ("analytics", "check_for_plugin_updates"), ("snapshots", "external_enabled"),
        ("news", "news_feed_enabled"), ("public_dashboards", "enabled"), ("unified_alerting", "execute_alerts"),
    )  # fmt: skip
    assert {settings.getboolean(section, key) for section, key in off} == {False}
    assert settings.getboolean("security", "disable_gravatar")


def test_secrets_are_expressions_for_files() -> None:
    assert ini(DOCKER)["security"]["admin_password"] == "$__file{/run/secrets/grafana-admin}"
    assert ini(NATIVE)["security"]["admin_password"] == "$__env{SPECOLA_GRAFANA_ADMIN}"
    environment = grafana.native_environment(small_stack())
    assert environment["SPECOLA_GRAFANA_ADMIN"] == "$__file{{secrets}/grafana-admin}"


@pytest.mark.parametrize("changes", [{}, {"access": TLS}, {"access": {"basic_auth": False}}])
def test_every_variable_of_the_native_files_is_in_the_environment(changes: dict[str, Any]) -> None:
    stack = small_stack(**changes)
    files = [artefact.content.decode() for artefact in grafana.render(stack) if artefact.path.startswith("native/")]
    used = {name for content in files for name in re.findall(r"\$__env\{(\w+)\}", content)}
    assert used <= set(grafana.native_environment(stack))


def test_with_a_certificate_all_is_https() -> None:
    settings = ini(DOCKER, access=TLS)
    assert settings["server"]["protocol"] == "https"
    assert settings["server"]["cert_file"] == "/run/secrets/tls-certificate"
    assert settings.getboolean("security", "cookie_secure")
    prometheus = source("prometheus", DOCKER, access=TLS)
    assert prometheus["url"] == "https://prometheus:9090"
    assert prometheus["secureJsonData"]["tlsCACert"] == "$__file{/run/secrets/tls-certificate}"
    assert source("loki", DOCKER, access=TLS)["url"] == "http://loki:3100"


def test_components_that_are_off_lose_their_data_source() -> None:
    stack = small_stack(components={"loki": {"enabled": False}, "alertmanager": {"enabled": False}})
    sources = grafana_sources.data_sources(stack, NATIVE)
    assert [entry["name"] for entry in sources["deleteDatasources"]] == ["Loki", "Alertmanager"]
    assert [entry["name"] for entry in sources["datasources"]] == ["Prometheus"]
    assert "alertmanagerUid" not in sources["datasources"][0]["jsonData"]
    assert grafana.render(small_stack(components={"grafana": {"enabled": False}})) == ()


def test_without_passwords_no_data_source_sends_one() -> None:
    assert "secureJsonData" not in source("prometheus", NATIVE, access={"basic_auth": False})


def test_a_provider_for_each_folder_with_a_uid_and_a_title_of_its_own() -> None:
    owners = {"sales": {"title": "All services"}, "a" * 60: {"title": "Money $ales"}}
    stack = small_stack(owners=owners, owner="a" * 60)
    providers = grafana_sources.providers(stack, NATIVE)["providers"]
    assert [provider["folder"] for provider in providers] == ["All services", "All services (sales)", "Money $$ales"]
    uids = [provider["folderUid"] for provider in providers]
    assert len(set(uids)) == 3
    assert all(len(uid) <= 40 for uid in uids)
    assert providers[1]["options"]["path"] == "$__env{SPECOLA_BUILD}/dashboards/sales"


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_provisioning_files_are_yaml_of_version_one(runtime: Runtime) -> None:
    files = [a for a in grafana.render(small_stack()) if a.path.startswith(f"{runtime.folder}/grafana/provisioning/")]
    assert {yaml.safe_load(artefact.content)["apiVersion"] for artefact in files} == {1}
    assert {artefact.path.split("/")[3] for artefact in files} >= {"datasources", "dashboards"}


def limits(**logs: object) -> dict[str, Any]:
    data: dict[str, Any] = loki.config(small_stack(logs), NATIVE)["limits_config"]
    return data


def test_levels_outlive_categories_and_categories_the_service() -> None:
    assert limits()["retention_stream"] == [
        {"selector": '{service="shop"}', "priority": 1, "period": "336h"},
        {"selector": '{service="shop",category="audit"}', "priority": 2, "period": "2160h"},
        {"selector": '{service="shop",level=~"ERROR|FATAL"}', "priority": 3, "period": "720h"},
    ]


def test_loki_keeps_nothing_for_less_than_a_day() -> None:
    assert limits(keep="1h")["retention_stream"][0]["period"] == "24h"


def test_the_ruler_comes_to_alertmanager_with_credentials_from_a_file() -> None:
    ruler = loki.config(small_stack(), DOCKER)["ruler"]
    assert ruler["alertmanager_client"] == {"type": "Basic", "credentials_file": "/run/secrets/alertmanager-basic"}
    assert ruler["external_labels"] == {"stack": "small", "environment": "development"}
    assert "alertmanager_client" not in loki.config(small_stack(access={"basic_auth": False}), NATIVE)["ruler"]
    assert (
        "alertmanager_url"
        not in loki.config(small_stack(components={"alertmanager": {"enabled": False}}), NATIVE)["ruler"]
    )
