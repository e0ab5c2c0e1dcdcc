"""Loki: one binary, TSDB index, retention per stream, and the rules on log lines that its ruler evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.rule_files import group_data
from generator.runtime import CERTIFICATE, RUNTIMES, Runtime, certified_name, inner_port
from generator.text import to_yaml
from rules.log_alerts import log_groups
from rules.log_records import recorded_lines
from rules.words import grafana_url
from spec import names
from spec.instances import instances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.logs import Logs
    from spec.stack import Stack

MOST_ENTRIES = 100_000
"""How many lines an answer may have."""
TENANT = "fake"
"""The folder Loki's ruler reads when it has a single tenant."""
RULES = f"loki/rules/{TENANT}"
BEYOND = 4
"""How far a stream's limit is beyond the limit of all streams together, so that it is never reached."""
HOUR_MS = 3_600_000
SHORTEST_RETENTION_HOURS = 24
"""Loki deletes whole days of the index, and refuses less."""
GRPC_OFFSET = 1
"""Loki's gRPC port follows its HTTP port."""
CREDENTIALS = "alertmanager-basic"
"""The secret with which the ruler comes to Alertmanager: base64 of `user:password`. It reads no plain password file."""


PROMETHEUS_PASSWORD = "prometheus-password"  # noqa: S105 - the name of a file, not a password


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`loki.yml` for each runtime, and the rule files that both share."""
    if not stack.enabled("loki"):
        return ()
    configs = (Artefact(f"{r.folder}/loki/loki.yml", to_yaml(config(stack, r))) for r in RUNTIMES)
    rules = (Artefact(f"{RULES}/{g.file}.yml", to_yaml({"groups": [group_data(g)]})) for g in log_groups(stack))
    return (*configs, *rules)


def config(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """The configuration as data, with keys that 3.7 and current versions both know.

    Natively paths come from the environment: `-config.expand-env=true`, SPECOLA_DATA, SPECOLA_BUILD and
    SPECOLA_SECRETS.
    """
    data = "/loki" if runtime.name == "docker" else "${SPECOLA_DATA}"
    rules = "/etc/specola/loki/rules" if runtime.name == "docker" else "${SPECOLA_BUILD}/loki/rules"
    rules = rules if any(log_groups(stack)) else f"{data}/rules"  # Loki makes the folder when there is none
    return {
        "auth_enabled": False,
        "server": _server(stack, runtime),
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
        "ingester": {
            "wal": {"dir": f"{data}/wal", "flush_on_shutdown": True}, "chunk_idle_period": "30m",
            # Lines may come late by half of it: after an outage, one file is read to its end before another.
            "max_chunk_age": "24h",
            # However old they are, they are found while they are still in memory.
            "query_store_max_look_back_period": "-1ns",
            # Alone in its ring, it need not wait for others before it is ready.
            "lifecycler": {"min_ready_duration": "0s", "final_sleep": "0s"},
        },
        "analytics": {"reporting_enabled": False},
    }  # fmt: skip


def _server(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """gRPC stays within the machine or container: its only clients are Loki's own parts."""
    inside = runtime.name == "docker"
    listen = stack.spec.components.loki.listen or stack.spec.network.listen
    port = inner_port("loki") if inside else stack.port("loki")
    return {
        "http_listen_address": "0.0.0.0" if inside else listen,  # noqa: S104 - inside its container
        "http_listen_port": port,
        "grpc_listen_address": "127.0.0.1",
        "grpc_listen_port": port + GRPC_OFFSET,
        "log_level": "warn",
    }


def _limits(stack: Stack) -> dict[str, Any]:
    storage = stack.spec.storage.logs
    return {
        "retention_period": hours(storage.retention.ms),
        "retention_stream": list(_streams(stack)),
        "ingestion_rate_mb": round(storage.rate.bytes / 1e6, 3),
        "ingestion_burst_size_mb": round(storage.rate.bytes / 1e6 * 2, 3),
        # Loki drops what is beyond a stream's limit, and may answer that all is well: the agent holds each service
        # back instead, and a push beyond the limit of all is refused as a whole and sent again.
        "per_stream_rate_limit": f"{storage.rate.bytes * BEYOND}B",
        "per_stream_rate_limit_burst": f"{storage.rate.bytes * 2 * BEYOND}B",
        # A line that is sent twice is known again only in the stream where it is.
        "shard_streams": {"enabled": False},
        "max_line_size": "256KB",
        "max_line_size_truncate": True,
        "max_label_names_per_series": 15,
        "reject_old_samples": True,
        "reject_old_samples_max_age": "168h",
        "allow_structured_metadata": True,
        "volume_enabled": True,
        "discover_service_name": [names.SERVICE],
        "discover_log_levels": False,
        "max_query_length": "0h",
        # An export goes on at the time where it stopped: it must be able to read all lines of one moment at once.
        "max_entries_limit_per_query": MOST_ENTRIES,
    }


