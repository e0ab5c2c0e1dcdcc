"""Whatever a spec can say: when it is said differently somebody is told, and when it is only written differently nobody."""

from __future__ import annotations

import random
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from diff.compare import compare
from diff.edits import edits
from diff.explain import PARTS, place
from diff.pair import pairs
from diff.sides import Side
from spec.alert import Alert, BurnRate, Objective
from spec.load import load
from spec.logs import LogAlert
from spec.metric import Metric, Typical
from spec.notify import Grouping, Hours, Inhibition, MuteInterval, Notification, Route
from spec.root import Access, Budget, Component, Defaults, Network, Storage
from spec.service import DashboardSpec, Exporter, Panel, Probe, Scrape, Service
from spec.yaml_tree import parse
from tests.diff.case import BASE

if TYPE_CHECKING:
    from spec.base import Model
    from spec.stack import Stack

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "spec"
REAL = sorted((ROOT / "services").glob("*.yaml"))

ALERT = "services.shop.alerts.ErrorsHigh"
LOG_ALERT = "services.shop.logs.alerts.ErrorBurst"
SLO = "services.shop.slos.availability"
PROBE = "services.shop.probes.live"
METRIC = "services.shop.metrics.shop_requests_total"
DASHBOARD = "services.shop.dashboards.counter"
SETTINGS: dict[type[Model], dict[str, str]] = {
    Alert: {
        "name": "services.shop.alerts.ShelfEmpty.name=ShelfBare", "indicator": f"{ALERT}.indicator=latency", "above": f"{ALERT}.above=50%",
        "below": f"{ALERT}={{above: null, below: 50%}}", "for": f"{ALERT}.for=1m",
        "keep_firing_for": f"{ALERT}.keep_firing_for=2m", "severity": f"{ALERT}.severity=low",
        "category": f"{ALERT}.category=business", "summary": f"{ALERT}.summary=Other words",
        "description": f"{ALERT}.description=More words", "meaning": f"{ALERT}.meaning=What it means",
        "steps": f"{ALERT}.steps=[Look.]", "runbook": f"{ALERT}.runbook=https://wiki.example.org/",
        "missing": f"{ALERT}.missing=fires", "enabled": f"{ALERT}.enabled=false", "labels": f"{ALERT}.labels={{desk: one}}",
        "silenced_by": f"{ALERT}.silenced_by=[ShelfEmpty]",
    },
    LogAlert: {
        "name": f"{LOG_ALERT}.name=Bursts", "levels": f"{LOG_ALERT}.levels=[FATAL]",
        "category": f"{LOG_ALERT}.category=orders", "contains": f"{LOG_ALERT}.contains=oops",
        "above": f"{LOG_ALERT}.above=9/s", "below": f"{LOG_ALERT}={{above: null, below: 1/m}}",
        "window": f"{LOG_ALERT}.window=10m", "for": f"{LOG_ALERT}.for=10m", "severity": f"{LOG_ALERT}.severity=low",
        "summary": f"{LOG_ALERT}.summary=Other words", "meaning": f"{LOG_ALERT}.meaning=What it means",
        "steps": f"{LOG_ALERT}.steps=[Look.]", "enabled": f"{LOG_ALERT}.enabled=false",
    },
    Objective: {
        "name": f"{SLO}.name=answers", "title": f"{SLO}.title=Answers", "indicator": f"{SLO}.indicator=probe.live-up",
        "objective": f"{SLO}.objective=99.5", "window": f"{SLO}.window=7d", "alerts": f"{SLO}.alerts.fast=high",
        "summary": f"{SLO}.summary=Other words", "meaning": f"{SLO}.meaning=What it means", "steps": f"{SLO}.steps=[Look.]",
    },
    BurnRate: {"fast": f"{SLO}.alerts={{fast: null}}", "slow": f"{SLO}.alerts={{slow: null}}"},
    Probe: {
        "name": f"{PROBE}.name=alive", "url": f"{PROBE}.url=https://shop.example.org/",
        "tcp": f"{PROBE}={{url: null, tcp: 'shop:1'}}", "method": f"{PROBE}.method=HEAD", "expect": f"{PROBE}.expect=[204]",
        "body": f"{PROBE}.body=ok", "auth": f"{PROBE}.auth={{bearer: pager}}", "max_latency": f"{PROBE}.max_latency=1s",
        "interval": f"{PROBE}.interval=1m", "timeout": f"{PROBE}.timeout=2s", "kind": f"{PROBE}.kind=page",
        "critical": f"{PROBE}.critical=false",
    },
    Metric: {
        "type": "services.jobs.metrics.jobs_waiting.type=info", "help": f"{METRIC}.help=Other words",
        "unit": f"{METRIC}.unit=bytes", "labels": f"{METRIC}.labels.code=[2xx, 5xx, 4xx]",
        "buckets": "services.shop.metrics.shop_request_duration_seconds.buckets=[0.5, 1]",
        "typical": f"{METRIC}.typical={{rate: 9}}", "shares": f"{METRIC}.shares={{code: {{5xx: 0.1}}}}",
        "business": f"{METRIC}.business=true",
    },
    Typical: {
        "rate": f"{METRIC}.typical={{rate: 1}}",
        "median": "services.shop.metrics.shop_request_duration_seconds.typical.median=0.2",
        "between": "services.jobs.metrics.jobs_waiting.typical.between=[5, 6]",
        "by": "services.shop.metrics.shop_shelf_items.typical={by: state}",
        "bands": "services.shop.metrics.shop_shelf_items.typical={by: state, bands: {free: [1, 2], sold: [1, 2]}}",
    },
    Scrape: {
        "targets": "services.shop.scrape.targets=['shop-1:8080', 'shop-3:8080']", "files": "services.shop.scrape.files=[t.json]",
        "path": "services.shop.scrape.path=/m", "scheme": "services.shop.scrape.scheme=https",
        "interval": "services.shop.scrape.interval=10s", "timeout": "services.shop.scrape.timeout=3s",
        "auth": "services.shop.scrape.auth={bearer: pager}", "labels": "services.shop.scrape.labels={tier: front}",
        "limit": "services.shop.scrape.limit=77",
    },
    Route: {
        "name": "notification.routes.pages.name=wake", "when": "notification.routes.pages.when={environment: null}",
        "to": "notification.routes.pages.to=[pager, chat]", "wait": "notification.routes.pages.wait=1s",
        "interval": "notification.routes.pages.interval=1m", "repeat": "notification.routes.pages.repeat=1m",
        "mute": "notification.routes.pages.mute=[nights]",
    },
    Grouping: {
        "by": "notification.grouping.by=[alertname]", "wait": "notification.grouping.wait=1m",
        "interval": "notification.grouping.interval=1m", "repeat": "notification.grouping.repeat.low=2d",
    },
    Inhibition: {
        "name": "notification.inhibitions.critical-hides-low.name=hides",
        "source": "notification.inhibitions.critical-hides-low.source={severity: high}",
        "target": "notification.inhibitions.critical-hides-low.target={severity: medium}",
        "equal": "notification.inhibitions.critical-hides-low.equal=[service]",
    },
    MuteInterval: {
        "times": "notification.mute_intervals.nights.times=[{from: '21:00', to: '07:00'}]",
        "location": "notification.mute_intervals.nights.location=Asia/Tokyo",
    },
    Hours: {
        "from": "notification.mute_intervals.nights.times=[{from: '19:00', to: '07:00'}]",
        "to": "notification.mute_intervals.nights.times=[{from: '20:00', to: '08:00'}]",
        "days": "notification.mute_intervals.nights.times=[{from: '20:00', to: '07:00', days: [monday]}]",
    },
    Notification: {
        "receivers": "notification.receivers.chat.resolved=false", "default": "notification.default=chat",
        "routes": "notification.routes.pages.to=[pager, mail]", "grouping": "notification.grouping.wait=2m",
        "smtp": "notification.smtp.require_tls=false", "inhibitions": "notification.inhibitions=[]",
        "mute_intervals": "notification.mute_intervals.nights.location=UTC",
        "silences": "notification.silences=[{name: m, matchers: {service: jobs}, owner: sales, reason: r, "
        "starts: '2030-01-01T00:00Z', ends: '2030-01-02T00:00Z'}]",
        "must_reach": "notification.must_reach=[]", "heartbeat": "notification={heartbeat: pager, default: deadman}",
        "resolve_timeout": "notification.resolve_timeout=9m", "deliver": "notification.deliver=inbox",
    },
    Panel: {
        "indicator": f"{DASHBOARD}.sections=[{{title: Now, panels: [traffic, errors]}}]",
        "metric": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{metric: shop_requests_total}}]}}]",
        "objective": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{objective: availability}}]}}]",
        "logs": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{logs: all}}]}}]",
        "logql": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{logql: 'count_over_time($scope[5m])', title: Lines}}]}}]",
        "alerts": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{alerts: firing}}]}}]",
        "title": f"{DASHBOARD}.sections=[{{title: Now, panels: [traffic, {{indicator: latency, title: Pace}}]}}]",
        "description": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{indicator: latency, title: Speed, description: D}}]}}]",
        "as": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{indicator: latency, title: Speed, as: stat}}]}}]",
        "split": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{metric: shop_shelf_items}}]}}]",
        "width": f"{DASHBOARD}.sections=[{{title: Now, panels: [{{indicator: latency, title: Speed, width: 24}}]}}]",
    },
    DashboardSpec: {
        "name": f"{DASHBOARD}.name=desk", "title": f"{DASHBOARD}.title=Desk", "question": f"{DASHBOARD}.question=Why?",
        "sections": f"{DASHBOARD}.sections=[{{title: Then, panels: [traffic]}}]",
    },
    Access: {
        "basic_auth": "access.basic_auth=false", "tls": "access.tls={certificate: tls/a.crt, key: tls/a.key}",
        "docker_socket": "access.docker_socket=true", "root_url": "access.root_url=https://g.example.org",
    },
    Network: {"listen": "network.listen=0.0.0.0", "offset": "network.offset=100"},
    Storage: {
        "metrics": "storage.metrics.retention=60d", "logs": "storage.logs.rate=4MB", "alerts": "storage.alerts.retention=1d",
    },
    Defaults: {
        "interval": "defaults.interval=20s", "timeout": "defaults.timeout=5s", "evaluation": "defaults.evaluation=1m",
        "window": "defaults.window=10m", "series_headroom": "defaults.series_headroom=4", "max_latency": "defaults.max_latency=3s",
    },
    Budget: {
        "series": "budget.series=100", "series_per_metric": "budget.series_per_metric=10",
        "series_per_panel": "budget.series_per_panel=10",
    },
    Component: {
        "enabled": "components.inbox.enabled=false", "port": "components.inbox.port=9200", "listen": "components.inbox.listen=::",
        "program": "components.inbox.program=/opt/node", "image": "components.inbox.image=example/node:1",
        "memory": "components.inbox.memory=1GiB", "cpus": "components.inbox.cpus=3",
    },
    Service: {
        "service": "services.jobs.title=Other", "title": "services.jobs.title=Jobs",
        "description": "services.jobs.description=More words", "owner": "services.jobs.owner=sales",
        "scrape": "services.jobs.scrape.path=/m", "exporters": "services.jobs.exporters=[{pack: redis, targets: ['r:9121']}]",
        "probes": "services.jobs.probes=[{name: live, tcp: 'jobs:1'}]",
        "dependencies": "services.jobs.dependencies=[{name: db, kind: database}]",
        "metrics": "services.jobs.metrics.jobs_done_total.help=Other words",
        "indicators": "services.jobs.indicators.waiting.title=Waiting", "slos": "services.shop.slos=[]",
        "alerts": "services.jobs.alerts.QueueLong=null", "logs": "services.shop.logs.keep=9d",
        "dashboards": "services.shop.dashboards=[]", "golden": "services.shop.golden.saturation=shelf",
        "business": "services.shop.business=[shelf]", "keep_metrics": "services.shop.keep_metrics=5d",
        "exceptions": "services.shop.exceptions=[{check: coverage/probes, reason: r, until: '2030-01-31'}]",
        "simulate_port": "services.shop.simulate_port=19000",
    },
    Exporter: {
        key: f"services.jobs.exporters=[{{{text}}}]"
        for key, text in {
            "pack": "pack: redis, targets: ['r:9121']", "name": "pack: redis, name: r, targets: ['r:9121']",
            "targets": "pack: redis, targets: ['s:9121']", "path": "pack: redis, path: /m, targets: ['r:9121']",
            "interval": "pack: redis, interval: 9s, targets: ['r:9121']",
            "auth": "pack: redis, auth: {bearer: pager}, targets: ['r:9121']",
            "alerts": "pack: redis, alerts: {RedisDown: {for: 9m}}, targets: ['r:9121']",
        }.items()
    },
}  # fmt: skip
"""A setting of the small spec for every field of a type."""


