"""What the checks of what is scraped call a problem, on a stack that is played."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from compose.backend import Observed
from compose.smoke import components, metrics
from compose.smoke.check import World
from rules.groups import groups
from tests.unit.played import played, vector
from tests.unit.small_stack import SHOP, small_stack
from tests.unit.smoked import impatient, world

if TYPE_CHECKING:
    from pathlib import Path

    from spec.stack import Stack

PROBED = {"services": {"shop": {**SHOP, "probes": [{"name": "live", "url": "http://shop:8080/live"}]}}}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


# Components


def test_components_that_are_not_ready_are_named(tmp_path: Path) -> None:
    seen = (
        Observed("redis", "running", "healthy"),
        Observed("simulator", "running"),
        Observed("loki", "absent"),
        Observed("node", "exited", detail="exited with code 1; next try in 4 s"),
        Observed("prometheus", "starting", "answers 503: not ready"),
        Observed("grafana", "running", "no answer within 2 s"),
    )
    stack = small_stack()
    found = components.ready(World(stack, tmp_path, played(stack), frozenset({"loki"}), observe=lambda: seen))
    assert found.detail == "2 of 5 components ready; not here: loki"
    assert found.counts == {"ready": 2, "total": 5}
    assert found.problems == (
        "node is exited: exited with code 1; next try in 4 s",
        "prometheus is starting",
        "grafana is not ready: no answer within 2 s",
    )


# Targets


def target(job: str, health: str = "up", error: str = "") -> dict[str, Any]:
    return {"labels": {"job": job, "instance": f"{job}:1"}, "health": health, "lastError": error}


def targets_of(stack: Stack, *besides: dict[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
    jobs = (job.name for service in stack.services for job in service.jobs)
    return {"/api/v1/targets": {"data": {"activeTargets": [*besides, *(target(j) for j in jobs if j not in without)]}}}


def test_targets_are_those_of_the_spec_and_all_up(tmp_path: Path) -> None:
    stack = small_stack()
    found = metrics.targets(world(tmp_path, stack, prometheus=targets_of(stack, target("somebody-else", "down"))))
    assert found.ok
    assert found.counts["up"] == found.counts["total"] == sum(len(service.jobs) for service in stack.services)


def test_a_target_that_is_down_unknown_or_not_there_is_named(tmp_path: Path) -> None:
    stack = small_stack(**PROBED)
    answers = targets_of(
        stack,
        target("shop", "down", "connection refused"),
        target("shop-probe-live", "unknown"),
        without=("shop", "shop-probe-live", "monitoring-node"),
    )
    found = metrics.targets(world(tmp_path, stack, prometheus=answers))
    assert found.problems == (
        "shop:1 of job shop is down: connection refused",
        *(p for p in found.problems if p.startswith("shop-probe")),
        "job monitoring-node has no target",
    )
    assert any("is unknown: not scraped yet" in problem for problem in found.problems)


def test_targets_of_components_that_are_not_here_are_not_asked_for(tmp_path: Path) -> None:
    stack = small_stack(**PROBED)
    jobs = tuple(job.name for service in stack.services for job in service.jobs)
    gone = tuple(name for name in jobs if name in ("monitoring-loki", "monitoring-blackbox") or "probe" in name)
    assert len(gone) == 3
    answers = targets_of(stack, without=gone)
    assert metrics.targets(world(tmp_path, stack, ("loki", "blackbox"), prometheus=answers)).ok
    assert len(metrics.targets(world(tmp_path, stack, prometheus=answers)).problems) == 3


# Rules and probes


def rules_of(stack: Stack, health: str = "ok", without: str = "", interval: float = 15) -> dict[str, Any]:
    shown = [
        {"name": group.name, "interval": interval, "rules": [
            {"name": getattr(rule, "alert", "") or getattr(rule, "record", ""), "health": health, "lastError": "bad"}
            for rule in group.rules
        ]}
        for group in groups(stack) if group.name != without
    ]  # fmt: skip
    return {"/api/v1/rules": {"data": {"groups": shown}}}


def test_every_rule_is_loaded_and_was_evaluated(tmp_path: Path) -> None:
    stack = small_stack()
    found = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack)))
    assert found.ok
    assert found.counts["groups"] == len(groups(stack))
    lost = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack, without="shop")))
    assert lost.problems == ("rule group shop is not loaded",)
    waiting = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack, "unknown")))
    assert waiting.problems[0] == "rule ServiceDown of shop was not evaluated yet"
    slow = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack, "unknown", interval=300)))
    assert (slow.ok, slow.counts["waiting"]) == (True, slow.counts["rules"])
    wrong = metrics.rules(world(tmp_path, stack, prometheus=rules_of(stack, "err")))
    assert wrong.problems[0] == "rule ServiceDown of shop fails: bad"


@pytest.mark.parametrize(("series", "problems", "well"), [
    ([({"job": "JOB"}, "1")], (), 1),
    ([({"job": "JOB"}, "0")], ("probe JOB fails",), 0),
    ([], ("probe JOB has no answer yet",), 0),
    ([({"job": "other"}, "0")], ("probe JOB has no answer yet",), 0),
])  # fmt: skip
def test_probes(tmp_path: Path, series: list[tuple[dict[str, str], str]], problems: tuple[str, ...], well: int) -> None:
    stack = small_stack(**PROBED)
    job = next(job.name for job in stack.by_name["shop"].jobs if job.probe)
    named = [({"job": labels["job"].replace("JOB", job)}, value) for labels, value in series]
    found = metrics.probes(world(tmp_path, stack, prometheus={"/api/v1/query": vector(*named)}))
    assert found.problems == tuple(problem.replace("JOB", job) for problem in problems)
    assert found.counts == {"ok": well, "total": 1}


def test_without_the_blackbox_exporter_probes_are_skipped(tmp_path: Path) -> None:
    assert metrics.probes(world(tmp_path, absent=("blackbox",))).skipped == "the blackbox exporter does not run"


# Contracts


@pytest.mark.parametrize(("types", "series", "problem"), [
    ({"shop_orders_total": "counter"}, [{"__name__": "shop_orders_total", "outcome": "paid"}], ""),
    ({"shop_orders": "counter"}, [{"__name__": "shop_orders_total", "outcome": "paid"}], ""),
    ({"shop_orders_total": "gauge"}, [{"__name__": "shop_orders_total", "outcome": "paid"}],
     "shop: shop_orders_total is declared as counter, but exposed as gauge"),
    ({}, [{"__name__": "shop_orders_total", "outcome": "paid"}], ""),
    ({"shop_orders_total": "counter"}, [{"__name__": "shop_orders_total"}],
     "shop: shop_orders_total lacks the declared labels outcome"),
    ({"shop_orders_total": "counter"}, [{"__name__": "shop_visits_total"}],
     "shop: shop_orders_total is declared, but not exposed"),
    ({}, [], "shop: shop_orders_total is declared, but not exposed"),
])  # fmt: skip
def test_a_contract_is_kept(tmp_path: Path, types: dict[str, str], series: list[dict[str, str]], problem: str) -> None:
    answers = {
        "/api/v1/targets/metadata": {"data": [{"metric": name, "type": type_} for name, type_ in types.items()]},
        "/api/v1/series": {"data": series},
    }
    found = metrics.contracts(world(tmp_path, prometheus=answers))
    assert found.problems == ((problem,) if problem else ())
    assert found.counts == {"metrics": 1}


# The world


def test_waiting_ends_with_success_or_with_the_last_complaint(tmp_path: Path) -> None:
    answers = iter(["not yet", "nearly", ""])
    there = World(small_stack(), tmp_path, played(small_stack()), deadline=time.monotonic() + 5)
    assert there.until(lambda: next(answers), pause=0.001) == ""
    assert world(tmp_path).until(lambda: "never", pause=0.001) == "never"
