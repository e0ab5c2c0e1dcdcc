"""Loki: one binary, TSDB index, retention per stream, and the rules on log lines that its ruler evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.runtime import RUNTIMES, Runtime, inner_port, loopback
from generator.text import to_yaml
from rules.log_alerts import log_groups
from rules.words import grafana_url
from generator.rule_files import group_data
from generator.prometheus import own_auth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.logs import Logs
    from spec.stack import Stack

TENANT = "fake"
"""The folder Loki's ruler reads when it has a single tenant."""
RULES = f"loki/rules/{TENANT}"
SHORTEST_RETENTION_MS = 86_400_000


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`loki.yml` for each runtime, and the rule files that both share."""
    if not stack.enabled("loki"):
        return ()
    configs = (Artefact(f"{r.folder}/loki/loki.yml", to_yaml(config(stack, r))) for r in RUNTIMES)
    rules = (Artefact(f"{RULES}/{g.file}.yml", to_yaml({"groups": [group_data(g)]})) for g in log_groups(stack))
    return (*configs, *rules)


def config(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """The configuration as data. Natively paths come from the environment (`-config.expand-env=true`)."""
    data = "/loki" if runtime.name == "docker" else "${SPECOLA_DATA}"
    rules = "/etc/specola/loki/rules" if runtime.name == "docker" else "${SPECOLA_BUILD}/loki/rules"
    listen = "0.0.0.0" if runtime.name == "docker" else loopback(stack, "loki")  # noqa: S104 - inside its container
    storage = stack.spec.storage.logs
    port = inner_port("loki") if runtime.name == "docker" else stack.port("loki")
    return {
        "auth_enabled": False,
        "server": {
            "http_listen_address": listen, "http_listen_port": port, "grpc_listen_address": "127.0.0.1",
            "grpc_listen_port": port + GRPC_OFFSET, "log_level": "warn",
        },
        "common": {
            "path_prefix": data, "replication_factor": 1, "instance_addr": "127.0.0.1",
            "ring": {"instance_addr": "127.0.0.1", "kvstore": {"store": "inmemory"}},
        },
        "schema_config": {"configs": [{
            "from": "2024-01-01", "store": "tsdb", "object_store": "filesystem", "schema": "v13",
            "index": {"prefix": "index_", "period": "24h"},
        }]},
        "storage_config": {
            "use_thanos_objstore": True, "object_store": {"filesystem": {"dir": f"{data}/chunks"}},
            "tsdb_shipper": {"active_index_directory": f"{data}/tsdb-index", "cache_location": f"{data}/tsdb-cache"},
        },
        "compactor": {
            "working_directory": f"{data}/compactor", "retention_enabled": True, "delete_request_store": "filesystem",
            "retention_delete_delay": "2h", "compaction_interval": "10m",
        },
        "limits_config": _limits(stack),
        "ruler_storage": {"backend": "local", "local": {"directory": rules}},
        "ruler": _ruler(stack, runtime, data),
        "ingester": {"wal": {"dir": f"{data}/wal"}, "chunk_idle_period": "30m"},
        "analytics": {"reporting_enabled": False},
    }  # fmt: skip


GRPC_OFFSET = 1
"""Loki's gRPC port follows its HTTP port."""


def _limits(stack: Stack) -> dict[str, Any]:
    storage = stack.spec.storage.logs
    return {
        "retention_period": hours(storage.retention.ms),
        "retention_stream": list(_streams(stack)),
        "ingestion_rate_mb": round(storage.rate.bytes / 1e6, 3),
        "ingestion_burst_size_mb": round(storage.rate.bytes / 1e6 * 2, 3),
        "per_stream_rate_limit": f"{storage.rate_per_stream.bytes}B",
        "per_stream_rate_limit_burst": f"{storage.rate_per_stream.bytes * 3}B",
        "max_label_names_per_series": 15,
        "reject_old_samples": True,
        "reject_old_samples_max_age": "168h",
        "allow_structured_metadata": True,
        "volume_enabled": True,
        "discover_service_name": ["service"],
        "discover_log_levels": False,
        "max_query_length": "0h",
    }


def _streams(stack: Stack) -> Iterator[dict[str, Any]]:
    """A retention for each service, and higher-priority ones for its levels and categories that differ."""
    for service in stack.services:
        logs = service.spec.logs
        if logs is None:
            continue
        for matcher, kept in _kept(service.name, logs):
            if kept >= SHORTEST_RETENTION_MS:
                priority = matcher.count("=")
                yield {"selector": matcher, "priority": priority, "period": hours(kept)}


def _kept(service: str, logs: Logs) -> Iterator[tuple[str, int]]:
    if logs.keep is not None:
        yield f'{{service="{service}"}}', logs.keep.ms
    for keep in logs.keep_levels:
        yield f'{{service="{service}",level=~"{"|".join(keep.levels)}"}}', keep.keep.ms
    for category in logs.categories:
        if category.keep is not None:
            yield f'{{service="{service}",category="{category.name}"}}', category.keep.ms


def _ruler(stack: Stack, runtime: Runtime, data: str) -> dict[str, Any]:
    ruler: dict[str, Any] = {
        "enable_api": True, "external_url": grafana_url(stack), "rule_path": f"{data}/rules-temporary",
        "evaluation_interval": str(stack.spec.defaults.evaluation), "wal": {"dir": f"{data}/ruler-wal"},
    }  # fmt: skip
    if stack.enabled("alertmanager"):
        auth = own_auth(stack, runtime, "alertmanager")
        scheme = auth.get("scheme", "http")
        ruler |= {"alertmanager_url": f"{scheme}://{runtime.address(stack, 'alertmanager')}", "enable_alertmanager_v2": True}
        if "basic_auth" in auth:
            ruler["alertmanager_client"] = {
                "basic_auth_username": auth["basic_auth"]["username"], "basic_auth_password": "${SPECOLA_ALERTMANAGER_PASSWORD}",
            }  # fmt: skip
    return ruler


def hours(ms: int) -> str:
    """Loki's usual notation for retention."""
    return f"{ms // 3_600_000}h"