QUIET = [f"components.{name}.enabled=false" for name in ("node", "redis", "redis_exporter", "alloy")]
QUIET += ["components.grafana.enabled=true"]
"""What watches them would only take time."""


@cache
def base() -> Stack:
    return load(BASE / "stack.yaml", "production", QUIET).stack


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param(text, id=f"{kind.__name__}.{field}")
        for kind, texts in SETTINGS.items()
        for field, text in texts.items()
    ],
)
def test_every_field_is_told_of(setting: str) -> None:
    head = load(BASE / "stack.yaml", "production", [*QUIET, setting]).stack
    found = [change for change in compare(base(), head) if change.text]
    assert any(
        change.group != "up" or not change.text.startswith(("reload", "restart", "takes up")) for change in found
    )


@pytest.mark.parametrize("kind", [Alert, LogAlert, Objective, BurnRate, Panel], ids=lambda kind: kind.__name__)
def test_no_field_is_left_out_of_what_has_words_of_its_own(kind: type[Model]) -> None:
    """Fields of all other types, those that are still to come too, are told of as they stand in the spec."""
    assert set(SETTINGS[kind]) == {field.alias or name for name, field in kind.model_fields.items()}


def test_every_part_of_the_table_is_somewhere_in_a_spec() -> None:
    paths = [part.path for part in PARTS]
    assert len(set(paths)) == len(paths)
    for path in paths:
        assert place(tuple(path.replace("*", "name").split(".")) if path else ("title",))[0].path == path


