"""The plan: what `up` is going to do, from what is wanted and what runs."""

from __future__ import annotations

import pytest

from compose.backend import Desired, Observed, Step
from compose.fault import Trouble
from compose.plan import plan, start_order

REDIS = Desired("redis", "Redis", "r1")
ALERTMANAGER = Desired("alertmanager", "Alertmanager", "a1", "x1", reloadable=True)
PROMETHEUS = Desired("prometheus", "Prometheus", "p1", "x1", after=("alertmanager",), reloadable=True)
LOKI = Desired("loki", "Loki", "l1", "x1")
GRAFANA = Desired("grafana", "Grafana", "g1", needs=("prometheus",), after=("loki",))
ALL = (GRAFANA, PROMETHEUS, ALERTMANAGER, REDIS, LOKI)


def running(want: Desired) -> Observed:
    return Observed(want.name, "running", "healthy", want.config_hash, want.reload_hash)


def kinds(steps: tuple[Step, ...]) -> dict[str, str]:
    return {step.component: step.kind for step in steps}


def test_components_start_after_those_they_wait_for_and_otherwise_as_rendered() -> None:
    steps = plan(ALL, ())
    assert [step.component for step in steps] == ["loki", "alertmanager", "prometheus", "grafana", "redis"]
    assert {step.kind for step in steps} == {"start"}


def test_nothing_is_done_when_all_runs_as_wanted() -> None:
    assert set(kinds(plan(ALL, map(running, ALL))).values()) == {"keep"}


@pytest.mark.parametrize(
    ("want", "seen", "step"),
    [
        (REDIS, Observed("redis", "absent"), Step("start", "redis", "not running")),
        (REDIS, Observed("redis", "running", "", "r1"), Step("keep", "redis", "unchanged")),
        (REDIS, Observed("redis", "starting", "", "r1"), Step("keep", "redis", "unchanged")),
        (REDIS, Observed("redis", "running", "", "r0"), Step("restart", "redis", "its start configuration changed")),
        (REDIS, Observed("redis", "starting", "", "r0"), Step("restart", "redis", "its start configuration changed")),
        (REDIS, Observed("redis", "exited", "", "r1"), Step("restart", "redis", "has exited")),
        (
            REDIS,
            Observed("redis", "exited", "", "r1", detail="exited with code 1"),
            Step("restart", "redis", "exited with code 1"),
        ),
        (
            REDIS,
            Observed("redis", "foreign", "", "r1"),
            Step("restart", "redis", "runs without anyone watching over it"),
        ),
        (
            ALERTMANAGER,
            Observed("alertmanager", "running", "", "a1", "x0"),
            Step("reload", "alertmanager", "its configuration changed"),
        ),
        (
            ALERTMANAGER,
            Observed("alertmanager", "running", "", "a0", "x0"),
            Step("restart", "alertmanager", "its start configuration changed"),
        ),
        (LOKI, Observed("loki", "running", "", "l1", "x0"), Step("restart", "loki", "its configuration changed")),
    ],
)
def test_one_component(want: Desired, seen: Observed, step: Step) -> None:
    assert plan((want,), (seen,)) == (step,)


def test_what_is_no_longer_wanted_goes_first_and_the_last_started_of_it_before() -> None:
    old = (Observed("one", "running"), Observed("two", "exited"), Observed("three", "absent"))
    assert plan((REDIS,), old) == (
        Step("stop", "two", "no longer in the spec"),
        Step("stop", "one", "no longer in the spec"),
        Step("start", "redis", "not running"),
    )


def test_some_start_with_what_they_need_and_the_others_are_left_alone() -> None:
    seen = (Observed("old", "running"), Observed("redis", "running", "", "r0"))
    steps = plan(ALL, seen, only=["grafana"])
    assert [step.component for step in steps] == ["prometheus", "grafana"]


def test_a_missing_program_skips_its_component_and_those_that_need_it() -> None:
    prometheus = Desired("prometheus", "Prometheus", "p1", missing="prometheus is not installed")
    assert plan((GRAFANA, prometheus, REDIS), ()) == (
        Step("skip", "prometheus", "prometheus is not installed"),
        Step("skip", "grafana", "needs prometheus, which is not here"),
        Step("start", "redis", "not running"),
    )


def test_a_component_that_runs_is_stopped_when_its_program_has_gone() -> None:
    loki = Desired("loki", "Loki", "", missing="loki is not installed")
    assert plan((loki,), (Observed("loki", "running"),)) == (Step("stop", "loki", "loki is not installed"),)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("promethius", "did you mean prometheus?"),
        ("xyz", "there are: grafana, prometheus, alertmanager, redis, loki"),
    ],
)
def test_a_name_that_is_no_component_is_answered_with_those_there_are(name: str, hint: str) -> None:
    with pytest.raises(Trouble) as caught:
        plan(ALL, (), only=[name])
    assert (caught.value.message, caught.value.hint) == (f"no component is called {name}", hint)


def test_components_waiting_for_each_other_are_a_mistake_of_the_renderer() -> None:
    one, two = Desired("one", "", "", after=("two",)), Desired("two", "", "", needs=("one",))
    with pytest.raises(ValueError, match="components wait for each other: one → two → one"):
        start_order({"one": one, "two": two})