def _streams(stack: Stack) -> Iterator[dict[str, Any]]:
    """A retention for each service; its categories, and above them its levels, may differ."""
    for service in stack.services:
        if service.spec.logs is not None:
            for priority, matchers, kept in _kept(service.name, service.spec.logs):
                yield {"selector": f"{{{matchers}}}", "priority": priority, "period": hours(kept)}


def _kept(service: str, logs: Logs) -> Iterator[tuple[int, str, int]]:
    """Priority, matchers and milliseconds."""
    own = f'{names.SERVICE}="{service}"'
    if logs.keep is not None:
        yield 1, own, logs.keep.ms
    for category in logs.categories:
        if category.keep is not None:
            yield 2, f'{own},category="{category.name}"', category.keep.ms
    for keep in logs.keep_levels:
        yield 3, f'{own},level=~"{"|".join(keep.levels)}"', keep.keep.ms


def _ruler(stack: Stack, runtime: Runtime, data: str) -> dict[str, Any]:
    spec = stack.spec
    ruler: dict[str, Any] = {
        "enable_api": True, "external_url": grafana_url(stack), "rule_path": f"{data}/rules-temporary",
        "evaluation_interval": str(spec.defaults.evaluation), "wal": {"dir": f"{data}/ruler-wal"},
        "external_labels": {names.STACK: spec.stack, names.ENVIRONMENT: spec.environment, **spec.labels},
    }  # fmt: skip
    if stack.enabled("alertmanager"):
        scheme = "https" if spec.access.tls else "http"
        ruler |= {
            "alertmanager_url": ",".join(f"{scheme}://{one}" for one in runtime.addresses(stack, "alertmanager")),
            "enable_alertmanager_v2": True,
        }
        client = _alertmanager_client(stack, runtime)
        ruler |= {"alertmanager_client": client} if client else {}
    if recorded_lines(stack):
        ruler["remote_write"] = {"enabled": True, "clients": _prometheus_clients(stack, runtime)}
    return ruler


def _prometheus_clients(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """Where the series of indicators on lines are written to: every Prometheus."""
    every = instances(stack.spec.components, "prometheus")
    return {one.name: _prometheus_client(stack, runtime, one.number) for one in every}


def _prometheus_client(stack: Stack, runtime: Runtime, number: int) -> dict[str, Any]:
    access = stack.spec.access
    scheme = "https" if access.tls else "http"
    client: dict[str, Any] = {"url": f"{scheme}://{runtime.address(stack, 'prometheus', number)}/api/v1/write"}
    if access.basic_auth:
        client["basic_auth"] = {"username": names.USER, "password_file": _secret(runtime, PROMETHEUS_PASSWORD)}
    if access.tls is not None:
        client["tls_config"] = {"ca_file": _secret(runtime, CERTIFICATE), "server_name": certified_name(stack)}
    return client


def _secret(runtime: Runtime, name: str) -> str:
    """The path of a secret's file."""
    return runtime.secret(name) if runtime.name == "docker" else f"${{SPECOLA_SECRETS}}/{name}"


def _alertmanager_client(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    access = stack.spec.access
    client: dict[str, Any] = {}
    if access.basic_auth:
        client |= {"type": "Basic", "credentials_file": _secret(runtime, CREDENTIALS)}
    if access.tls is not None:
        client |= {"tls_ca_path": _secret(runtime, CERTIFICATE), "tls_server_name": certified_name(stack)}
    return client


def hours(ms: int) -> str:
    """A retention in Loki's usual notation: whole hours, and no fewer than Loki can do."""
    return f"{max(SHORTEST_RETENTION_HOURS, ms // HOUR_MS)}h"
