"""Loki: how long which lines are kept, and the rules that its ruler evaluates."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator import loki
from generator.runtime import DOCKER, NATIVE, RUNTIMES, Runtime
from rules.log_alerts import log_groups
from tests.golden.small import ENVIRONMENTS, small
from tests.unit.small_stack import small_stack

HOUR = 3_600_000


def config(runtime: Runtime = DOCKER, environment: str = "production") -> dict[str, Any]:
    return loki.config(small(environment), runtime)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_files(environment: str) -> None:
    stack = small(environment)
    files = {artefact.path: yaml.safe_load(artefact.content) for artefact in loki.render(stack)}
    assert files.pop("loki/rules/fake/shop.yml")["groups"][0]["name"] == "shop-logs"
    assert files == {f"{r.name}/loki/loki.yml": loki.config(stack, r) for r in RUNTIMES}


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "24h"), (HOUR, "24h"), (24 * HOUR, "24h"), (36 * HOUR, "36h"), (14 * 24 * HOUR, "336h")]
)
def test_loki_keeps_nothing_shorter_than_a_day(ms: int, text: str) -> None:
    assert loki.hours(ms) == text


def test_a_level_is_kept_longer_than_its_category_and_that_longer_than_the_service() -> None:
    found = {one["selector"]: (one["priority"], one["period"]) for one in config()["limits_config"]["retention_stream"]}
    assert found == {
        '{service="jobs"}': (1, "168h"),
        '{service="shop"}': (1, "336h"),
        '{service="shop",category="security"}': (2, "2160h"),
        '{service="shop",level=~"ERROR|FATAL"}': (3, "720h"),
    }


def test_no_stream_is_kept_without_a_compactor_that_deletes() -> None:
    assert config()["compactor"]["retention_enabled"] is True
    assert config()["compactor"]["delete_request_store"] == "filesystem"
    assert config()["limits_config"]["retention_period"] == "336h"


def test_usage_is_not_reported_and_the_store_is_named() -> None:
    assert config()["analytics"] == {"reporting_enabled": False}
    assert config()["storage_config"]["use_thanos_objstore"] is True


@pytest.mark.parametrize(("runtime", "address", "port"), [(DOCKER, "0.0.0.0", 3100), (NATIVE, "127.0.0.1", 3200)])  # noqa: S104
def test_it_listens_on_loopback_unless_it_is_in_a_container(runtime: Runtime, address: str, port: int) -> None:
    server = config(runtime)["server"]
    assert (server["http_listen_address"], server["http_listen_port"]) == (address, port)


def test_the_ruler_tells_alertmanager_and_says_where_it_comes_from() -> None:
    ruler = config(environment="development")["ruler"]
    assert ruler["alertmanager_url"] == "http://alertmanager:9093"
    assert ruler["external_labels"]["environment"] == "development"
    assert config()["ruler"]["alertmanager_url"] == "https://alertmanager:9093"


@pytest.mark.parametrize(("alert", "expression"), [
    ("ErrorBurst", 'sum by (service) (rate({service="shop",level=~"ERROR|FATAL"}[5m])) > 0.5'),
    ("LoginsRefused", 'sum by (service) (rate({service="shop",category="security"} |= "login \\"refused\\""[5m])) > 0.1'),
    ("LogsSilent", 'sum by (service) (absent_over_time({service="shop"}[15m])) * 0'),
])  # fmt: skip
def test_rules_on_lines(alert: str, expression: str) -> None:
    (group,) = log_groups(small())
    assert {getattr(rule, "alert", ""): rule.expr for rule in group.rules}[alert] == expression


def test_a_stream_s_limit_is_never_reached_since_loki_drops_silently_there() -> None:
    rates = {"rate": "2MB", "rate_per_stream": "1MB"}
    limits = loki.config(small_stack(storage={"logs": rates}), NATIVE)["limits_config"]
    assert (limits["ingestion_rate_mb"], limits["per_stream_rate_limit"]) == (2.0, "8000000B")
    assert limits["shard_streams"] == {"enabled": False}


def test_lines_that_come_late_are_taken_and_found() -> None:
    assert config()["ingester"]["max_chunk_age"] == "24h"
    assert config()["ingester"]["query_store_max_look_back_period"] == "-1ns"
