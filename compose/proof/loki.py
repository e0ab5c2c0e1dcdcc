"""A Loki of one's own for a while: on the loopback, in a temporary folder, each tenant with its own lines and rules."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compose.fault import Trouble
from compose.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_READY_SECONDS = 60.0
_ASK_SECONDS = 30.0
_LOOPBACK = "127.0.0.1"
_FAR = "1000000h"
"""Longer ago than any line."""
_RULES_A_SECOND = 250
"""How many rules the ruler evaluates in a second: it begins again and again, and each needs to be seen once."""
_SELDOM_SECONDS = 4
"""The longest time between two evaluations of a rule."""


@dataclass(frozen=True)
class PrivateLoki:
    """A running Loki. Everything is asked for a tenant."""

    url: str

    def push(self, tenant: str, streams: Sequence[Mapping[str, Any]]) -> None:
        """Take in lines: `{stream: labels, values: [[nanoseconds, line], …]}`. Raises Trouble."""
        self._ask("POST", tenant, "/loki/api/v1/push", json={"streams": streams})

    def rules(self, tenant: str) -> list[dict[str, Any]]:
        """The tenant's rules with their state, as the ruler has them."""
        found = self._ask("GET", tenant, "/prometheus/api/v1/rules")["data"]["groups"]
        return [rule for group in found or () for rule in group["rules"]]

    def _ask(self, method: str, tenant: str, path: str, **more: Any) -> Any:
        import requests

        headers = {"X-Scope-OrgID": tenant}
        try:
            said = requests.request(method, f"{self.url}{path}", headers=headers, timeout=_ASK_SECONDS, **more)
        except requests.RequestException as error:
            raise Trouble(f"the private Loki does not answer: {error}") from error
        if not said.ok:
            raise Trouble(f"the private Loki refuses {path}: {said.text.strip()}")
        return said.json() if said.content else None


@contextmanager
def private_loki(loki: Sequence[str], rules: Mapping[str, Mapping[str, Any]]) -> Iterator[PrivateLoki]:
    """Start a Loki whose ruler has these rule files, by tenant, and end it afterwards. Raises Trouble."""
    with tempfile.TemporaryDirectory(prefix="specola-loki-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        try:
            _write(folder, rules, port)
            log = (folder / "loki.log").open("wb")
        except OSError as error:
            raise Trouble(f"cannot write to {folder}: {error.strerror}", "free some space, or set TMPDIR") from error
        with log:
            process = _start(loki, folder, log)
            try:
                running = PrivateLoki(f"http://{_LOOPBACK}:{port}")
                _wait(running, process, folder / "loki.log")
                yield running
            finally:
                process.kill()
                process.wait()


def _start(loki: Sequence[str], folder: Path, log: Any) -> subprocess.Popen[bytes]:
    words = [*loki, f"-config.file={folder / 'loki.yml'}"]
    try:
        return subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    except OSError as error:
        raise Trouble(f"cannot run {loki[0]}: {error.strerror}", "try `loki -version`") from error


def _wait(running: PrivateLoki, process: subprocess.Popen[bytes], log: Path) -> None:
    import requests

    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{running.url}/ready", timeout=1).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or ["nothing"]
    raise Trouble("the private Loki does not become ready", f"the last it said: {last[0]}")


def _write(folder: Path, rules: Mapping[str, Mapping[str, Any]], port: int) -> None:
    (folder / "loki.yml").write_text(json.dumps(_config(folder, port, free_port(), interval(rules))), encoding="utf-8")
    for tenant, data in rules.items():
        (folder / "rules" / tenant).mkdir(parents=True)
        (folder / "rules" / tenant / "rules.yml").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def interval(rules: Mapping[str, Mapping[str, Any]]) -> str:
    """The time between two evaluations of these rules, by tenant: a second, where they are few."""
    count = sum(len(group["rules"]) for data in rules.values() for group in data["groups"])
    return f"{min(max(1, count // _RULES_A_SECOND), _SELDOM_SECONDS)}s"


def _config(folder: Path, port: int, inner_port: int, every: str) -> dict[str, Any]:
    """Nothing is refused for its age or number, and nothing waits for others."""
    return {
        "auth_enabled": True,
        "server": {
            "http_listen_address": _LOOPBACK, "http_listen_port": port,
            "grpc_listen_address": _LOOPBACK, "grpc_listen_port": inner_port, "log_level": "error",
        },
        "common": {
            "path_prefix": str(folder / "data"), "replication_factor": 1, "instance_addr": _LOOPBACK,
            "ring": {"instance_addr": _LOOPBACK, "kvstore": {"store": "inmemory"}},
        },
        "schema_config": {"configs": [{
            "from": "2024-01-01", "store": "tsdb", "object_store": "filesystem", "schema": "v13",
            "index": {"prefix": "index_", "period": "24h"},
        }]},
        "storage_config": {
            "use_thanos_objstore": True, "object_store": {"filesystem": {"dir": str(folder / "chunks")}},
        },
        "limits_config": {
            "reject_old_samples": False, "unordered_writes": True, "ingestion_rate_mb": 1000,
            "ingestion_burst_size_mb": 1000, "per_stream_rate_limit": "1GB", "per_stream_rate_limit_burst": "1GB",
            "discover_service_name": [], "discover_log_levels": False, "volume_enabled": False,
        },
        "ingester": {
            "wal": {"enabled": False}, "max_chunk_age": _FAR,
            "lifecycler": {"min_ready_duration": "0s", "final_sleep": "0s"},
        },
        "ruler_storage": {"backend": "local", "local": {"directory": str(folder / "rules")}},
        "ruler": {"enable_api": True, "evaluation_interval": every, "rule_path": str(folder / "loaded")},
        # The way to a scheduler would be asked for in DNS, and found after ten seconds.
        "frontend_worker": {"frontend_address": f"{_LOOPBACK}:{inner_port}"},
        "analytics": {"reporting_enabled": False},
    }  # fmt: skip