def rewritten(value: Any, chance: random.Random) -> Any:
    """The same in another order: of keys, and of the elements of a list that have names."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: rewritten(value[key], chance) for key in keys}
    if isinstance(value, list):
        items = [rewritten(item, chance) for item in value]
        if items and all(isinstance(item, dict) and "name" in item for item in items):
            chance.shuffle(items)
        return items
    return value


@pytest.mark.parametrize(
    "service",
    [*REAL, GOLDEN / "services" / "shop.yaml", GOLDEN / "services" / "jobs.yaml"],
    ids=lambda path: f"{path.parts[-4]}-{path.stem}",
)
def test_a_service_that_is_only_written_differently_is_no_difference(service: Path, tmp_path: Path) -> None:
    project = service.parents[1]
    for part in ("stack.yaml", "overlays", "services"):
        (shutil.copytree if (project / part).is_dir() else shutil.copy)(project / part, tmp_path / part)
    tree, problems = parse(service.read_bytes(), service.name)
    assert not problems
    chance = random.Random(service.stem)  # noqa: S311 - any order will do
    text = yaml.safe_dump(rewritten(tree, chance), sort_keys=False, width=60)
    (tmp_path / "services" / service.name).write_text(f"# rewritten\n{text}")
    found = pairs(Side(project / "stack.yaml", ""), Side(tmp_path / "stack.yaml", ""))
    assert found.found
    assert not any(found.head_problems)
    for pair in found.found:
        assert list(edits(pair.base.spec, pair.head.spec)) == []
        assert compare(pair.base, pair.head) == ()
